#pragma once

#include <chrono>
#include <optional>
#include <string>

/// @file
/// Python's datetime and time with everything that they may hold. Where a point
/// in time or a clock reading is enough, `std::chrono::sys_time` and
/// `local_time` are simpler.

namespace venomous {

/// A Python time zone: none if everything is empty, a `datetime.timezone` if
/// there is no key, otherwise a `zoneinfo.ZoneInfo`.
struct time_zone {
  /// The offset from UTC, less than a day. With a key it is the offset of that
  /// zone at the given time; it may then be omitted, and is an error if
  /// Python's data disagrees.
  std::optional<std::chrono::microseconds> offset;
  /// The name that was given to a `datetime.timezone`.
  std::optional<std::string> name;
  /// For example "Europe/Vienna".
  std::optional<std::string> key;

  bool operator==(const time_zone&) const = default;
};

/// Python's `datetime.datetime`, years 1 to 9999.
struct datetime {
  /// The time that clocks in the zone show.
  std::chrono::local_time<std::chrono::microseconds> local;
  time_zone zone = {};
  /// Whether it is the second of two times that the clocks show this.
  bool fold = false;

  bool operator==(const datetime&) const = default;
};

/// Python's `datetime.time`.
struct time_of_day {
  /// Less than a day.
  std::chrono::microseconds since_midnight{0};
  time_zone zone = {};
  /// Whether it is the second of two times that the clocks show this.
  bool fold = false;

  bool operator==(const time_of_day&) const = default;
};

} // namespace venomous
