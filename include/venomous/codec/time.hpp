#pragma once

#include "venomous/codec/scalar.hpp"
#include "venomous/datetime.hpp"
#include "venomous/detail/fine_time.hpp"

#include <chrono>

/// @file
/// Codecs of date, time, datetime and timedelta. Python counts whole
/// microseconds: finer C++ values are rounded to the nearest one, half a
/// microsecond to the even one, as Python's timedelta does. Encoding a value
/// that Python's types cannot hold throws `std::out_of_range`; decoding one
/// that the C++ type cannot hold is an error.

namespace venomous {

namespace detail {

/// Writes a timedelta.
void put_timedelta(encoder& out, const fine_time& x);

/// Reads a timedelta, or a timedelta64 of numpy.
bool get_timedelta(decoder& in, fine_time& x);

/// Writes an aware datetime, in UTC.
void put_sys_time(encoder& out, const fine_time& x);

/// Reads an aware datetime, or a datetime64 of numpy, which is taken as UTC.
bool get_sys_time(decoder& in, fine_time& x);

/// Writes a naive datetime.
void put_local_time(encoder& out, const fine_time& x);

/// Reads a naive datetime, or a datetime64 of numpy.
bool get_local_time(decoder& in, fine_time& x);

} // namespace detail

/// A duration is a timedelta. A floating-point duration decodes to the nearest
/// value.
template <detail::tick_count Rep, class Period>
struct codec<std::chrono::duration<Rep, Period>>
  : detail::kind_codec<detail::kind::timedelta> {
  using duration = std::chrono::duration<Rep, Period>;

  static void encode(encoder& out, const duration& x) {
    detail::put_timedelta(out, detail::from_duration(x));
  }

  static bool decode(decoder& in, duration& x) {
    detail::fine_time found;
    return detail::get_timedelta(in, found)
           && detail::to_duration(in, found, x);
  }
};

/// A point in time is a datetime that has a zone: UTC in Python, any in C++.
template <detail::tick_count Rep, class Period>
struct codec<std::chrono::sys_time<std::chrono::duration<Rep, Period>>>
  : detail::kind_codec<detail::kind::datetime> {
  using duration = std::chrono::duration<Rep, Period>;

  static void encode(encoder& out, const std::chrono::sys_time<duration>& x) {
    detail::put_sys_time(out, detail::from_duration(x.time_since_epoch()));
  }

  static bool decode(decoder& in, std::chrono::sys_time<duration>& x) {
    detail::fine_time found;
    duration since_epoch{};
    auto ok = detail::get_sys_time(in, found)
              && detail::to_duration(in, found, since_epoch);
    x = std::chrono::sys_time<duration>{since_epoch};
    return ok;
  }
};

/// A local time, as a clock shows it, is a datetime without a zone.
template <detail::tick_count Rep, class Period>
struct codec<std::chrono::local_time<std::chrono::duration<Rep, Period>>>
  : detail::kind_codec<detail::kind::datetime> {
  using duration = std::chrono::duration<Rep, Period>;

  static void encode(encoder& out, const std::chrono::local_time<duration>& x) {
    detail::put_local_time(out, detail::from_duration(x.time_since_epoch()));
  }

  static bool decode(decoder& in, std::chrono::local_time<duration>& x) {
    detail::fine_time found;
    duration since_epoch{};
    auto ok = detail::get_local_time(in, found)
              && detail::to_duration(in, found, since_epoch);
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
