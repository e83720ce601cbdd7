#include "python_bridge/module/codec/families.hpp"
#include "python_bridge/module/codec/standard.hpp"
#include "python_bridge/module/codec/twin.hpp"

#include "python_bridge/wire/payload.hpp"

#include <datetime.h>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

using namespace std::chrono;

/// Imports what the macros of datetime.h use.
void need_datetime() {
  if (PyDateTimeAPI != nullptr)
    return;
  PyDateTime_IMPORT;
  if (PyDateTimeAPI == nullptr)
    throw py::error_already_set{};
}

// -- objects to numbers -------------------------------------------------------

wire::timedelta to_wire_delta(PyObject* x) {
  return {PyDateTime_DELTA_GET_DAYS(x),
          seconds{PyDateTime_DELTA_GET_SECONDS(x)}
            + microseconds{PyDateTime_DELTA_GET_MICROSECONDS(x)}};
}

microseconds to_microseconds(PyObject* delta) {
  auto x = to_wire_delta(delta);
  return x.days * wire::day + x.rest;
}

year_month_day to_ymd(PyObject* x) {
  return year{PyDateTime_GET_YEAR(x)}
         / static_cast<unsigned>(PyDateTime_GET_MONTH(x))
         / static_cast<unsigned>(PyDateTime_GET_DAY(x));
}

std::string text_of(py::handle x) {
  return PyUnicode_CheckExact(x.ptr()) ? x.cast<std::string>() : std::string{};
}

bool is_timezone(PyObject* tzinfo) {
  return Py_TYPE(tzinfo) == Py_TYPE(PyDateTime_TimeZone_UTC);
}

/// Returns a time or datetime unchanged if its zone has a wire format,
/// otherwise the same time in such a zone.
py::object in_known_zone(encoder& out, PyObject* x, PyObject* tzinfo,
                         const step* at) {
  if (tzinfo == Py_None || is_timezone(tzinfo)
      || (Py_TYPE(tzinfo) == loaded_type("zoneinfo", "ZoneInfo")
          && !text_of(py::handle(tzinfo).attr("key")).empty()))
    return py::reinterpret_borrow<py::object>(x);
  return twin_of("venomous.zones", out, x, at);
}

/// Returns the zone of a time or datetime that `in_known_zone` has returned.
time_zone zone_of(PyObject* x, PyObject* tzinfo) {
  time_zone result;
  if (tzinfo == Py_None)
    return result;
  if (is_timezone(tzinfo)) {
    auto args = own(PyObject_CallMethod(tzinfo, "__getinitargs__", nullptr));
    result.offset = to_microseconds(PyTuple_GetItem(args.ptr(), 0));
    if (PyTuple_GET_SIZE(args.ptr()) > 1)
      result.name = text_of(PyTuple_GET_ITEM(args.ptr(), 1));
    return result;
  }
  result.key = text_of(py::handle(tzinfo).attr("key"));
  auto offset = py::handle(x).attr("utcoffset")();
  if (PyDelta_Check(offset.ptr()))
    result.offset = to_microseconds(offset.ptr());
  return result;
}

// -- numbers to objects -------------------------------------------------------

py::object to_delta(const wire::timedelta& x) {
  auto whole = floor<seconds>(x.rest);
  return own(PyDelta_FromDSU(x.days, static_cast<int>(whole.count()),
                             static_cast<int>((x.rest - whole).count())));
}

py::object to_delta(microseconds x) {
  auto whole = floor<days>(x);
  return to_delta({static_cast<int32_t>(whole.count()), x - whole});
}

py::object to_zone(const time_zone& x) {
  if (x.key)
    return made("zone", [&] {
      return imported("zoneinfo", "ZoneInfo")(py::str(*x.key));
    });
  if (!x.offset)
    return py::none();
  auto offset = to_delta(*x.offset);
  if (!x.name)
    return own(PyTimeZone_FromOffset(offset.ptr()));
  return made("zone", [&] {
    auto name = py::str(*x.name);
    return own(PyTimeZone_FromOffsetAndName(offset.ptr(), name.ptr()));
  });
}

/// Checks that the zone has the offset that came with its key: other data
/// about zones would move the time.
void check_offset(const py::object& x, const time_zone& at) {
  if (!at.key || !at.offset)
    return;
  auto offset = made("zone", [&] { return x.attr("utcoffset")(); });
  if (!PyDelta_Check(offset.ptr())
      || to_microseconds(offset.ptr()) != *at.offset)
    throw undecodable{"zone " + *at.key
                      + " does not have the offset that was sent"};
}

[[noreturn]] void none_of(const char* type) {
  throw undecodable{std::string{"a "} + type + " that is not valid"};
}

// -- puts ---------------------------------------------------------------------

void put_date(encoder& out, PyObject* x, const step* at) {
  out.put_payload(ext_type::date, wire::pack(to_ymd(x)), at);
}

void put_time(encoder& out, PyObject* original, const step* at) {
  auto known =
    in_known_zone(out, original, PyDateTime_TIME_GET_TZINFO(original), at);
  auto* x = known.ptr();
  time_of_day result{hours{PyDateTime_TIME_GET_HOUR(x)}
                       + minutes{PyDateTime_TIME_GET_MINUTE(x)}
                       + seconds{PyDateTime_TIME_GET_SECOND(x)}
                       + microseconds{PyDateTime_TIME_GET_MICROSECOND(x)},
                     zone_of(x, PyDateTime_TIME_GET_TZINFO(x)),
                     PyDateTime_TIME_GET_FOLD(x) != 0};
  out.put_payload(ext_type::time, wire::pack(result), at);
}

void put_datetime(encoder& out, PyObject* original, const step* at) {
  auto known =
    in_known_zone(out, original, PyDateTime_DATE_GET_TZINFO(original), at);
  auto* x = known.ptr();
  datetime result{local_days{to_ymd(x)} + hours{PyDateTime_DATE_GET_HOUR(x)}
                    + minutes{PyDateTime_DATE_GET_MINUTE(x)}
                    + seconds{PyDateTime_DATE_GET_SECOND(x)}
                    + microseconds{PyDateTime_DATE_GET_MICROSECOND(x)},
                  zone_of(x, PyDateTime_DATE_GET_TZINFO(x)),
                  PyDateTime_DATE_GET_FOLD(x) != 0};
  out.put_payload(ext_type::datetime, wire::pack(result), at);
}

void put_timedelta(encoder& out, PyObject* x, const step* at) {
  out.put_payload(ext_type::timedelta, wire::pack(to_wire_delta(x)), at);
}

} // namespace

put_function find_time(PyTypeObject* type) {
  if (loaded_type("datetime", "datetime") == nullptr)
    return nullptr;
  need_datetime();
  if (type == PyDateTimeAPI->DateTimeType)
    return put_datetime;
  if (type == PyDateTimeAPI->DateType)
    return put_date;
  if (type == PyDateTimeAPI->TimeType)
    return put_time;
  return type == PyDateTimeAPI->DeltaType ? put_timedelta : nullptr;
}

py::object make_date(std::string_view payload) {
  need_datetime();
  year_month_day x;
  if (!wire::unpack(payload, x))
    none_of("date");
  return own(PyDate_FromDate(static_cast<int>(x.year()),
                             static_cast<int>(static_cast<unsigned>(x.month())),
                             static_cast<int>(static_cast<unsigned>(x.day()))));
}

py::object make_time(std::string_view payload) {
  need_datetime();
  time_of_day x;
  if (!wire::unpack(payload, x))
    none_of("time");
  hh_mm_ss clock{x.since_midnight};
  auto result = own(PyDateTimeAPI->Time_FromTimeAndFold(
    static_cast<int>(clock.hours().count()),
    static_cast<int>(clock.minutes().count()),
    static_cast<int>(clock.seconds().count()),
    static_cast<int>(clock.subseconds().count()), to_zone(x.zone).ptr(), x.fold,
    PyDateTimeAPI->TimeType));
  check_offset(result, x.zone);
  return result;
}

py::object make_datetime(std::string_view payload) {
  need_datetime();
  datetime x;
  if (!wire::unpack(payload, x))
    none_of("datetime");
  auto midnight = floor<days>(x.local);
  year_month_day date{midnight};
  hh_mm_ss clock{x.local - midnight};
  auto result = own(PyDateTimeAPI->DateTime_FromDateAndTimeAndFold(
    static_cast<int>(date.year()),
    static_cast<int>(static_cast<unsigned>(date.month())),
    static_cast<int>(static_cast<unsigned>(date.day())),
    static_cast<int>(clock.hours().count()),
    static_cast<int>(clock.minutes().count()),
    static_cast<int>(clock.seconds().count()),
    static_cast<int>(clock.subseconds().count()), to_zone(x.zone).ptr(), x.fold,
    PyDateTimeAPI->DateTimeType));
  check_offset(result, x.zone);
  return result;
}

py::object make_timedelta(std::string_view payload) {
  need_datetime();
  wire::timedelta x;
  if (!wire::unpack(payload, x))
    none_of("timedelta");
  return to_delta(x);
}

} // namespace venomous::bridge
