#pragma once

#include "python_bridge/os/shared_memory.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace venomous {

/// Memory that the two ends of a snake share. In it stands which call was begun
/// last, which item of a chunk, and what is finished of that and not sent: the
/// host may send calls ahead, take back what is not begun, and tell after a
/// crash what certainly never ran and what was done. The host notes in it which
/// call shall end.
class ledger {
public:
  // -- constants --------------------------------------------------------------

  /// How many bytes of results there is room for: fewer than are worth a place
  /// in the arena, which results may hold for long.
  static constexpr size_t capacity = 63 * 1024;

  // -- constructors -----------------------------------------------------------

  /// A ledger that no call was begun in.
  /// @throws std::system_error if the system grants no memory.
  ledger() : memory_("venomous-ledger", sizeof(page)) {
    // nop
  }

  /// The other end's view of the ledger behind `fd`.
  /// @throws std::system_error if `fd` is none.
  explicit ledger(const unique_fd& fd) : memory_(fd) {
    // nop
  }

  /// Returns how large the memory is.
  static constexpr size_t size() noexcept {
    return sizeof(page);
  }

  // -- the host ---------------------------------------------------------------

  /// Returns what the other end needs, once.
  unique_fd release_descriptor() {
    return memory_.release_descriptor();
  }

  /// Returns the call that was begun last, 0 if none was.
  uint64_t last_begun() const noexcept {
    return contents().begun.load();
  }

  /// Takes back all calls up to `last` that are not begun. They never will be.
  /// @returns the call that was begun last.
  uint64_t revoke(uint64_t last) noexcept;

  /// Takes back all items of the chunk `id` that are not begun.
  /// @returns how many are begun; nothing if the chunk is not the last one.
  std::optional<uint32_t> revoke_items(uint64_t id) noexcept;

  /// Has the call `id` end by an exception, as soon as the snake looks.
  void interrupt(uint64_t id) noexcept {
    contents().interrupted.store(id);
  }

  /// Returns the call that shall end and has not been told, 0 if there is none.
  uint64_t interrupted() const noexcept {
    return contents().interrupted.load();
  }

  /// Copies the results that are finished and not sent. Whatever the other end
  /// has written there, nobody has checked it.
  /// @returns nothing if they were sent meanwhile.
  std::optional<std::string> finished() const;

  // -- the snake --------------------------------------------------------------

  /// Begins call `id`, unless the host has taken it back. Calls are begun in
  /// the order of their numbers, which have no gaps.
  /// @returns whether it is begun.
  bool begin(uint64_t id) noexcept;

  /// Makes ready for the items of the chunk `id`, before that is begun.
  void prepare(uint64_t id) noexcept;

  /// Begins the next item, unless the host has taken it back.
  /// @returns whether it is begun.
  bool begin_item() noexcept;

  /// Returns whether the call `id` shall end. Says so once.
  bool take_interrupt(uint64_t id) noexcept {
    return contents().interrupted.compare_exchange_strong(id, 0);
  }

  /// Where results have their place.
  std::span<char, capacity> results() noexcept {
    return contents().results;
  }

  /// Shows the first `size` bytes of the results to the host.
  void publish(size_t size) noexcept;

  /// Hides the results, which were sent, from the host.
  void clear() noexcept;

private:
  struct page {
    std::atomic<uint64_t> begun;
    /// The end of the chunk's number, how many of its items are begun, and
    /// whether more may be.
    std::atomic<uint64_t> items;
    /// How often results were sent, and the size of those that were not.
    std::atomic<uint64_t> published;
    std::atomic<uint64_t> interrupted;
    alignas(4096) char results[capacity];
  };

  static_assert(std::atomic<uint64_t>::is_always_lock_free);

  page& contents() const noexcept {
    return *reinterpret_cast<page*>(memory_.data());
  }

  shared_memory memory_;
};

} // namespace venomous
