#pragma once

#include "python_bridge/os/shared_memory.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace venomous {

/// Memory that the two ends of a snake share. It holds the call that began
/// last, the item of a chunk that began last, and finished results not yet
/// sent: so the host may send calls ahead, take back those that have not begun,
/// and tell after a crash what certainly never ran and what is finished. The
/// host notes in it which call to interrupt.
class ledger {
public:
  // -- constants --------------------------------------------------------------

  /// The size of the room for results, in bytes: too few to be worth a place in
  /// the arena, which results may hold for long.
  static constexpr size_t capacity = 63 * 1024;

  // -- constructors -----------------------------------------------------------

  /// A ledger in which no call has begun.
  /// @throws std::system_error if the system grants no memory.
  ledger() : memory_("venomous-ledger", sizeof(page)) {
    // nop
  }

  /// The other end's view of the ledger behind `fd`.
  /// @throws std::system_error if `fd` is not a ledger.
  explicit ledger(const unique_fd& fd) : memory_(fd) {
    // nop
  }

  /// Returns the size of the memory.
  static constexpr size_t size() noexcept {
    return sizeof(page);
  }

  // -- the host ---------------------------------------------------------------

  /// Returns the descriptor that the other end needs, once.
  unique_fd release_descriptor() {
    return memory_.release_descriptor();
  }

  /// Returns the call that began last, 0 if none did.
  uint64_t last_begun() const noexcept {
    return contents().begun.load();
  }

  /// Takes back all calls up to `last` that have not begun. They never will.
  /// @returns the call that began last.
  uint64_t revoke(uint64_t last) noexcept;

  /// Takes back all items of the chunk `id` that have not begun.
  /// @returns how many have begun; nothing if the chunk is not the last one.
  std::optional<uint32_t> revoke_items(uint64_t id) noexcept;

  /// Requests that the call `id` be interrupted, as soon as the snake looks.
  void interrupt(uint64_t id) noexcept {
    contents().interrupted.store(id);
  }

  /// Returns the call to interrupt that has not noticed yet, 0 if there is
  /// none.
  uint64_t interrupted() const noexcept {
    return contents().interrupted.load();
  }

  /// Copies the finished results that were not sent. They are unchecked: the
  /// other end may have written anything there.
  /// @returns nothing if they were sent meanwhile.
  std::optional<std::string> finished() const;

  // -- the snake --------------------------------------------------------------

  /// Begins call `id`, unless the host has taken it back. Calls begin in the
  /// order of their numbers, which have no gaps.
  /// @returns whether it has begun.
  bool begin(uint64_t id) noexcept;

  /// Prepares for the items of the chunk `id`, before that begins.
  void prepare(uint64_t id) noexcept;

  /// Begins the next item, unless the host has taken it back.
  /// @returns whether it has begun.
  bool begin_item() noexcept;

  /// Returns whether to interrupt the call `id`. Says so once.
  bool take_interrupt(uint64_t id) noexcept {
    return contents().interrupted.compare_exchange_strong(id, 0);
  }

  /// The room for results.
  std::span<char, capacity> results() noexcept {
    return contents().results;
  }

  /// Shows the first `size` bytes of the results to the host.
  void publish(size_t size) noexcept;

  /// Hides the results from the host, because they were sent.
  void clear() noexcept;

private:
  struct page {
    std::atomic<uint64_t> begun;
    /// The low bits of the chunk's number, how many of its items have begun,
    /// and whether more may begin.
    std::atomic<uint64_t> items;
    /// How often results were sent, and the size of those not sent yet.
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
