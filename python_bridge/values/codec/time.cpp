#include "venomous/codec/time.hpp"

#include "python_bridge/values/fine_time.hpp"
#include "python_bridge/wire/payload.hpp"

#include <cstring>
#include <stdexcept>

namespace venomous {

namespace {

using detail::fine_time;
using detail::wide;
using std::chrono::local_time;
using std::chrono::microseconds;

constexpr wide day = wire::day.count();

[[noreturn]] void out_of_range(const char* type) {
  throw std::out_of_range{std::string{"venomous: no "} + type + " of Python's"};
}

bool is_valid(const time_zone& x) {
  if (x.offset && (*x.offset <= -wire::day || *x.offset >= wire::day))
    return false;
  return !x.name || (x.offset && !x.key);
}

// -- times of Python and numpy ------------------------------------------------

/// Unpacks an item that must be of kind `expected`.
template <class T>
bool unpack(decoder& in, const detail::item& source, detail::kind expected,
            T& x) {
  return wire::unpack(source.payload, x)
         || in.malformed(std::string{"a "} + detail::to_string(expected)
                         + " that is not valid");
}

/// Reads an item that must be of kind `expected`, and unpacks it.
template <class T>
bool get_payload(decoder& in, detail::kind expected, T& x) {
  detail::item source;
  return in.next(source, expected, detail::to_string(expected))
         && unpack(in, source, expected, x);
}

/// Reads a time from `source` if it is a datetime64 or timedelta64 of numpy.
bool get_numpy(decoder& in, const detail::item& source, detail::kind expected,
               fine_time& x) {
  auto is_point = expected != detail::kind::timedelta;
  auto scalar = detail::scalar_of(source);
  if (!scalar || scalar->type.kind() != (is_point ? 'M' : 'm'))
    return in.mismatch(detail::to_string(expected), source);
  int64_t count = 0;
  std::memcpy(&count, scalar->bytes.data(), sizeof(count));
  auto refuse = [&](const std::string& got) {
    return in.mismatch(detail::to_string(expected), got);
  };
  if (count == std::numeric_limits<int64_t>::min())
    return refuse("NaT");
  auto& unit = scalar->type.unit();
  if (unit.empty()
      || (!is_point && (unit.ends_with('Y') || unit.ends_with('M'))))
    return refuse(to_string(scalar->type) + ", whose unit has no length");
  auto found = detail::from_units(count, unit);
  if (!found)
    return refuse("one that 64 bits cannot count in seconds");
  x = *found;
  return true;
}

/// Reads a datetime, converted by `convert`, or a datetime64.
template <class F>
bool get_point(decoder& in, fine_time& x, F convert) {
  detail::item source;
  if (!in.next(source))
    return false;
  if (source.kind != detail::kind::datetime)
    return get_numpy(in, source, detail::kind::datetime, x);
  datetime found;
  return unpack(in, source, source.kind, found) && convert(found);
}

/// Returns whether Python's datetime can hold `x`.
bool is_in_range(const fine_time& x) {
  auto since_epoch = detail::to_microseconds(x);
  return since_epoch >= microseconds{wire::min_local.time_since_epoch()}.count()
         && since_epoch <= wire::max_local.time_since_epoch().count();
}

void put_datetime(encoder& out, const fine_time& x, time_zone zone) {
  if (!is_in_range(x))
    out_of_range("datetime");
  microseconds count{static_cast<int64_t>(detail::to_microseconds(x))};
  out.put(datetime{local_time<microseconds>{count}, std::move(zone)});
}

} // namespace

// -- timedelta ----------------------------------------------------------------

namespace detail {

void put_timedelta(encoder& out, const fine_time& x) {
  auto length = to_microseconds(x);
  auto days = floor_division(length, day);
  if (days < -wire::max_days || days > wire::max_days)
    out_of_range("timedelta");
  microseconds rest{static_cast<int64_t>(length - days * day)};
  out.put_payload(kind::timedelta, wire::pack(wire::timedelta{
                                     static_cast<int32_t>(days), rest}));
}

bool get_timedelta(decoder& in, fine_time& x) {
  item source;
  if (!in.next(source))
    return false;
  if (source.kind != kind::timedelta)
    return get_numpy(in, source, kind::timedelta, x);
  wire::timedelta length;
  if (!unpack(in, source, kind::timedelta, length))
    return false;
  x = from_duration(length.rest);
  x.seconds += int64_t{length.days} * 86'400;
  return true;
}

// -- points in time -----------------------------------------------------------

void put_sys_time(encoder& out, const fine_time& x) {
  time_zone utc;
  utc.offset = microseconds{0};
  put_datetime(out, x, std::move(utc));
}

bool get_sys_time(decoder& in, fine_time& x) {
  return get_point(in, x, [&](const datetime& found) {
    if (!found.zone.offset)
      return in.mismatch("datetime with the offset of a zone", "one without");
    x = from_duration(found.local.time_since_epoch() - *found.zone.offset);
    return true;
  });
}

void put_local_time(encoder& out, const fine_time& x) {
  put_datetime(out, x, {});
}

bool get_local_time(decoder& in, fine_time& x) {
  return get_point(in, x, [&](const datetime& found) {
    if (found.zone != time_zone{})
      return in.mismatch("datetime without a zone", "one with it");
    x = from_duration(found.local.time_since_epoch());
    return true;
  });
}

} // namespace detail

// -- date, time, datetime -----------------------------------------------------

void codec<std::chrono::year_month_day>::encode(encoder& out,
                                                std::chrono::year_month_day x) {
  if (!wire::in_range(x))
    out_of_range("date");
  out.put_payload(detail::kind::date, wire::pack(x));
}

bool codec<std::chrono::year_month_day>::decode(
  decoder& in, std::chrono::year_month_day& x) {
  detail::item source;
  if (!in.next(source))
    return false;
  if (source.kind == detail::kind::date)
    return unpack(in, source, source.kind, x);
  fine_time found;
  std::chrono::local_days days;
  auto since_epoch = days.time_since_epoch();
  if (!get_numpy(in, source, detail::kind::date, found)
      || !detail::to_duration(in, found, since_epoch))
    return false;
  if (!is_in_range(found))
    return in.mismatch("date of the years 1 to 9999", "another one");
  x = std::chrono::year_month_day{std::chrono::local_days{since_epoch}};
  return true;
}

void codec<datetime>::encode(encoder& out, const datetime& x) {
  if (x.local < wire::min_local || x.local > wire::max_local
      || !is_valid(x.zone))
    out_of_range("datetime");
  out.put_payload(detail::kind::datetime, wire::pack(x));
}

bool codec<datetime>::decode(decoder& in, datetime& x) {
  x = {};
  detail::item source;
  if (!in.next(source))
    return false;
  if (source.kind == detail::kind::datetime)
    return unpack(in, source, source.kind, x);
  fine_time found;
  microseconds since_epoch{};
  if (!get_numpy(in, source, detail::kind::datetime, found)
      || !detail::to_duration(in, found, since_epoch))
    return false;
  if (!is_in_range(found))
    return in.mismatch("datetime of the years 1 to 9999", "another one");
  x.local = local_time<microseconds>{since_epoch};
  return true;
}

void codec<time_of_day>::encode(encoder& out, const time_of_day& x) {
  if (x.since_midnight < microseconds{0} || x.since_midnight >= wire::day
      || !is_valid(x.zone))
    out_of_range("time");
  out.put_payload(detail::kind::time, wire::pack(x));
}

bool codec<time_of_day>::decode(decoder& in, time_of_day& x) {
  x = {};
  return get_payload(in, detail::kind::time, x);
}

} // namespace venomous
