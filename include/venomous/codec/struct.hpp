#pragma once

#include "venomous/codec/scalar.hpp"

#include <msgpack.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// @file
/// The codec of structs with `MSGPACK_DEFINE_MAP`, which become dicts.

namespace venomous {

// -- options ------------------------------------------------------------------

/// Which fields of a struct may be missing from the dict that is decoded.
enum class missing_fields {
  none,
  /// Any `std::optional`, which is then empty.
  optional,
  /// Any field, which then keeps its value from the default constructor.
  all,
};

/// What happens to keys that are not fields of the struct.
enum class unknown_fields {
  refused,
  ignored,
};

struct field_options {
  missing_fields missing = missing_fields::optional;
  unknown_fields unknown = unknown_fields::refused;
};

/// How a dict may differ from the struct `T` that it decodes to:
///
///     template <>
///     inline constexpr venomous::field_options
///       venomous::struct_options<item> = {
///         .unknown = venomous::unknown_fields::ignored};
///
/// Specialize it before anything encodes or decodes a `T`. The options of `T`
/// also apply to the fields of a base that `MSGPACK_BASE_MAP` names.
template <class T>
inline constexpr field_options struct_options = {};

// -- fields -------------------------------------------------------------------

// MSGPACK_DEFINE_MAP generates a function that passes the number of fields,
// then each name and each field, to anything that looks like a packer. There is
// no other access to the fields, so the classes below look like packers.

namespace detail {

/// Calls `on_field(name, field)` for each field of a struct.
template <class F>
class field_visitor {
public:
  explicit field_visitor(F on_field) : on_field_(std::move(on_field)) {
    // nop
  }

  void pack_map(size_t) {
    // nop
  }

  // An array of characters may be a name or a field.
  template <size_t N>
  void pack(const char (&x)[N]) {
    if (at_name_)
      name_ = x;
    else
      on_field_(name_, x);
    at_name_ = !at_name_;
  }

  template <class T>
  void pack(const T& x) {
    at_name_ = true;
    on_field_(name_, x);
  }

private:
  F on_field_;
  bool at_name_ = true;
  std::string_view name_;
};

struct any_field {
  template <class T>
  void operator()(std::string_view, const T&) const {
    // nop
  }
};

/// A struct that has MSGPACK_DEFINE_MAP.
template <class T>
concept mapped_struct =
  std::is_class_v<T> && requires(const T& x, field_visitor<any_field>& to) {
  x.msgpack_pack(to);
};

/// Whether `part` is a base of `x` that MSGPACK_BASE_MAP names, not a member.
template <class T, class U>
bool is_base(const T& x, const U& part) {
  if constexpr (std::derived_from<T, U> && !std::same_as<T, U>)
    return std::addressof(part) == static_cast<const U*>(std::addressof(x));
  else
    return false;
}

/// Calls `on_base(base)` for each base that MSGPACK_BASE_MAP names, and
/// `on_field(name, field)` for each field of the struct itself.
template <class T, class B, class F>
void for_each_part(const T& x, B on_base, F on_field) {
  field_visitor visitor{[&]<class U>(std::string_view name, const U& part) {
    if constexpr (mapped_struct<U>)
      if (is_base(x, part))
        return on_base(part);
    on_field(name, part);
  }};
  x.msgpack_pack(visitor);
}

/// Calls `on_field(name, field)` for each field of a struct and of its bases.
template <class T, class F>
void for_each_field(const T& x, F on_field) {
  auto on_base = [&](const auto& base) {
    for_each_field(base, std::ref(on_field));
  };
  for_each_part(x, on_base, std::ref(on_field));
}

template <class T>
constexpr bool is_optional = false;

template <class T>
constexpr bool is_optional<std::optional<T>> = true;

/// Whether a field of type `U` may be missing from a `T`.
template <class T, class U>
constexpr bool may_lack = struct_options<T>.missing == missing_fields::all
                          || (struct_options<T>.missing
                                == missing_fields::optional
                              && is_optional<U>);

} // namespace detail

// -- the codec ----------------------------------------------------------------

/// Decoding expects the fields that the struct has, see `struct_options`. The
/// fields of a base that MSGPACK_BASE_MAP names are among them, as in Python. A
/// namedtuple decodes as well.
template <detail::mapped_struct T>
struct codec<T> : detail::kind_codec<detail::kind::dict> {
  static void encode(encoder& out, const T& x) {
    size_t size = 0;
    detail::for_each_field(x, [&](std::string_view, const auto&) { ++size; });
    out.put_dict(size);
    detail::for_each_field(x, [&](std::string_view name, const auto& field) {
      out.put_str(name);
      out.put(field);
    });
  }

  static bool decode(decoder& in, T& x) {
    detail::item head;
    if (!in.next(head))
      return false;
    std::vector<bool> seen;
    if (head.kind == detail::kind::named_tuple)
      return decode_named_tuple(in, head, x, seen) && has_all(in, x, seen);
    if (head.kind != detail::kind::dict)
      return in.mismatch("dict", head);
    return in.each(head, [&](uint32_t) {
      detail::item key;
      return in.next(key, detail::kind::string, "name of a field")
             && decode_field(in, x, key.payload, seen);
    }) && has_all(in, x, seen);
  }

private:
  static bool decode_named_tuple(decoder& in, detail::item& head, T& x,
                                 std::vector<bool>& seen) {
    std::string_view names;
    return in.next_fields(head, names) && in.each(head, [&](uint32_t) {
      auto name = names.substr(0, names.find(' '));
      names.remove_prefix(std::min(names.size(), name.size() + 1));
      return decode_field(in, x, name, seen);
    });
  }

  static bool decode_field(decoder& in, T& x, std::string_view key,
                           std::vector<bool>& seen) {
    size_t index = 0;
    auto found = false;
    auto ok = false;
    detail::for_each_field(
      x, [&]<class U>(std::string_view name, const U& field) {
        if (seen.size() == index)
          seen.push_back(false);
        if (name == key && !found) {
          found = true;
          // The interface of packers made it const: the struct itself is not.
          ok = seen[index] ? in.fail("field " + quoted(key) + " comes twice")
                           : in.get(const_cast<U&>(field)) || in.in_field(name);
          seen[index] = true;
        }
        ++index;
      });
    return found ? ok : skip_unknown(in, key);
  }

  static bool skip_unknown(decoder& in, std::string_view key) {
    if constexpr (struct_options<T>.unknown == unknown_fields::ignored)
      return in.skip() || in.in_field(key);
    else
      return in.fail("unknown field " + quoted(key));
  }

  /// Also empties optionals that are missing.
  static bool has_all(decoder& in, T& x, const std::vector<bool>& seen) {
    size_t index = 0;
    auto ok = true;
    detail::for_each_field(
      x, [&]<class U>(std::string_view name, const U& field) {
        auto missing = index >= seen.size() || !seen[index];
        if (ok && missing)
          ok = fill(in, name, const_cast<U&>(field));
        ++index;
      });
    return ok;
  }

  template <class U>
  static bool fill(decoder& in, std::string_view name, U& field) {
    if constexpr (!detail::may_lack<T, U>)
      return in.fail("missing field " + quoted(name));
    else if constexpr (struct_options<T>.missing == missing_fields::optional)
      field.reset();
    return true;
  }

  static std::string quoted(std::string_view x) {
    return '"' + std::string{x.substr(0, 64)} + '"';
  }
};

} // namespace venomous
