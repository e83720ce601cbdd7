#pragma once

#include "python_bridge/shared_memory.hpp"

#include <atomic>
#include <cstdint>

namespace venomous {

/// A page of memory that the two ends of a snake share. In it stands which call
/// was begun last: the host may send calls ahead, take back those that are not
/// begun, and tell after a crash what certainly never ran.
class ledger {
public:
  // -- constructors ----------------------------------------------------------

  /// A ledger that no call was begun in.
  /// @throws std::system_error if the system grants no memory.
  ledger() : memory_("venomous-ledger", sizeof(page)) {
    // nop
  }

  /// The other end's view of the ledger behind `fd`.
  /// @throws std::system_error if `fd` is none.
  explicit ledger(unique_fd fd) : memory_(std::move(fd)) {
    // nop
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

  // -- the snake --------------------------------------------------------------

  /// Begins call `id`, unless the host has taken it back. Calls are begun in
  /// the order of their numbers, which have no gaps.
  /// @returns whether it is begun.
  bool begin(uint64_t id) noexcept;

private:
  struct page {
    std::atomic<uint64_t> begun;
  };

  static_assert(std::atomic<uint64_t>::is_always_lock_free);

  page& contents() const noexcept {
    return *reinterpret_cast<page*>(memory_.data());
  }

  shared_memory memory_;
};

} // namespace venomous
