#pragma once

#include <cstdint>

namespace venomous {

/// Extension type of an int beyond 64 bits: two's complement, big-endian.
constexpr int8_t ext_integer = 1;

/// Extension type of a tuple: one array.
constexpr int8_t ext_tuple = 2;

} // namespace venomous
