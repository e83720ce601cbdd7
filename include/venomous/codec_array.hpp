#pragma once

#include "venomous/decoder.hpp"
#include "venomous/dtype.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

/// @file
/// What codecs of other types make of arrays.

namespace venomous::detail {

/// The elements of an array of one dimension, one behind the other. They may
/// lie anywhere, and be written to by others.
struct packed_elements {
  std::shared_ptr<const char> data;
  size_t count = 0;
};

/// Reads an array of one dimension whose elements are of type `wanted`.
bool next_elements(decoder& in, const dtype& wanted, packed_elements& result);

/// Reads a str, or a scalar of numpy's that is one.
bool get_string(decoder& in, std::string& result);

/// Makes a bool, int or float of `x` if it is an array that is such a scalar.
void unwrap_scalar(item& x);

/// Renders an array: "array(<f8, shape (2, 3))".
std::string describe_array(const item& x);

} // namespace venomous::detail
