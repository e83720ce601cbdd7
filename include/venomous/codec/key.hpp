#pragma once

#include "venomous/decoder.hpp"

#include <cstddef>
#include <limits>
#include <span>

/// @file
/// Checks that keys of dicts and elements of sets can be found again.

namespace venomous::detail {

/// The position of a key that is about to be read, to read it again.
class key_start {
public:
  explicit key_start(const decoder& in)
    : at_(in.position()),
      attachments_(in.attachments()),
      kept_(in.kept()),
      nans_(in.nans()) {
    // nop
  }

  /// Returns the MessagePack of the key, which `in` has just read.
  std::span<const char> data(const decoder& in) const {
    return {at_, in.position()};
  }

  /// Returns whether NaN is somewhere in the key.
  bool has_nan(const decoder& in) const {
    return in.nans() != nans_;
  }

  /// Reads the key again, with `x` in place of NaN.
  template <class Key>
  bool read_again(const decoder& in, double x, Key& key) const {
    decoder again{data(in), &in.owner(), attachments_, kept_};
    again.read_nan_as(x);
    return again.get(key);
  }

private:
  const char* at_;
  std::span<const attachment> attachments_;
  std::span<const kept_reference> kept_;
  size_t nans_;
};

/// Returns whether NaN in `key` breaks the order of `xs`.
template <class Ordered>
bool breaks_order(const decoder& in, const key_start& start, const Ordered& xs,
                  const typename Ordered::key_type& key) {
  // In an order, no key is equivalent to two others that differ from each
  // other. This includes NaN if the order has a place for it or ignores it.
  constexpr auto infinity = std::numeric_limits<double>::infinity();
  typename Ordered::key_type low{};
  typename Ordered::key_type high{};
  if (!start.read_again(in, -infinity, low)
      || !start.read_again(in, infinity, high))
    return true;
  auto are_alike = [less = xs.key_comp()](const auto& x, const auto& y) {
    return !less(x, y) && !less(y, x);
  };
  return are_alike(key, low) && are_alike(key, high) && !are_alike(low, high);
}

/// Returns whether `xs` would still find `key`, which was read from `start`,
/// and all other keys once `key` is in it.
template <class Keyed>
bool is_findable(const decoder& in, const key_start& start, const Keyed& xs,
                 const typename Keyed::key_type& key) {
  if constexpr (requires { xs.key_eq(); })
    return xs.key_eq()(key, key);
  else
    return !start.has_nan(in) || !breaks_order(in, start, xs, key);
}

} // namespace venomous::detail
