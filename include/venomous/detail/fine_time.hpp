#pragma once

#include "venomous/big_integer.hpp"
#include "venomous/decoder.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

/// @file
/// Times and durations of any unit, as Python, numpy and C++ count them.

namespace venomous::detail {

/// A time since the epoch, or a duration, with a resolution of one attosecond,
/// the finest unit of numpy.
struct fine_time {
  /// Rounded down. Saturates at the limits of 64 bits.
  int64_t seconds = 0;
  /// The remainder, less than a second.
  int64_t attoseconds = 0;

  bool operator==(const fine_time&) const = default;
};

/// The length of a tick, as a fraction of a second.
struct tick_length {
  int64_t numerator;
  int64_t denominator;
};

template <class Duration>
constexpr tick_length tick_of = {Duration::period::num, Duration::period::den};

/// Types that count ticks.
template <class Rep>
concept tick_count = number_type<Rep> || std::floating_point<Rep>;

fine_time from_ticks(int64_t ticks, tick_length tick);

fine_time from_ticks(long double ticks, tick_length tick);

/// Converts a multiple of a tick to ticks. If a microsecond is not a whole
/// number of ticks, accepts the microseconds that `ticks` would be sent as.
bool to_ticks(decoder& in, const fine_time& x, int64_t& ticks,
              tick_length tick);

long double to_ticks(const fine_time& x, tick_length tick);

template <class Rep, class Period>
fine_time from_duration(const std::chrono::duration<Rep, Period>& x) {
  constexpr auto tick = tick_of<std::chrono::duration<Rep, Period>>;
  if constexpr (std::floating_point<Rep>)
    return from_ticks(static_cast<long double>(x.count()), tick);
  else if (std::in_range<int64_t>(x.count()))
    return from_ticks(static_cast<int64_t>(x.count()), tick);
  else
    return {std::numeric_limits<int64_t>::max()};
}

/// Converts `x` to a duration; exactly, except for floating point.
template <class Rep, class Period>
bool to_duration(decoder& in, const fine_time& x,
                 std::chrono::duration<Rep, Period>& result) {
  using duration = std::chrono::duration<Rep, Period>;
  if constexpr (std::floating_point<Rep>) {
    result = duration{static_cast<Rep>(to_ticks(x, tick_of<duration>))};
    return true;
  } else {
    int64_t ticks = 0;
    if (!to_ticks(in, x, ticks, tick_of<duration>))
      return false;
    if (!std::in_range<Rep>(ticks))
      return in.mismatch(
        "at most " + std::to_string(std::numeric_limits<Rep>::max()) + " ticks",
        std::to_string(ticks));
    result = duration{static_cast<Rep>(ticks)};
    return true;
  }
}

} // namespace venomous::detail
