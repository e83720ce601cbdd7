#pragma once

#include "venomous/codec/scalar.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

/// @file
/// The codec of types that become user-defined objects in Python.

namespace venomous {

namespace detail {

/// Reads the head of a tagged value, and its tag.
bool next_tag(decoder& in, item& head, std::string_view tag);

} // namespace detail

/// Turns a `T` into the argument of `@venomous.decoder(tag)` in Python, and the
/// result of `@venomous.encoder` into a `T`. `Form` has:
/// - `tag`, a `std::string_view`
/// - `encode(const T&)`, which returns anything encodable and decodable
/// - `decode(x)`, which takes that and returns a `T`, or a `std::optional<T>`
///   that is empty if `x` is not one
///
/// @code
/// template <>
/// struct venomous::codec<money> : venomous::tagged_codec<money, money_form>
/// {};
/// @endcode
template <class T, class Form>
struct tagged_codec {
  using payload =
    std::decay_t<decltype(Form::encode(std::declval<const T&>()))>;

  static std::string name() {
    return std::string{Form::tag};
  }

  static bool is_exact(detail::kind x) {
    return x == detail::kind::tagged;
  }

  static void encode(encoder& out, const T& x) {
    out.put_elements(detail::kind::tagged, 2, [&] {
      out.put_str(Form::tag);
      out.put(Form::encode(x));
    });
  }

  static bool decode(decoder& in, T& x) {
    detail::item head;
    return detail::next_tag(in, head, Form::tag)
           && in.each(head, [&](uint32_t i) {
                return i == 0 ? in.skip() : decode_payload(in, x);
              });
  }

private:
  static bool decode_payload(decoder& in, T& x) {
    payload parts{};
    if (!in.get(parts))
      return false;
    std::optional<T> made = Form::decode(std::move(parts));
    if (!made)
      return in.mismatch(name(), "none that is valid");
    x = std::move(*made);
    return true;
  }
};

} // namespace venomous
