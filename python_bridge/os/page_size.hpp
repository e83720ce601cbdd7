#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace venomous {

/// The size of a page of memory, which is not 4096 bytes on every machine.
inline size_t page_size() noexcept {
  static const auto size = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

/// Returns the start of the page that contains `x`.
inline uint64_t page_down(uint64_t x) noexcept {
  return x / page_size() * page_size();
}

/// Returns the start of the first page that begins at or after `x`.
inline uint64_t page_up(uint64_t x) noexcept {
  return page_down(x + page_size() - 1);
}

} // namespace venomous
