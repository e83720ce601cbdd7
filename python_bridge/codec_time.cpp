#include "venomous/codec_time.hpp"

#include "python_bridge/payload.hpp"

#include <stdexcept>

namespace venomous {

namespace {

using std::chrono::local_time;
using std::chrono::microseconds;

/// Holds any 64-bit number of ticks of any length.
__extension__ using wide = __int128;

constexpr wide day = wire::day.count();

[[noreturn]] void out_of_range(const char* what) {
  throw std::out_of_range{std::string{"venomous: no "} + what + " of Python's"};
}

/// Divides `x` microseconds into ticks.
bool to_ticks(decoder& in, wide x, int64_t& ticks, int64_t tick) {
  auto result = x / tick;
  if (x % tick != 0)
    return in.fail("expected a multiple of " + std::to_string(tick)
                   + " microseconds, got a rest of "
                   + std::to_string(static_cast<int64_t>(x % tick)));
  ticks = static_cast<int64_t>(result);
  return ticks == result
         || in.fail("expected ticks of " + std::to_string(tick)
                    + " microseconds that 64 bits can count, got more");
}

/// Reads an item of kind `what` and unpacks it.
template <class T>
bool get_payload(decoder& in, detail::kind what, T& x) {
  detail::item source;
  return in.next(source, what, detail::to_string(what))
         && (wire::unpack(source.payload, x)
             || in.malformed(std::string{"a "} + detail::to_string(what)
                             + " that is none"));
}

void put_datetime(encoder& out, int64_t ticks, int64_t tick, time_zone zone) {
  auto x = wide{ticks} * tick;
  if (x < wire::min_local.time_since_epoch() / microseconds{1}
      || x > wire::max_local.time_since_epoch() / microseconds{1})
    out_of_range("datetime");
  auto local = local_time<microseconds>{microseconds{static_cast<int64_t>(x)}};
  out.put(datetime{local, std::move(zone)});
}

bool is_valid(const time_zone& x) {
  if (x.offset && (*x.offset <= -wire::day || *x.offset >= wire::day))
    return false;
  return !x.name || (x.offset && !x.key);
}

} // namespace

// -- timedelta ----------------------------------------------------------------

namespace detail {

void put_timedelta(encoder& out, int64_t ticks, int64_t tick) {
  auto x = wide{ticks} * tick;
  auto rest = (x % day + day) % day;
  auto whole = (x - rest) / day;
  if (whole < -wire::max_days || whole > wire::max_days)
    out_of_range("timedelta");
  out.put_payload(
    kind::timedelta,
    wire::pack(wire::timedelta{static_cast<int32_t>(whole),
                               microseconds{static_cast<int64_t>(rest)}}));
}

bool get_timedelta(decoder& in, int64_t& ticks, int64_t tick) {
  wire::timedelta x;
  return get_payload(in, kind::timedelta, x)
         && to_ticks(in, x.days * day + x.rest.count(), ticks, tick);
}

// -- points in time -----------------------------------------------------------

void put_sys_time(encoder& out, int64_t ticks, int64_t tick) {
  time_zone utc;
  utc.offset = microseconds{0};
  put_datetime(out, ticks, tick, std::move(utc));
}

bool get_sys_time(decoder& in, int64_t& ticks, int64_t tick) {
  datetime x;
  if (!get_payload(in, kind::datetime, x))
    return false;
  if (!x.zone.offset)
    return in.fail("expected datetime with the offset of a zone, got one "
                   "without");
  auto since_epoch = x.local.time_since_epoch() - *x.zone.offset;
  return to_ticks(in, since_epoch.count(), ticks, tick);
}

void put_local_time(encoder& out, int64_t ticks, int64_t tick) {
  put_datetime(out, ticks, tick, {});
}

bool get_local_time(decoder& in, int64_t& ticks, int64_t tick) {
  datetime x;
  if (!get_payload(in, kind::datetime, x))
    return false;
  if (x.zone != time_zone{})
    return in.fail("expected datetime without a zone, got one with it");
  return to_ticks(in, x.local.time_since_epoch().count(), ticks, tick);
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
  return get_payload(in, detail::kind::date, x);
}

void codec<datetime>::encode(encoder& out, const datetime& x) {
  if (x.local < wire::min_local || x.local > wire::max_local
      || !is_valid(x.zone))
    out_of_range("datetime");
  out.put_payload(detail::kind::datetime, wire::pack(x));
}

bool codec<datetime>::decode(decoder& in, datetime& x) {
  x = {};
  return get_payload(in, detail::kind::datetime, x);
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
