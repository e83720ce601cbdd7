#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>

namespace venomous {

/// Returns the number of bytes that the first item of `items` takes, including
/// its length.
inline size_t size_of_item(std::span<const char> items) noexcept {
  uint32_t length = 0;
  if (items.size() < sizeof(length))
    return std::numeric_limits<size_t>::max();
  std::memcpy(&length, items.data(), sizeof(length));
  return sizeof(length) + length;
}

} // namespace venomous
