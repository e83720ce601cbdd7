#pragma once

#include "venomous/datetime.hpp"

#include <bit>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

/// @file
/// The payloads of complex numbers, times and paths, as both ends of the wire
/// read and write them. Numbers are big-endian.

namespace venomous::wire {

using std::chrono::microseconds;

constexpr auto day = microseconds{86'400'000'000};

/// The range of Python's datetimes.
constexpr auto min_local =
  std::chrono::local_days{std::chrono::year{1} / 1 / 1};
constexpr auto max_local =
  std::chrono::local_days{std::chrono::year{10'000} / 1 / 1} - microseconds{1};

/// The range of the days of Python's timedeltas.
constexpr int32_t max_days = 999'999'999;

// -- numbers ------------------------------------------------------------------

template <std::unsigned_integral T>
void put_bits(std::string& out, T x) {
  for (auto shift = 8 * static_cast<int>(sizeof(T)) - 8; shift >= 0; shift -= 8)
    out += static_cast<char>(x >> shift);
}

/// Takes a number off the front of `in`.
/// @returns whether there was one.
template <std::unsigned_integral T>
bool take_bits(std::string_view& in, T& x) {
  if (in.size() < sizeof(T))
    return false;
  uint64_t bits = 0;
  for (size_t i = 0; i < sizeof(T); ++i)
    bits = bits << 8 | static_cast<uint8_t>(in[i]);
  x = static_cast<T>(bits);
  in.remove_prefix(sizeof(T));
  return true;
}

inline void put(std::string& out, microseconds x) {
  put_bits(out, static_cast<uint64_t>(x.count()));
}

inline bool take(std::string_view& in, microseconds& x) {
  uint64_t bits = 0;
  if (!take_bits(in, bits))
    return false;
  x = microseconds{static_cast<int64_t>(bits)};
  return true;
}

// -- zones --------------------------------------------------------------------

/// Bits of the byte in front of a zone.
enum zone_flag : uint8_t {
  has_fold = 1,
  has_offset = 2,
  has_name = 4,
  has_key = 8,
};

inline void put(std::string& out, const time_zone& x, bool fold) {
  auto flags = (fold ? has_fold : 0) | (x.offset ? has_offset : 0)
               | (x.name ? has_name : 0) | (x.key ? has_key : 0);
  out += static_cast<char>(flags);
  if (x.offset)
    put(out, *x.offset);
  if (x.name)
    out += *x.name;
  if (x.key)
    out += *x.key;
}

/// Takes all of `in`.
inline bool take(std::string_view in, time_zone& x, bool& fold) {
  uint8_t flags = 0;
  if (!take_bits(in, flags) || flags > 15)
    return false;
  auto is_set = [flags](zone_flag bit) {
    return (flags & bit) != 0;
  };
  fold = is_set(has_fold);
  if (is_set(has_offset) && !take(in, x.offset.emplace()))
    return false;
  if (x.offset && (*x.offset <= -day || *x.offset >= day))
    return false;
  if (is_set(has_key))
    x.key = std::string{in};
  else if (is_set(has_name))
    x.name = std::string{in};
  else if (!in.empty())
    return false;
  return !is_set(has_name) || (x.offset && !x.key);
}

// -- points and durations -----------------------------------------------------

inline std::string pack(const datetime& x) {
  std::string result;
  put(result, x.local.time_since_epoch());
  put(result, x.zone, x.fold);
  return result;
}

inline bool unpack(std::string_view in, datetime& x) {
  microseconds since_epoch{};
  if (!take(in, since_epoch) || !take(in, x.zone, x.fold))
    return false;
  x.local = std::chrono::local_time<microseconds>{since_epoch};
  return x.local >= min_local && x.local <= max_local;
}

inline std::string pack(const time_of_day& x) {
  std::string result;
  put(result, x.since_midnight);
  put(result, x.zone, x.fold);
  return result;
}

inline bool unpack(std::string_view in, time_of_day& x) {
  return take(in, x.since_midnight) && take(in, x.zone, x.fold)
         && x.since_midnight >= microseconds{0} && x.since_midnight < day;
}

inline bool in_range(std::chrono::year_month_day x) {
  return x.ok() && x.year() >= std::chrono::year{1}
         && x.year() <= std::chrono::year{9'999};
}

/// @pre `in_range(x)`
inline std::string pack(std::chrono::year_month_day x) {
  std::string result;
  put_bits(result, static_cast<uint16_t>(static_cast<int>(x.year())));
  put_bits(result, static_cast<uint8_t>(static_cast<unsigned>(x.month())));
  put_bits(result, static_cast<uint8_t>(static_cast<unsigned>(x.day())));
  return result;
}

inline bool unpack(std::string_view in, std::chrono::year_month_day& x) {
  uint16_t year = 0;
  uint8_t month = 0;
  uint8_t day = 0;
  if (!take_bits(in, year) || !take_bits(in, month) || !take_bits(in, day))
    return false;
  x = std::chrono::year{year} / month / day;
  return in.empty() && in_range(x);
}

/// Normalized as Python does: only days are negative.
struct timedelta {
  int32_t days = 0;
  microseconds rest{0};
};

inline bool in_range(const timedelta& x) {
  return x.days >= -max_days && x.days <= max_days && x.rest >= microseconds{0}
         && x.rest < day;
}

inline std::string pack(const timedelta& x) {
  std::string result;
  put_bits(result, static_cast<uint32_t>(x.days));
  put(result, x.rest);
  return result;
}

inline bool unpack(std::string_view in, timedelta& x) {
  uint32_t days = 0;
  if (!take_bits(in, days) || !take(in, x.rest))
    return false;
  x.days = static_cast<int32_t>(days);
  return in.empty() && in_range(x);
}

// -- complex ------------------------------------------------------------------

inline std::string pack(double real, double imag) {
  std::string result;
  put_bits(result, std::bit_cast<uint64_t>(real));
  put_bits(result, std::bit_cast<uint64_t>(imag));
  return result;
}

inline bool unpack(std::string_view in, double& real, double& imag) {
  uint64_t bits[2];
  if (!take_bits(in, bits[0]) || !take_bits(in, bits[1]))
    return false;
  real = std::bit_cast<double>(bits[0]);
  imag = std::bit_cast<double>(bits[1]);
  return in.empty();
}

// -- paths --------------------------------------------------------------------

/// The class of a path, as the byte in front of it.
enum class path_class : uint8_t {
  pure_posix,
  posix,
  pure_windows,
};

/// Names of the classes, in that order.
constexpr const char* path_classes[] = {"PurePosixPath", "PosixPath",
                                        "PureWindowsPath"};

/// Takes the class off the front of `in`.
inline std::optional<path_class> take_path_class(std::string_view& in) {
  uint8_t bits = 0;
  if (!take_bits(in, bits) || bits >= std::size(path_classes))
    return std::nullopt;
  return path_class{bits};
}

} // namespace venomous::wire
