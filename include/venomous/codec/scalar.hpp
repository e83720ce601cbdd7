#pragma once

#include "venomous/big_integer.hpp"
#include "venomous/codec/array.hpp"
#include "venomous/decoder.hpp"
#include "venomous/encoder.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// @file
/// Codecs of types without elements: None, bool, int, float, str and bytes.

namespace venomous {

/// Python's bytes.
using bytes = std::vector<std::byte>;

// -- scalars ------------------------------------------------------------------

namespace detail {

/// For types of a single kind, to which no other kind converts.
template <kind Kind>
struct kind_codec {
  static std::string name() {
    return to_string(Kind);
  }

  static bool is_exact(kind x) {
    return x == Kind;
  }

  static bool next(decoder& in, item& x) {
    return in.next(x) && (x.kind == Kind || in.mismatch(to_string(Kind), x));
  }
};

template <class T>
struct none_codec : kind_codec<kind::none> {
  static void encode(encoder& out, const T&) {
    out.put_none();
  }

  static bool decode(decoder& in, T&) {
    item x;
    return none_codec::next(in, x);
  }
};

template <class T>
struct str_codec : kind_codec<kind::string> {
  static void encode(encoder& out, std::string_view x) {
    out.put_str(x);
  }
};

/// Reads a bool or an int, or an array without dimensions that holds one.
inline bool next_number(decoder& in, item& x, kind expected) {
  if (!in.next(x) || (x.kind == kind::array && !unwrap_element(in, x)))
    return false;
  return x.kind == expected || in.mismatch(to_string(expected), x);
}

/// Stores the error that an int is out of the range from `least` to `most`.
bool exceeds(decoder& in, const item& x, std::string_view least,
             std::string_view most);

/// Reads a `double` from a float, from an int with the same value, or from a
/// longdouble of numpy, which is rounded.
bool get_float(decoder& in, double& result);

} // namespace detail

template <>
struct codec<std::nullptr_t> : detail::none_codec<std::nullptr_t> {};

template <>
struct codec<std::monostate> : detail::none_codec<std::monostate> {};

template <>
struct codec<bool> : detail::kind_codec<detail::kind::boolean> {
  static void encode(encoder& out, bool x) {
    out.put_bool(x);
  }

  static bool decode(decoder& in, bool& result) {
    detail::item x;
    if (!detail::next_number(in, x, detail::kind::boolean))
      return false;
    result = x.boolean;
    return true;
  }
};

template <number_type T>
struct codec<T> : detail::kind_codec<detail::kind::integer> {
  static void encode(encoder& out, T x) {
    if constexpr (std::signed_integral<T>)
      out.put_int(int64_t{x});
    else
      out.put_uint(x);
  }

  static bool decode(decoder& in, T& result) {
    detail::item x;
    if (!detail::next_number(in, x, detail::kind::integer))
      return false;
    if (!fits(x))
      return detail::exceeds(in, x,
                             std::to_string(std::numeric_limits<T>::min()),
                             std::to_string(std::numeric_limits<T>::max()));
    result = static_cast<T>(x.bits);
    return true;
  }

private:
  static bool fits(const detail::item& x) {
    if (x.is_big())
      return false;
    return x.negative ? std::in_range<T>(static_cast<int64_t>(x.bits))
                      : std::in_range<T>(x.bits);
  }
};

template <>
struct codec<big_integer> : detail::kind_codec<detail::kind::integer> {
  static void encode(encoder& out, const big_integer& x) {
    out.put_int(x);
  }

  static bool decode(decoder& in, big_integer& result) {
    detail::item x;
    if (!detail::next_number(in, x, detail::kind::integer))
      return false;
    result = x.integer();
    return true;
  }
};

/// An int decodes as a float if no digit is lost. A longdouble of numpy, which
/// Python's float cannot hold, is rounded.
template <>
struct codec<double> : detail::kind_codec<detail::kind::floating> {
  static void encode(encoder& out, double x) {
    out.put_float(x);
  }

  static bool decode(decoder& in, double& result) {
    return detail::get_float(in, result);
  }
};

/// Python has no single precision: values that come back are rounded to it.
template <>
struct codec<float> : detail::kind_codec<detail::kind::floating> {
  static void encode(encoder& out, float x) {
    out.put_float(x);
  }

  static bool decode(decoder& in, float& result);
};

template <>
struct codec<std::string_view> : detail::str_codec<std::string_view> {};

template <>
struct codec<const char*> : detail::str_codec<const char*> {};

template <>
struct codec<char*> : detail::str_codec<char*> {};

template <>
struct codec<std::string> : detail::str_codec<std::string> {
  static bool decode(decoder& in, std::string& result) {
    return detail::get_string(in, result);
  }
};

/// Text of up to N bytes, padded with zeros.
template <size_t N>
struct codec<char[N]> : detail::kind_codec<detail::kind::string> {
  static void encode(encoder& out, const char (&x)[N]) {
    out.put_str({x, static_cast<size_t>(std::find(x, x + N, '\0') - x)});
  }

  static bool decode(decoder& in, char (&x)[N]) {
    std::string text;
    if (!in.get(text))
      return false;
    if (text.size() > N)
      return in.mismatch("str of at most " + std::to_string(N) + " bytes",
                         "one of " + std::to_string(text.size()));
    std::fill(std::copy(text.begin(), text.end(), x), x + N, '\0');
    return true;
  }
};

// -- bytes --------------------------------------------------------------------

namespace detail {

template <class Byte>
struct bytes_codec : kind_codec<kind::bytes> {
  static void encode(encoder& out, std::span<const Byte> x) {
    out.put_bytes(std::as_bytes(x));
  }

  static bool decode(decoder& in, std::vector<Byte>& result) {
    item x;
    if (!next_bytes(in, x))
      return false;
    auto first = reinterpret_cast<const Byte*>(x.payload.data());
    assign(result, first, x.payload.size());
    return true;
  }
};

} // namespace detail

template <>
struct codec<std::vector<std::byte>> : detail::bytes_codec<std::byte> {};

template <>
struct codec<std::vector<unsigned char>> : detail::bytes_codec<unsigned char> {
};

template <>
struct codec<std::span<const std::byte>>
  : detail::kind_codec<detail::kind::bytes> {
  static void encode(encoder& out, std::span<const std::byte> x) {
    out.put_bytes(x);
  }
};

} // namespace venomous
