#pragma once

#include "venomous/decoder.hpp"

#include "python_bridge/wire/array_header.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace venomous::detail {

/// Returns the size of the attachment of an array, if it has one.
std::optional<size_t> attached_size(const item& x);

/// An array that was read, with its elements.
struct array_item {
  /// @returns nothing if `x` is not an array, or is malformed.
  static std::optional<array_item> from(const item& x);

  array_header head;
  std::string_view elements;
};

} // namespace venomous::detail
