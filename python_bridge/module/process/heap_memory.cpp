#include "python_bridge/module/process/heap_memory.hpp"

#include "python_bridge/module/process/coarse_clock.hpp"

#include "python_bridge/os/process_table.hpp"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <utility>

namespace venomous::bridge {

namespace {

// Memory that every call needs stays warm while calls come.
constexpr uint64_t kept_between_calls = uint64_t{64} << 20;
constexpr uint64_t kept_when_idle = uint64_t{16} << 20;

} // namespace

heap_memory::heap_memory()
  : least_(anonymous_memory(::getpid())), looked_(coarse_now()) {
  // nop
}

void heap_memory::tidy_after_call() noexcept {
  // No call can use much memory within one tick.
  if (auto now = coarse_now(); now != std::exchange(looked_, now))
    tidy(kept_between_calls);
}

void heap_memory::tidy_when_idle() noexcept {
  tidy(kept_when_idle);
}

void heap_memory::tidy(uint64_t kept) noexcept {
  try {
    auto size = anonymous_memory(::getpid());
    if (size > least_ + kept) {
      ::malloc_trim(0);
      size = least_ = anonymous_memory(::getpid());
    }
    least_ = std::min(least_, size);
  } catch (const std::bad_alloc&) {
    // The next call tries again.
  }
}

} // namespace venomous::bridge
