#pragma once

#include "venomous/codec/key.hpp"
#include "venomous/codec/scalar.hpp"

#include <cstdint>
#include <set>
#include <unordered_set>
#include <utility>

/// @file
/// Codecs of set and frozenset.

namespace venomous {

namespace detail {

/// Reads the head of a set or frozenset.
bool next_set(decoder& in, item& head);

/// Becomes a set; a frozenset decodes as well.
template <class Set>
struct set_codec {
  using element = typename Set::key_type;

  static std::string name() {
    return "set";
  }

  static bool is_exact(kind x) {
    return x == kind::set || x == kind::frozenset;
  }

  static void encode(encoder& out, const Set& xs) requires encodable<element> {
    put(out, kind::set, xs);
  }

  static void put(encoder& out, kind type, const Set& xs) {
    out.put_elements(type, xs.size(), [&] {
      for (auto& x : xs)
        out.put(x);
    });
  }

  static bool decode(decoder& in, Set& xs) requires decodable<element> {
    item head;
    if (!next_set(in, head))
      return false;
    xs.clear();
    return in.each(head, [&](uint32_t i) {
      return get_element(in, xs) || in.in_element(i);
    });
  }

private:
  static bool get_element(decoder& in, Set& xs) {
    key_start start{in};
    element x{};
    if (!in.get(x))
      return false;
    if (!is_findable(in, start, xs, x))
      return in.mismatch("element that can be found again", "one with NaN");
    return xs.insert(std::move(x)).second
           || in.fail("equals an element before it");
  }
};

} // namespace detail

template <class T, class C, class A>
struct codec<std::set<T, C, A>> : detail::set_codec<std::set<T, C, A>> {};

template <class T, class H, class E, class A>
struct codec<std::unordered_set<T, H, E, A>>
  : detail::set_codec<std::unordered_set<T, H, E, A>> {};

/// A set that is a frozenset in Python, which may be in a set or the key of a
/// dict.
template <class Set>
struct frozen : Set {
  using Set::Set;

  frozen() = default;

  explicit frozen(Set x) : Set(std::move(x)) {
    // nop
  }
};

template <class Set>
struct codec<frozen<Set>> : detail::set_codec<Set> {
  static void encode(encoder& out, const frozen<Set>& xs) requires
    encodable<typename Set::key_type> {
    detail::set_codec<Set>::put(out, detail::kind::frozenset, xs);
  }
};

} // namespace venomous
