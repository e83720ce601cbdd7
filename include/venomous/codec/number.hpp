#pragma once

#include "venomous/codec/scalar.hpp"
#include "venomous/decimal.hpp"

#include <complex>
#include <concepts>
#include <cstdint>

/// @file
/// Codecs of complex, Decimal and range.

namespace venomous {

/// Python's range, of ints that fit 64 bits.
struct range {
  int64_t start = 0;
  int64_t stop = 0;
  /// Not 0.
  int64_t step = 1;

  bool operator==(const range&) const = default;
};

/// A float or int decodes as well.
template <>
struct codec<std::complex<double>> : detail::kind_codec<detail::kind::complex> {
  static void encode(encoder& out, const std::complex<double>& x);

  static bool decode(decoder& in, std::complex<double>& x);
};

/// Python has no single precision: values that come back are rounded to it.
template <>
struct codec<std::complex<float>> : detail::kind_codec<detail::kind::complex> {
  static void encode(encoder& out, const std::complex<float>& x);

  static bool decode(decoder& in, std::complex<float>& x);
};

template <>
struct codec<decimal> : detail::kind_codec<detail::kind::decimal> {
  static void encode(encoder& out, const decimal& x);

  static bool decode(decoder& in, decimal& x);
};

template <>
struct codec<range> : detail::kind_codec<detail::kind::range> {
  static void encode(encoder& out, const range& x);

  static bool decode(decoder& in, range& x);
};

} // namespace venomous
