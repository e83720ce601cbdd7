#pragma once

#include <caf/expected.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace venomous {

namespace detail {

template <class T, class... Ts>
concept one_of = (std::same_as<T, Ts> || ...);

template <class T>
concept boolean_or_character =
  one_of<T, bool, char, wchar_t, char8_t, char16_t, char32_t>;

} // namespace detail

/// An integer type that is a number: neither `bool` nor a character.
template <class T>
concept number_type =
  std::integral<T> && !detail::boolean_or_character<T> && sizeof(T) <= 8;

/// A Python int of any size, to store and show. It has no arithmetic.
class big_integer {
public:
  // -- constructors -----------------------------------------------------------

  /// Makes 0.
  big_integer() : big_integer(0) {
    // nop
  }

  /// Makes the same number as `x`.
  template <number_type T>
  big_integer(T x) {
    if constexpr (std::signed_integral<T>)
      assign(x < 0, static_cast<uint64_t>(static_cast<int64_t>(x)));
    else
      assign(false, x);
  }

  /// Reads decimal digits, with or without a sign in front.
  /// @returns the number, or `errc::undecodable` if there is anything else.
  static caf::expected<big_integer> parse(std::string_view decimal);

  /// Takes two's complement, most significant byte first. No bytes are 0.
  static big_integer from_bytes(std::string_view bytes);

  // -- properties -------------------------------------------------------------

  /// Returns two's complement, most significant byte first, in as few bytes as
  /// possible but at least one.
  std::string_view bytes() const noexcept {
    return bytes_;
  }

  /// Returns whether this is less than 0.
  bool negative() const noexcept {
    return (bytes_.front() & 0x80) != 0;
  }

  /// Returns the lowest 64 bits of the two's complement if they hold the whole
  /// number: if it fits an `int64_t`, or a `uint64_t` when not negative.
  std::optional<uint64_t> bits64() const noexcept;

  /// Returns the same number as a `double` if there is one.
  std::optional<double> exact_double() const;

  friend bool operator==(const big_integer&, const big_integer&) = default;

private:
  void assign(bool negative, uint64_t bits);

  std::string bytes_;
};

/// Returns decimal digits, with a minus in front of negative numbers.
/// @relates big_integer
std::string to_string(const big_integer& x);

} // namespace venomous
