#pragma once

#include <bit>
#include <chrono>
#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ratio>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

// Declared, not included: Python's end of the wire compiles without CAF.
namespace caf {

template <class>
class expected;

} // namespace caf

namespace venomous {

/// A float of half precision, as numpy has it. C++20 cannot calculate with it.
struct half {
  uint16_t bits = 0;

  friend bool operator==(const half&, const half&) = default;
};

namespace detail {

/// Spells types that numpy knows; empty for all others.
template <class T>
struct element_name {
  static std::string get() {
    return {};
  }
};

std::string number_name(char kind, size_t size);

template <class T>
requires std::is_arithmetic_v<T>
struct element_name<T> {
  static std::string get() {
    if constexpr (std::same_as<T, bool>)
      return number_name('b', 1);
    else if constexpr (std::floating_point<T>)
      return number_name('f', sizeof(T));
    else
      return number_name(std::is_signed_v<T> ? 'i' : 'u', sizeof(T));
  }
};

template <>
struct element_name<half> {
  static std::string get() {
    return number_name('f', sizeof(half));
  }
};

template <>
struct element_name<std::byte> {
  static std::string get() {
    return number_name('u', 1);
  }
};

template <std::floating_point T>
struct element_name<std::complex<T>> {
  static std::string get() {
    return number_name('c', 2 * sizeof(T));
  }
};

/// Returns the unit of numpy for a period, empty if there is none.
template <class Period>
constexpr std::string_view time_unit() {
  if constexpr (std::ratio_equal_v<Period, std::nano>)
    return "ns";
  else if constexpr (std::ratio_equal_v<Period, std::micro>)
    return "us";
  else if constexpr (std::ratio_equal_v<Period, std::milli>)
    return "ms";
  else if constexpr (std::ratio_equal_v<Period, std::ratio<1>>)
    return "s";
  else if constexpr (std::ratio_equal_v<Period, std::ratio<60>>)
    return "m";
  else if constexpr (std::ratio_equal_v<Period, std::ratio<3600>>)
    return "h";
  else if constexpr (std::ratio_equal_v<Period, std::ratio<86400>>)
    return "D";
  else if constexpr (std::ratio_equal_v<Period, std::ratio<604800>>)
    return "W";
  else
    return "";
}

template <class Period>
requires(
  !time_unit<Period>()
     .empty()) struct element_name<std::chrono::duration<int64_t, Period>> {
  static std::string get() {
    return number_name('m', 8) + '[' + std::string{time_unit<Period>()} + ']';
  }
};

template <class Period>
requires(!time_unit<Period>().empty()) struct element_name<
  std::chrono::sys_time<std::chrono::duration<int64_t, Period>>> {
  static std::string get() {
    return number_name('M', 8) + '[' + std::string{time_unit<Period>()} + ']';
  }
};

template <class T>
constexpr bool is_element = std::is_arithmetic_v<T>;

template <>
inline constexpr bool is_element<half> = true;

template <>
inline constexpr bool is_element<std::byte> = true;

template <std::floating_point T>
constexpr bool is_element<std::complex<T>> = true;

template <class Period>
constexpr bool is_element<std::chrono::duration<int64_t, Period>> =
  !time_unit<Period>().empty();

template <class Period>
constexpr bool
  is_element<std::chrono::sys_time<std::chrono::duration<int64_t, Period>>> =
    !time_unit<Period>().empty();

} // namespace detail

/// A type that elements of an array may have in C++: integers, floats, bool,
/// `std::complex`, `half`, `std::byte`, and points of the system clock and
/// durations of 64 bits in a unit from nanoseconds to weeks.
template <class T>
concept array_element = detail::is_element<std::remove_cv_t<T>>;

/// The type of the elements of an array, as numpy has it.
class dtype {
public:
  struct field;

  /// The maximum nesting depth of structured types.
  static constexpr size_t max_depth = 16;

  // -- constructors -----------------------------------------------------------

  /// Makes `<f8`, the type of a `double`.
  dtype();

  /// Returns the type of `T`.
  template <array_element T>
  static dtype of() {
    return *from_text(detail::element_name<std::remove_cv_t<T>>::get());
  }

  /// Reads the syntax of numpy's `dtype.str`: "<f8", "|S5", "<U3", "<M8[ns]".
  /// @returns `errc::undecodable` if it is not a type, or that of objects.
  static caf::expected<dtype> parse(std::string_view text);

  /// Reads the same.
  /// @returns nothing if it is not a type.
  static std::optional<dtype> from_text(std::string_view text);

  /// Makes a structured type of `itemsize` bytes.
  /// @returns nothing if a field does not fit, its name is not UTF-8, two have
  ///          the same name, or they nest deeper than `max_depth`.
  static std::optional<dtype> structured(std::vector<field> fields,
                                         size_t itemsize);

  // -- properties -------------------------------------------------------------

  /// Returns numpy's letter: b, i, u, f, c, S, U, M, m or V.
  char kind() const noexcept {
    return kind_;
  }

  /// Returns '<' for little-endian, '>' for big-endian, '|' if it makes no
  /// difference.
  char byte_order() const noexcept {
    return order_;
  }

  bool is_native() const noexcept {
    return order_ == '|' || order_ == native_order;
  }

  /// Returns the same type in the byte order of this machine. A structured type
  /// is returned unchanged.
  dtype native() const;

  /// Returns the size of an element in bytes.
  size_t itemsize() const noexcept {
    return itemsize_;
  }

  /// Returns the unit of a datetime64 or timedelta64: "ns", "25s", or "".
  const std::string& unit() const noexcept {
    return unit_;
  }

  bool is_structured() const noexcept {
    return structured_;
  }

  /// Returns the fields of a structured type.
  const std::vector<field>& fields() const noexcept;

  /// Returns the nesting depth of structured types in this one, 0 for plain
  /// ones.
  size_t depth() const noexcept {
    return depth_;
  }

  friend bool operator==(const dtype& x, const dtype& y);

  static constexpr char native_order =
    std::endian::native == std::endian::little ? '<' : '>';

private:
  char kind_ = 'f';
  char order_ = native_order;
  bool structured_ = false;
  size_t itemsize_ = sizeof(double);
  size_t depth_ = 0;
  std::string unit_;
  std::vector<field> fields_;
};

/// A part of a structured element.
struct dtype::field {
  std::string name;
  dtype type;
  /// Its offset in the element, in bytes.
  size_t offset = 0;
  /// Empty for a single element, otherwise that of an array in C order.
  std::vector<size_t> shape = {};

  friend bool operator==(const field& x, const field& y);
};

/// Renders as numpy does, a structured type as "[name: <f8, ...]".
/// @relates dtype
std::string to_string(const dtype& x);

/// Returns the size of an array with this shape and elements of `itemsize`
/// bytes.
/// @returns nothing if the size, or the number of elements, exceeds what memory
///          can hold, even if that counts an extent of zero as one.
std::optional<size_t> bytes_in_shape(size_t itemsize,
                                     const std::vector<size_t>& shape);

} // namespace venomous
