#include "venomous/decimal.hpp"

#include "venomous/error.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace venomous {

namespace {

/// Limits of Python's exponents: of the first digit, and of the last.
constexpr int64_t max_exponent = 999'999'999'999'999'999;
constexpr int64_t min_exponent = -1'999'999'999'999'999'997;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view& in) {
  auto size = std::find_if_not(in.begin(), in.end(), is_digit) - in.begin();
  auto result = in.substr(0, static_cast<size_t>(size));
  in.remove_prefix(result.size());
  return result;
}

std::string_view without_zeros(std::string_view digits) {
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  return digits;
}

std::string lower(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c + ('a' - 'A'));
  return result;
}

/// Returns Python's spelling of infinity or NaN.
std::optional<std::string> special(std::string_view text) {
  auto word = lower(text);
  if (word == "inf" || word == "infinity")
    return "Infinity";
  auto is_signaling = word.starts_with('s');
  std::string_view rest = word;
  rest.remove_prefix(is_signaling ? 1 : 0);
  if (!rest.starts_with("nan"))
    return std::nullopt;
  rest.remove_prefix(3);
  auto payload = take_digits(rest);
  if (!rest.empty())
    return std::nullopt;
  return (is_signaling ? "sNaN" : "NaN") + std::string{without_zeros(payload)};
}

/// Reads the exponent behind the digits, 0 if there is none.
std::optional<int64_t> exponent(std::string_view text) {
  if (text.empty())
    return 0;
  if (text[0] != 'e' && text[0] != 'E')
    return std::nullopt;
  text.remove_prefix(1);
  if (text.starts_with('+') && !text.starts_with("+-"))
    text.remove_prefix(1);
  int64_t result = 0;
  auto [last, error] =
    std::from_chars(text.data(), text.data() + text.size(), result);
  if (error != std::errc{} || last != text.data() + text.size())
    return std::nullopt;
  return std::clamp(result, 2 * min_exponent, 2 * max_exponent);
}

/// Spells digits, the last of which has the value of 10 to the power of `exp`.
std::string spell(std::string digits, int64_t exp) {
  auto size = static_cast<int64_t>(digits.size());
  auto point = exp + size;
  if (exp <= 0 && point > -6) {
    if (exp == 0)
      return digits;
    if (point <= 0)
      return "0." + std::string(static_cast<size_t>(-point), '0') + digits;
    return digits.insert(static_cast<size_t>(point), ".");
  }
  auto adjusted = point - 1;
  if (size > 1)
    digits.insert(1, ".");
  return digits + (adjusted < 0 ? "E" : "E+") + std::to_string(adjusted);
}

std::optional<std::string> finite(std::string_view text) {
  auto whole = take_digits(text);
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = take_digits(text);
  }
  auto exp = exponent(text);
  if (!exp || (whole.empty() && fraction.empty()))
    return std::nullopt;
  auto all = std::string{whole} + std::string{fraction};
  std::string digits{without_zeros(all)};
  if (digits.empty())
    digits = "0";
  auto last = *exp - static_cast<int64_t>(fraction.size());
  auto first = last + static_cast<int64_t>(digits.size()) - 1;
  if (last < min_exponent || first > max_exponent)
    return std::nullopt;
  return spell(std::move(digits), last);
}

} // namespace

caf::expected<decimal> decimal::parse(std::string_view text) {
  auto rest = text;
  std::string sign = rest.starts_with('-') ? "-" : "";
  if (rest.starts_with('-') || rest.starts_with('+'))
    rest.remove_prefix(1);
  auto spelled = special(rest);
  if (!spelled)
    spelled = finite(rest);
  if (spelled)
    return decimal{sign + *spelled};
  return caf::make_error(errc::undecodable,
                         "no Decimal: " + std::string{text.substr(0, 64)});
}

} // namespace venomous
