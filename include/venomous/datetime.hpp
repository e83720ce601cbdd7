#pragma once

#include <chrono>
#include <optional>
#include <string>

/// @file
/// Python's datetime and time with all that they may have. Where a point in
/// time or a clock reading is enough, `std::chrono::sys_time` and `local_time`
/// are simpler.

namespace venomous {

/// A zone of Python's: none if all is empty, a `datetime.timezone` if there is
/// no key, otherwise a `zoneinfo.ZoneInfo`.
struct time_zone {
  /// To be added to UTC, less than a day. With a key it is what that zone has
  /// at the time at hand. It may be left out then; if not, and Python's data
  /// says otherwise, that is an error.
  std::optional<std::chrono::microseconds> offset;
  /// What a `datetime.timezone` was told that it is called.
  std::optional<std::string> name;
  /// For example "Europe/Vienna".
  std::optional<std::string> key;

  bool operator==(const time_zone&) const = default;
};

/// Python's `datetime.datetime`, years 1 to 9999.
struct datetime {
  /// What the clocks in the zone show.
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
