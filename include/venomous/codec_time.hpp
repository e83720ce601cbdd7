#pragma once

#include "venomous/codec_scalar.hpp"
#include "venomous/datetime.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <ratio>
#include <string>
#include <utility>

/// @file
/// Codecs of date, time, datetime and timedelta. What Python's types cannot
/// hold is a `std::out_of_range` for the encoder; what the C++ type cannot is
/// an error.

namespace venomous {

namespace detail {

/// Durations that count whole ticks of whole microseconds: Python has nothing
/// finer.
template <class Rep, class Period>
concept whole_microseconds =
  std::integral<Rep> && std::ratio_divide<Period, std::micro>::den == 1;

template <class Period>
constexpr int64_t microseconds_in = std::ratio_divide<Period, std::micro>::num;

// All times are `ticks` of as many microseconds as `tick` says.

/// Writes a timedelta.
void put_timedelta(encoder& out, int64_t ticks, int64_t tick);

bool get_timedelta(decoder& in, int64_t& ticks, int64_t tick);

/// Writes an aware datetime, in UTC.
void put_sys_time(encoder& out, int64_t ticks, int64_t tick);

bool get_sys_time(decoder& in, int64_t& ticks, int64_t tick);

/// Writes a naive datetime.
void put_local_time(encoder& out, int64_t ticks, int64_t tick);

bool get_local_time(decoder& in, int64_t& ticks, int64_t tick);

/// Calls `get(ticks)` and stores what it makes of them.
template <class Duration, class F>
bool get_ticks(decoder& in, Duration& x, F get) {
  using rep = typename Duration::rep;
  int64_t ticks = 0;
  if (!get(ticks))
    return false;
  if (!std::in_range<rep>(ticks))
    return in.fail("expected at most "
                   + std::to_string(std::numeric_limits<rep>::max())
                   + " ticks, got " + std::to_string(ticks));
  x = Duration{static_cast<rep>(ticks)};
  return true;
}

} // namespace detail

/// A duration is a timedelta.
template <class Rep, class Period>
requires detail::whole_microseconds<Rep, Period> //
struct codec<std::chrono::duration<Rep, Period>>
  : detail::kind_codec<detail::kind::timedelta> {
  using duration = std::chrono::duration<Rep, Period>;

  static constexpr int64_t tick = detail::microseconds_in<Period>;

  static void encode(encoder& out, const duration& x) {
    detail::put_timedelta(out, int64_t{x.count()}, tick);
  }

  static bool decode(decoder& in, duration& x) {
    return detail::get_ticks(in, x, [&](int64_t& ticks) {
      return detail::get_timedelta(in, ticks, tick);
    });
  }
};

/// A point in time is a datetime that has a zone: UTC in Python, any in C++.
template <class Rep, class Period>
requires detail::whole_microseconds<Rep, Period> //
struct codec<std::chrono::sys_time<std::chrono::duration<Rep, Period>>>
  : detail::kind_codec<detail::kind::datetime> {
  using duration = std::chrono::duration<Rep, Period>;

  static constexpr int64_t tick = detail::microseconds_in<Period>;

  static void encode(encoder& out, const std::chrono::sys_time<duration>& x) {
    detail::put_sys_time(out, int64_t{x.time_since_epoch().count()}, tick);
  }

  static bool decode(decoder& in, std::chrono::sys_time<duration>& x) {
    duration since_epoch{};
    auto ok = detail::get_ticks(in, since_epoch, [&](int64_t& ticks) {
      return detail::get_sys_time(in, ticks, tick);
    });
    x = std::chrono::sys_time<duration>{since_epoch};
    return ok;
  }
};

/// What clocks show somewhere is a datetime without a zone.
template <class Rep, class Period>
requires detail::whole_microseconds<Rep, Period> //
struct codec<std::chrono::local_time<std::chrono::duration<Rep, Period>>>
  : detail::kind_codec<detail::kind::datetime> {
  using duration = std::chrono::duration<Rep, Period>;

  static constexpr int64_t tick = detail::microseconds_in<Period>;

  static void encode(encoder& out, const std::chrono::local_time<duration>& x) {
    detail::put_local_time(out, int64_t{x.time_since_epoch().count()}, tick);
  }

  static bool decode(decoder& in, std::chrono::local_time<duration>& x) {
    duration since_epoch{};
    auto ok = detail::get_ticks(in, since_epoch, [&](int64_t& ticks) {
      return detail::get_local_time(in, ticks, tick);
    });
    x = std::chrono::local_time<duration>{since_epoch};
    return ok;
  }
};

template <>
struct codec<std::chrono::year_month_day>
  : detail::kind_codec<detail::kind::date> {
  static void encode(encoder& out, std::chrono::year_month_day x);

  static bool decode(decoder& in, std::chrono::year_month_day& x);
};

template <>
struct codec<datetime> : detail::kind_codec<detail::kind::datetime> {
  static void encode(encoder& out, const datetime& x);

  static bool decode(decoder& in, datetime& x);
};

template <>
struct codec<time_of_day> : detail::kind_codec<detail::kind::time> {
  static void encode(encoder& out, const time_of_day& x);

  static bool decode(decoder& in, time_of_day& x);
};

} // namespace venomous
