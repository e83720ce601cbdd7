#pragma once

#include <cstddef>
#include <cstdint>

namespace venomous::bridge {

/// Freed memory that malloc keeps: it gives back only large blocks and the end
/// of the heap.
class heap_memory {
public:
  heap_memory();

  /// Gives memory back after a call that needed much. Checks at most once per
  /// tick of the system's clock.
  void tidy_after_call() noexcept;

  /// Gives memory back if the process is idle.
  void tidy_when_idle() noexcept;

private:
  void tidy(uint64_t kept) noexcept;

  /// The smallest size of the process since it last gave memory back.
  uint64_t least_;
  /// The time of the last check.
  int64_t looked_;
};

} // namespace venomous::bridge
