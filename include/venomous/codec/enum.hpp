#pragma once

#include "venomous/codec/scalar.hpp"

#include <string_view>
#include <type_traits>

/// @file
/// The codec of C++ enums.

namespace venomous {

/// Names the Python Enum class that a C++ enum becomes, found by its value:
///
///     template <>
///     inline constexpr std::string_view enum_class<color> = "shop:Color";
///
/// Without a name it becomes an int.
template <class T>
inline constexpr std::string_view enum_class = {};

namespace detail {

/// Writes class, name and value; with None as name, the value decides.
template <class T>
void put_enumeration(encoder& out, std::string_view type, T x) {
  out.put_elements(kind::enumeration, 3, [&] {
    out.put_str(type);
    out.put_none();
    out.put(x);
  });
}

} // namespace detail

/// Decodes an int, or an Enum whose value is one. Whether the C++ enum has a
/// name for that number is not checked.
template <class T>
requires std::is_enum_v<T> &&(!std::same_as<T, std::byte>)struct codec<T> {
  using number = std::underlying_type_t<T>;

  static std::string name() {
    return codec<number>::name();
  }

  static bool is_exact(detail::kind x) {
    return x == detail::kind::enumeration || codec<number>::is_exact(x);
  }

  static void encode(encoder& out, T x) {
    auto value = static_cast<number>(x);
    if constexpr (enum_class<T>.empty())
      out.put(value);
    else
      detail::put_enumeration(out, enum_class<T>, value);
  }

  static bool decode(decoder& in, T& x) {
    number value{};
    if (!in.get(value))
      return false;
    x = static_cast<T>(value);
    return true;
  }
};

} // namespace venomous
