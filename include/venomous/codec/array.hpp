#pragma once

#include "venomous/decoder.hpp"
#include "venomous/dtype.hpp"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>

/// @file
/// Lets codecs of other types decode arrays: an array of one dimension is a
/// list, and one without dimensions is its element.

namespace venomous::detail {

// -- arrays without dimensions ------------------------------------------------

/// The element of an array without dimensions, or a scalar of numpy.
struct array_scalar {
  dtype type;
  /// In the byte order of this machine.
  std::string bytes;
};

/// @returns nothing if `x` is not an array, or has dimensions.
std::optional<array_scalar> scalar_of(const item& x);

/// Returns the kind of the element of an array without dimensions,
/// `kind::array` for other arrays, and the kind of `x` for everything else.
kind element_kind(const item& x);

/// Turns a scalar of numpy into the bool, int or float with the same value.
void unwrap_scalar(item& x);

/// Turns an array without dimensions into a bool, int or float, if there is one
/// with the same value. A longdouble is rounded to the nearest float.
/// @returns false with an error if it is out of the range of a float.
bool unwrap_element(decoder& in, item& x);

/// Reads a str, or an array without dimensions that holds text.
bool get_string(decoder& in, std::string& result);

/// Reads bytes, a bytearray, or an array of bytes.
bool next_bytes(decoder& in, item& x);

// -- arrays of one dimension --------------------------------------------------

/// The elements of an array of one dimension, one behind the other. They may
/// lie anywhere, and others may write to them.
struct packed_elements {
  dtype type;
  std::shared_ptr<const char> data;
  size_t count = 0;
};

/// Reads an array of one dimension.
bool next_elements(decoder& in, packed_elements& result);

/// Copies `count` elements from `first` on, in the byte order of this machine.
void copy_native(const packed_elements& xs, size_t first, size_t count,
                 void* to);

/// Encodes elements one by one: numbers as such, everything else as scalars of
/// numpy.
class element_encoder {
public:
  /// @param xs must outlive the encoder.
  explicit element_encoder(const packed_elements& xs);

  /// @returns a span that is valid until the next call.
  std::span<const char> encode(size_t index);

private:
  std::span<const char> encode_number(const item& x);

  const packed_elements& xs_;
  /// Ends with an element.
  std::string scalar_;
  std::string number_;
};

/// Calls `read(part, i)` for each element, with a decoder of just that element.
template <class F>
bool each_element(decoder& in, const packed_elements& xs, F read) {
  element_encoder elements{xs};
  for (size_t i = 0; i < xs.count; ++i) {
    decoder part{elements.encode(i)};
    if (!read(part, i))
      return in.fail(part) || in.in_element(i);
  }
  return true;
}

// -- elements of the very type ------------------------------------------------

template <class T>
constexpr bool is_time_element = false;

template <class Rep, class Period>
constexpr bool is_time_element<std::chrono::duration<Rep, Period>> = true;

template <class Clock, class Duration>
constexpr bool is_time_element<std::chrono::time_point<Clock, Duration>> = true;

/// Copies all elements to `xs`, which has the same size, and refuses any that
/// is not a `T`.
/// @pre The elements are of type `T`, in any byte order.
template <class List>
bool get_elements(decoder& in, const packed_elements& source, List& xs) {
  using element = typename List::value_type;
  if constexpr (std::same_as<element, bool>) {
    // The sender may have written bytes other than 0 and 1, which no bool can
    // have.
    auto from = source.data.get();
    for (auto&& x : xs)
      x = *from++ != 0;
  } else if constexpr (std::contiguous_iterator<typename List::iterator>) {
    copy_native(source, 0, source.count, std::to_address(xs.begin()));
  } else {
    size_t i = 0;
    for (auto& x : xs)
      copy_native(source, i++, 1, &x);
  }
  if constexpr (is_time_element<element>) {
    size_t i = 0;
    for (auto& x : xs) {
      if (x == element::min())
        return in.mismatch(codec<element>::name(), "NaT") || in.in_element(i);
      ++i;
    }
  }
  return true;
}

/// Returns whether the elements are of type `T`, in any byte order.
template <array_element T>
bool are_elements(const packed_elements& xs) {
  return xs.type.native() == dtype::of<T>();
}

/// Renders an array: "array(<f8, shape (2, 3))".
std::string describe_array(const item& x);

} // namespace venomous::detail
