#pragma once

#include "venomous/ndarray.hpp"
#include "venomous/value.hpp"

namespace venomous {

/// An array with missing elements, `numpy.ma.MaskedArray`. A column of numbers
/// of a DataFrame arrives as one if some of its values are missing.
struct masked_array {
  ndarray data;
  /// Of bool, in the shape of `data`: true where an element is missing.
  ndarray mask;
  /// The value that Python uses in place of missing elements. None for numpy's
  /// default.
  value fill_value = {};
};

/// An array decodes as well, as one without missing elements.
template <>
struct codec<masked_array> {
  static std::string name() {
    return "masked array";
  }

  static bool is_exact(detail::kind x) {
    return x == detail::kind::named_tuple;
  }

  static void encode(encoder& out, const masked_array& x);

  static bool decode(decoder& in, masked_array& result);
};

namespace detail {

template <>
inline constexpr bool is_own<masked_array> = true;

} // namespace detail

} // namespace venomous
