#pragma once

#include "venomous/detail/fine_time.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

/// @file
/// Times, counted in units too fine or too long for 64 bits.

namespace venomous::detail {

/// Holds any 64-bit number of ticks, whatever their length.
__extension__ using wide = __int128;

/// Values of `fine_time::seconds` that stand for anything beyond.
constexpr auto least_seconds = std::numeric_limits<int64_t>::min();
constexpr auto most_seconds = std::numeric_limits<int64_t>::max();

/// Rounds down.
constexpr wide floor_division(wide x, wide divisor) {
  return x / divisor - (x % divisor < 0 ? 1 : 0);
}

/// Rounds to the nearest microsecond, half of one to the even one.
wide to_microseconds(const fine_time& x);

/// Makes a time of `count` units of numpy, for example of "25s". Years and
/// months are points in the calendar.
/// @returns nothing if `unit` is unknown, or no `fine_time` can hold the time.
std::optional<fine_time> from_units(int64_t count, std::string_view unit);

} // namespace venomous::detail
