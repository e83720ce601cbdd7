#pragma once

#include "venomous/codec/array.hpp"
#include "venomous/codec/key.hpp"
#include "venomous/codec/scalar.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

/// @file
/// Codecs of list, tuple and dict, and of types with alternatives.

namespace venomous {

// -- lists --------------------------------------------------------------------

namespace detail {

/// Reads the head of a list or tuple.
bool next_sequence(decoder& in, item& head, std::string_view expected);

/// Reads the head of a list or tuple of exactly `size` elements.
bool next_sequence(decoder& in, item& head, std::string_view expected,
                   size_t size);

/// Any sequence of elements of one type becomes a list. An array of one
/// dimension decodes as the list of its elements.
template <class List>
struct list_codec : kind_codec<kind::list> {
  using element = typename List::value_type;

  static void encode(encoder& out, const List& xs) requires encodable<element> {
    out.put_list(xs.size());
    for (const element& x : xs)
      out.put(x);
  }

  static bool decode(decoder& in, List& xs) requires decodable<element> {
    item head;
    if (!in.peek(head))
      return false;
    if (head.kind == kind::array)
      return decode_array(in, xs);
    if (!next_sequence(in, head, "list"))
      return false;
    xs.clear();
    if constexpr (requires { xs.reserve(1); })
      xs.reserve(in.template reservable<element>(head.count));
    return in.each(head, [&](uint32_t i) {
      element x{};
      if (!in.get(x))
        return in.in_element(i);
      xs.push_back(std::move(x));
      return true;
    });
  }

private:
  static bool decode_array(decoder& in, List& xs) {
    packed_elements source;
    if (!next_elements(in, source))
      return false;
    xs.clear();
    if constexpr (array_element<element>)
      if (are_elements<element>(source)) {
        xs.resize(source.count);
        return get_elements(in, source, xs);
      }
    return each_element(in, source, [&](decoder& part, size_t) {
      element x{};
      if (!part.get(x))
        return false;
      xs.push_back(std::move(x));
      return true;
    });
  }
};

} // namespace detail

template <class T, class A>
struct codec<std::vector<T, A>> : detail::list_codec<std::vector<T, A>> {};

template <class T, class A>
struct codec<std::list<T, A>> : detail::list_codec<std::list<T, A>> {};

template <class T, class A>
struct codec<std::deque<T, A>> : detail::list_codec<std::deque<T, A>> {};

template <class T, size_t N>
struct codec<std::array<T, N>> : detail::kind_codec<detail::kind::list> {
  static void encode(encoder& out,
                     const std::array<T, N>& xs) requires encodable<T> {
    out.put_list(N);
    for (auto& x : xs)
      out.put(x);
  }

  static bool decode(decoder& in, std::array<T, N>& xs) requires decodable<T> {
    detail::item head;
    if (in.peek(head) && head.kind == detail::kind::array)
      return decode_array(in, xs);
    return detail::next_sequence(in, head, "list", N)
           && in.each(head, [&](uint32_t i) {
                return in.get(xs[i]) || in.in_element(i);
              });
  }

private:
  static bool decode_array(decoder& in, std::array<T, N>& xs) {
    detail::packed_elements source;
    if (!detail::next_elements(in, source))
      return false;
    if (source.count != N)
      return in.mismatch("array of " + std::to_string(N),
                         "one of " + std::to_string(source.count));
    if constexpr (array_element<T>)
      if (detail::are_elements<T>(source))
        return detail::get_elements(in, source, xs);
    return detail::each_element(
      in, source, [&](decoder& part, size_t i) { return part.get(xs[i]); });
  }
};

// -- tuples -------------------------------------------------------------------

namespace detail {

/// A list of the right length decodes as well.
template <class Tuple, class... Ts>
struct tuple_codec : kind_codec<kind::tuple> {
  static void encode(encoder& out,
                     const Tuple& xs) requires(encodable<Ts>&&...) {
    out.put_elements(kind::tuple, sizeof...(Ts), [&] {
      std::apply([&](auto&... x) { (out.put(x), ...); }, xs);
    });
  }

  static bool decode(decoder& in, Tuple& xs) requires(decodable<Ts>&&...) {
    item head;
    return next_sequence(in, head, "tuple", sizeof...(Ts))
           && in.each(head, [&](uint32_t i) {
                return get_element(in, xs, i) || in.in_element(i);
              });
  }

private:
  static bool get_element(decoder& in, Tuple& xs, uint32_t index) {
    auto get = [&](auto&... x) {
      [[maybe_unused]] uint32_t i = 0;
      auto ok = false;
      static_cast<void>(((i++ == index && (ok = in.get(x), true)) || ...));
      return ok;
    };
    return std::apply(get, xs);
  }
};

} // namespace detail

template <class... Ts>
struct codec<std::tuple<Ts...>>
  : detail::tuple_codec<std::tuple<Ts...>, Ts...> {};

template <class T, class U>
struct codec<std::pair<T, U>> : detail::tuple_codec<std::pair<T, U>, T, U> {};

// -- dicts --------------------------------------------------------------------

namespace detail {

/// Keys that differ in Python may be equal in C++, for example an Enum and its
/// value: such a dict is an error.
template <class Map>
struct map_codec : kind_codec<kind::dict> {
  using key_type = typename Map::key_type;

  using mapped_type = typename Map::mapped_type;

  static void encode(encoder& out, const Map& xs) requires(
    encodable<key_type>&& encodable<mapped_type>) {
    out.put_dict(xs.size());
    for (auto& [key, x] : xs) {
      out.put(key);
      out.put(x);
    }
  }

  static bool decode(decoder& in, Map& xs) requires(
    decodable<key_type>&& decodable<mapped_type>) {
    item head;
    if (!map_codec::next(in, head))
      return false;
    xs.clear();
    return in.each(head, [&](uint32_t) {
      key_start start{in};
      key_type key{};
      if (!in.get(key))
        return in.in_field("key");
      auto key_data = start.data(in);
      auto ok = is_findable(in, start, xs, key)
                  ? get_value(in, xs, std::move(key))
                  : in.mismatch("key that can be found again", "one with NaN");
      return ok || in.in_entry(key_data);
    });
  }

private:
  static bool get_value(decoder& in, Map& xs, key_type&& key) {
    auto [entry, is_new] = xs.try_emplace(std::move(key));
    return is_new ? in.get(entry->second) : in.fail("equals a key before it");
  }
};

} // namespace detail

template <class K, class T, class C, class A>
struct codec<std::map<K, T, C, A>> : detail::map_codec<std::map<K, T, C, A>> {};

template <class K, class T, class H, class E, class A>
struct codec<std::unordered_map<K, T, H, E, A>>
  : detail::map_codec<std::unordered_map<K, T, H, E, A>> {};

// -- optional and variant -----------------------------------------------------

/// `std::nullopt` is None.
template <class T>
struct codec<std::optional<T>> {
  static std::string name() {
    return codec<T>::name() + " or None";
  }

  static bool is_exact(detail::kind x) {
    return x == detail::kind::none || codec<T>::is_exact(x);
  }

  static void encode(encoder& out,
                     const std::optional<T>& x) requires encodable<T> {
    if (x)
      out.put(*x);
    else
      out.put_none();
  }

  static bool decode(decoder& in,
                     std::optional<T>& result) requires decodable<T> {
    detail::item x;
    if (!in.peek(x))
      return false;
    if (x.kind != detail::kind::none)
      return in.get(result.emplace());
    result.reset();
    return in.next(x);
  }
};

/// Takes the first alternative that fits. Those that need a conversion count
/// only if none has exactly the kind of the value: an int 2 never becomes 2.0
/// where there is an alternative for int.
template <class... Ts>
struct codec<std::variant<Ts...>> {
  using variant = std::variant<Ts...>;

  static std::string name() {
    std::string result;
    ((result += (result.empty() ? "" : " or ") + codec<Ts>::name()), ...);
    return result;
  }

  static bool is_exact(detail::kind x) {
    return (codec<Ts>::is_exact(x) || ...);
  }

  static void encode(encoder& out,
                     const variant& x) requires(encodable<Ts>&&...) {
    std::visit([&](auto& y) { out.put(y); }, x);
  }

  static bool decode(decoder& in,
                     variant& result) requires(decodable<Ts>&&...) {
    detail::item x;
    if (!in.peek(x))
      return false;
    auto kind = is_exact(x.kind) ? x.kind : detail::element_kind(x);
    if (is_exact(kind))
      return ((codec<Ts>::is_exact(kind) && attempt<Ts>(in, result)) || ...);
    return (attempt<Ts>(in, result) || ...) || in.mismatch(name(), x);
  }

private:
  template <class T>
  static bool attempt(decoder& in, variant& result) {
    return in.attempt([&] { return in.get(result.template emplace<T>()); });
  }
};

} // namespace venomous
