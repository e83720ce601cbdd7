#include "python_bridge/values/fine_time.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <iterator>

namespace venomous::detail {

namespace {

constexpr int64_t attosecond = 1'000'000'000'000'000'000;

constexpr int64_t attoseconds_in_microsecond = 1'000'000'000'000;

std::string to_string(tick_length x) {
  if (x.denominator == 1)
    return std::to_string(x.numerator) + " s";
  if (x.numerator == 1)
    for (auto [denominator, unit] :
         {std::pair{1'000, " ms"}, {1'000'000, " us"}, {1'000'000'000, " ns"}})
      if (x.denominator == denominator)
        return "1" + std::string{unit};
  return std::to_string(x.numerator) + '/' + std::to_string(x.denominator)
         + " s";
}

/// Stores the error that `rest` seconds are left over.
bool leaves_rest(decoder& in, tick_length tick, long double rest) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.9Lg s", rest);
  return in.mismatch("a multiple of " + to_string(tick),
                     std::string{"a rest of "} + text);
}

} // namespace

// -- ticks --------------------------------------------------------------------

wide to_microseconds(const fine_time& x) {
  auto whole = x.attoseconds / attoseconds_in_microsecond;
  auto twice_rest = 2 * (x.attoseconds % attoseconds_in_microsecond);
  auto rounds_up =
    twice_rest > attoseconds_in_microsecond
    || (twice_rest == attoseconds_in_microsecond && whole % 2 != 0);
  return wide{x.seconds} * 1'000'000 + whole + (rounds_up ? 1 : 0);
}

fine_time from_ticks(int64_t ticks, tick_length tick) {
  auto length = wide{ticks} * tick.numerator;
  auto seconds = floor_division(length, tick.denominator);
  if (seconds < least_seconds || seconds > most_seconds)
    return {ticks < 0 ? least_seconds : most_seconds};
  auto rest = length - seconds * tick.denominator;
  return {static_cast<int64_t>(seconds),
          static_cast<int64_t>(rest * attosecond / tick.denominator)};
}

fine_time from_ticks(long double ticks, tick_length tick) {
  auto length = ticks * static_cast<long double>(tick.numerator)
                / static_cast<long double>(tick.denominator);
  // Written so that NaN fails, too.
  if (!(std::abs(length) < static_cast<long double>(most_seconds)))
    return {length < 0 ? least_seconds : most_seconds};
  auto seconds = std::floor(length);
  auto rest = (length - seconds) * static_cast<long double>(attosecond);
  return {static_cast<int64_t>(seconds), static_cast<int64_t>(rest)};
}

bool to_ticks(decoder& in, const fine_time& x, int64_t& ticks,
              tick_length tick) {
  // The remainder is counted in attoseconds, after the numerator is divided
  // out.
  auto fine = wide{x.attoseconds} * tick.denominator;
  auto length = wide{x.seconds} * tick.denominator + fine / attosecond;
  auto result = floor_division(length, tick.numerator);
  auto rest = static_cast<long double>(length - result * tick.numerator)
              + static_cast<long double>(fine % attosecond)
                  / static_cast<long double>(attosecond);
  if (2 * rest >= static_cast<long double>(tick.numerator) && rest != 0)
    ++result;
  ticks = static_cast<int64_t>(result);
  if (ticks != result)
    return in.mismatch(
      "ticks of " + to_string(tick) + " that 64 bits can count", "more");
  auto is_sent_as_this = [&] {
    return x.attoseconds % attoseconds_in_microsecond == 0
           && to_microseconds(from_ticks(ticks, tick)) == to_microseconds(x);
  };
  return rest == 0 || is_sent_as_this()
         || leaves_rest(in, tick,
                        rest / static_cast<long double>(tick.denominator));
}

long double to_ticks(const fine_time& x, tick_length tick) {
  // As one number: a sum of two would lose digits near zero.
  auto length = wide{x.seconds} * attosecond + x.attoseconds;
  return static_cast<long double>(length) / static_cast<long double>(attosecond)
         * static_cast<long double>(tick.denominator)
         / static_cast<long double>(tick.numerator);
}

// -- units of numpy -----------------------------------------------------------

namespace {

/// The units of numpy that have a fixed length.
constexpr std::pair<std::string_view, tick_length> units[] = {
  {"W", {604'800, 1}},
  {"D", {86'400, 1}},
  {"h", {3'600, 1}},
  {"m", {60, 1}},
  {"s", {1, 1}},
  {"ms", {1, 1'000}},
  {"us", {1, 1'000'000}},
  {"ns", {1, 1'000'000'000}},
  {"ps", {1, 1'000'000'000'000}},
  {"fs", {1, 1'000'000'000'000'000}},
  {"as", {1, 1'000'000'000'000'000'000}},
};

/// Returns the beginning of the month that is `x` months after the epoch.
std::optional<fine_time> from_months(wide x) {
  auto year = floor_division(x, 12);
  if (year < -30'000 || year > 30'000)
    return std::nullopt;
  auto month = static_cast<unsigned>(x - year * 12);
  auto first = std::chrono::year{static_cast<int>(1970 + year)}
               / std::chrono::month{month + 1} / 1;
  auto days = std::chrono::sys_days{first}.time_since_epoch();
  return fine_time{std::chrono::seconds{days}.count()};
}

} // namespace

std::optional<fine_time> from_units(int64_t count, std::string_view unit) {
  int64_t several = 1;
  auto digits =
    std::from_chars(unit.data(), unit.data() + unit.size(), several);
  unit.remove_prefix(static_cast<size_t>(digits.ptr - unit.data()));
  if (unit == "Y" || unit == "M")
    return from_months(wide{count} * several * (unit == "Y" ? 12 : 1));
  auto name = [](const auto& x) {
    return x.first;
  };
  auto found = std::ranges::find(units, unit, name);
  if (found == std::end(units))
    return std::nullopt;
  auto tick = found->second;
  tick.numerator *= several;
  auto result = from_ticks(count, tick);
  if (result.seconds == least_seconds || result.seconds == most_seconds)
    return std::nullopt;
  return result;
}

} // namespace venomous::detail
