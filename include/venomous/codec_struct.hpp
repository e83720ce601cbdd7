#pragma once

#include "venomous/codec_scalar.hpp"

#include <msgpack.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// @file
/// The codec of structs that have `MSGPACK_DEFINE_MAP`, which become dicts.

namespace venomous {

// MSGPACK_DEFINE_MAP generates a function that hands the number of fields, then
// each name and each field, to anything that looks like a packer. That is the
// only way to them, so the classes below look like packers.

namespace detail {

/// Writes the fields of a struct.
class field_writer {
public:
  explicit field_writer(encoder& out) : out_(out) {
    // nop
  }

  void pack_map(size_t size) {
    out_.put_dict(size);
  }

  template <class T>
  void pack(const T& x) {
    out_.put(x);
  }

private:
  encoder& out_;
};

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

  template <size_t N>
  void pack(const char (&name)[N]) {
    name_ = name;
  }

  template <class T>
  void pack(const T& x) {
    on_field_(name_, x);
  }

private:
  F on_field_;
  std::string_view name_;
};

template <class T, class F>
void for_each_field(const T& x, F on_field) {
  field_visitor<F> visitor{std::move(on_field)};
  x.msgpack_pack(visitor);
}

/// A struct that has MSGPACK_DEFINE_MAP.
template <class T>
concept mapped_struct = std::is_class_v<T> && requires(const T& x,
                                                       field_writer& writer) {
  x.msgpack_pack(writer);
};

} // namespace detail

/// Decoding asks for exactly the fields that the struct has. A namedtuple
/// decodes as well.
template <detail::mapped_struct T>
struct codec<T> : detail::kind_codec<detail::kind::dict> {
  static void encode(encoder& out, const T& x) {
    detail::field_writer writer{out};
    x.msgpack_pack(writer);
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
          // The packer's interface made it const: the struct itself is not.
          ok = seen[index] ? in.fail("field " + quoted(key) + " comes twice")
                           : in.get(const_cast<U&>(field)) || in.in_field(name);
          seen[index] = true;
        }
        ++index;
      });
    return found ? ok : in.fail("unknown field " + quoted(key));
  }

  static bool has_all(decoder& in, const T& x, const std::vector<bool>& seen) {
    size_t index = 0;
    auto ok = true;
    detail::for_each_field(x, [&](std::string_view name, const auto&) {
      auto missing = index >= seen.size() || !seen[index];
      if (ok && missing)
        ok = in.fail("missing field " + quoted(name));
      ++index;
    });
    return ok;
  }

  static std::string quoted(std::string_view x) {
    return '"' + std::string{x.substr(0, 64)} + '"';
  }
};

} // namespace venomous
