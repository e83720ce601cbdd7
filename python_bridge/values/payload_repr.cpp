#include "python_bridge/values/payload_repr.hpp"

#include "venomous/decimal.hpp"
#include "venomous/uuid.hpp"

#include "python_bridge/wire/payload.hpp"

#include <charconv>
#include <cmath>
#include <cstring>
#include <iterator>
#include <span>

namespace venomous::detail {

namespace {

using namespace std::chrono;

/// Renders the numbers in `xs`, without trailing zeros after the first `least`.
std::string list(std::span<const int64_t> xs, size_t least) {
  while (xs.size() > least && xs.back() == 0)
    xs = xs.first(xs.size() - 1);
  std::string result;
  for (auto x : xs)
    result += (result.empty() ? "" : ", ") + std::to_string(x);
  return result;
}

std::string render(year_month_day x) {
  int64_t parts[] = {int{x.year()}, unsigned{x.month()}, unsigned{x.day()}};
  return "datetime.date(" + list(parts, 3) + ')';
}

std::string render(const wire::timedelta& x) {
  auto whole = floor<seconds>(x.rest);
  std::string result;
  auto add = [&result](const char* name, int64_t n) {
    if (n != 0)
      result += (result.empty() ? "" : ", ") + std::string{name} + '='
                + std::to_string(n);
  };
  add("days", x.days);
  add("seconds", whole.count());
  add("microseconds", (x.rest - whole).count());
  return "datetime.timedelta(" + (result.empty() ? "0" : result) + ')';
}

std::string render(const time_zone& x) {
  if (x.key)
    return "zoneinfo.ZoneInfo(key='" + *x.key + "')";
  if (*x.offset == microseconds{0} && !x.name)
    return "datetime.timezone.utc";
  auto whole = floor<days>(*x.offset);
  auto offset = render(
    wire::timedelta{static_cast<int32_t>(whole.count()), *x.offset - whole});
  auto name = x.name ? ", '" + *x.name + '\'' : std::string{};
  return "datetime.timezone(" + offset + name + ')';
}

std::string end(const time_zone& x, bool fold) {
  std::string result = fold ? ", fold=1" : "";
  if (x != time_zone{})
    result += ", tzinfo=" + render(x);
  return result + ')';
}

std::string render(const time_of_day& x) {
  hh_mm_ss clock{x.since_midnight};
  int64_t parts[] = {clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count(), clock.subseconds().count()};
  return "datetime.time(" + list(parts, 2) + end(x.zone, x.fold);
}

std::string render(const datetime& x) {
  auto midnight = floor<days>(x.local);
  year_month_day date{midnight};
  hh_mm_ss clock{x.local - midnight};
  int64_t parts[] = {int{date.year()},          unsigned{date.month()},
                     unsigned{date.day()},      clock.hours().count(),
                     clock.minutes().count(),   clock.seconds().count(),
                     clock.subseconds().count()};
  return "datetime.datetime(" + list(parts, 5) + end(x.zone, x.fold);
}

/// Unpacks a `T` and renders it.
template <class T>
std::optional<std::string> unpacked(std::string_view payload) {
  T x{};
  if (!wire::unpack(payload, x))
    return std::nullopt;
  return render(x);
}

/// Renders a part of a complex: a float, but 2 rather than 2.0.
std::string part(double x) {
  auto result = float_repr(x);
  if (result.ends_with(".0"))
    result.resize(result.size() - 2);
  return result;
}

std::optional<std::string> complex_repr(std::string_view payload) {
  double real = 0;
  double imag = 0;
  if (!wire::unpack(payload, real, imag))
    return std::nullopt;
  if (real == 0 && !std::signbit(real))
    return part(imag) + 'j';
  auto second = part(imag);
  auto sign = second.starts_with('-') ? "" : "+";
  return '(' + part(real) + sign + second + "j)";
}

std::optional<std::string> decimal_repr(std::string_view payload) {
  if (auto x = decimal::parse(payload))
    return "Decimal('" + x->text() + "')";
  return std::nullopt;
}

std::optional<std::string> uuid_repr(std::string_view payload) {
  uuid x;
  if (payload.size() != x.bytes.size())
    return std::nullopt;
  std::memcpy(x.bytes.data(), payload.data(), payload.size());
  return "UUID('" + to_string(x) + "')";
}

} // namespace

std::string float_repr(double x) {
  if (!std::isfinite(x))
    return std::isnan(x) ? "nan" : x < 0 ? "-inf" : "inf";
  auto size = std::fabs(x);
  auto plain = x == 0 || (size >= 1e-4 && size < 1e16);
  auto format =
    plain ? std::chars_format::fixed : std::chars_format::scientific;
  char digits[64];
  auto end = std::to_chars(digits, std::end(digits), x, format).ptr;
  std::string text{digits, end};
  if (plain && text.find('.') == std::string::npos)
    text += ".0";
  return text;
}

std::optional<std::string> payload_repr(kind type, std::string_view payload) {
  switch (type) {
  case kind::complex:
    return complex_repr(payload);
  case kind::date:
    return unpacked<year_month_day>(payload);
  case kind::time:
    return unpacked<time_of_day>(payload);
  case kind::datetime:
    return unpacked<datetime>(payload);
  case kind::timedelta:
    return unpacked<wire::timedelta>(payload);
  case kind::decimal:
    return decimal_repr(payload);
  case kind::uuid:
    return uuid_repr(payload);
  default:
    return std::nullopt;
  }
}

} // namespace venomous::detail
