#include "venomous/big_integer.hpp"

#include "venomous/error.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

namespace venomous {

namespace {

// -- magnitudes of big integers -----------------------------------------------

/// Base 2^32, lowest first, without leading zeros.
using limbs = std::vector<uint32_t>;

void multiply_add(limbs& xs, uint32_t factor, uint32_t addend) {
  uint64_t carry = addend;
  for (auto& x : xs) {
    carry += uint64_t{x} * factor;
    x = static_cast<uint32_t>(carry);
    carry >>= 32;
  }
  if (carry != 0)
    xs.push_back(static_cast<uint32_t>(carry));
}

/// Returns the remainder.
uint32_t divide(limbs& xs, uint32_t divisor) {
  uint64_t rest = 0;
  for (auto i = xs.rbegin(); i != xs.rend(); ++i) {
    rest = (rest << 32) | *i;
    *i = static_cast<uint32_t>(rest / divisor);
    rest %= divisor;
  }
  while (!xs.empty() && xs.back() == 0)
    xs.pop_back();
  return static_cast<uint32_t>(rest);
}

/// Negates two's complement.
void negate(std::string& bytes) {
  auto carry = 1u;
  for (auto i = bytes.rbegin(); i != bytes.rend(); ++i) {
    carry += static_cast<uint8_t>(~*i);
    *i = static_cast<char>(carry);
    carry >>= 8;
  }
}

/// Returns two's complement without needless bytes in front.
std::string_view shortest(std::string_view bytes) {
  auto is_needless = [&] {
    auto sign = (bytes[1] & 0x80) != 0 ? '\xff' : '\0';
    return bytes[0] == sign;
  };
  while (bytes.size() > 1 && is_needless())
    bytes.remove_prefix(1);
  return bytes;
}

/// Returns the magnitude as bytes, highest first, with a zero in front.
std::string magnitude(const big_integer& x) {
  std::string result(1, x.negative() ? '\xff' : '\0');
  result += x.bytes();
  if (x.negative())
    negate(result);
  return result;
}

limbs to_limbs(std::string_view bytes) {
  limbs result((bytes.size() + 3) / 4);
  for (size_t i = 0; i < bytes.size(); ++i) {
    auto byte = static_cast<uint8_t>(bytes[bytes.size() - 1 - i]);
    result[i / 4] |= uint32_t{byte} << (i % 4 * 8);
  }
  return result;
}

constexpr uint32_t billion = 1'000'000'000;

} // namespace

// -- big_integer --------------------------------------------------------------

caf::expected<big_integer> big_integer::parse(std::string_view decimal) {
  auto digits = decimal;
  auto negative = digits.starts_with('-');
  if (negative || digits.starts_with('+'))
    digits.remove_prefix(1);
  if (digits.empty()
      || digits.find_first_not_of("0123456789") != std::string_view::npos)
    return caf::make_error(errc::undecodable,
                           "not an integer: \"" + std::string{decimal} + '"');
  limbs xs;
  for (auto digit : digits)
    multiply_add(xs, 10, static_cast<uint32_t>(digit - '0'));
  std::string bytes(1, '\0');
  for (auto i = xs.rbegin(); i != xs.rend(); ++i)
    for (auto shift : {24, 16, 8, 0})
      bytes += static_cast<char>(*i >> shift);
  if (negative)
    negate(bytes);
  return from_bytes(bytes);
}

big_integer big_integer::from_bytes(std::string_view bytes) {
  big_integer result;
  if (!bytes.empty())
    result.bytes_ = shortest(bytes);
  return result;
}

void big_integer::assign(bool negative, uint64_t bits) {
  std::string bytes(1, negative ? '\xff' : '\0');
  for (auto shift = 56; shift >= 0; shift -= 8)
    bytes += static_cast<char>(bits >> shift);
  bytes_ = shortest(bytes);
}

std::optional<uint64_t> big_integer::bits64() const noexcept {
  auto is_unsigned = bytes_.size() == 9 && bytes_[0] == '\0';
  if (bytes_.size() > 8 && !is_unsigned)
    return std::nullopt;
  auto result = negative() ? ~uint64_t{0} : uint64_t{0};
  for (auto byte : bytes_)
    result = (result << 8) | static_cast<uint8_t>(byte);
  return result;
}

std::optional<double> big_integer::exact_double() const {
  auto bytes = magnitude(*this);
  auto last = bytes.find_last_not_of('\0');
  if (last == std::string::npos)
    return 0.0;
  auto first = bytes.find_first_not_of('\0');
  if (last - first >= sizeof(uint64_t))
    return std::nullopt;
  uint64_t digits = 0;
  for (auto i = first; i <= last; ++i)
    digits = (digits << 8) | static_cast<uint8_t>(bytes[i]);
  auto exponent = (bytes.size() - 1 - last) * 8;
  auto width = std::bit_width(digits);
  if (width - std::countr_zero(digits) > std::numeric_limits<double>::digits
      || exponent + static_cast<size_t>(width)
           > std::numeric_limits<double>::max_exponent)
    return std::nullopt;
  auto result =
    std::ldexp(static_cast<double>(digits), static_cast<int>(exponent));
  return negative() ? -result : result;
}

std::string to_string(const big_integer& x) {
  auto xs = to_limbs(magnitude(x));
  std::string reversed;
  while (!xs.empty()) {
    auto rest = divide(xs, billion);
    for (auto i = 0; i < 9 && (rest != 0 || !xs.empty()); ++i, rest /= 10)
      reversed += static_cast<char>('0' + rest % 10);
  }
  if (reversed.empty())
    reversed += '0';
  if (x.negative())
    reversed += '-';
  return {reversed.rbegin(), reversed.rend()};
}

} // namespace venomous
