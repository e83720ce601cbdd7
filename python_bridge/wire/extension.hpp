#pragma once

#include "venomous/detail/kind.hpp"

#include "python_bridge/wire/ext_type.hpp"

#include <cstdint>

namespace venomous::detail {

/// What an extension of MessagePack is to Python.
struct extension {
  ext_type type;
  detail::kind kind;
  /// Whether its payload is one array.
  bool has_elements;
  bool has_attachment = false;
};

/// Returns null if there is no such extension.
const extension* find_extension(int8_t type) noexcept;

/// Returns the one without an attachment.
/// @pre `what` has an extension of its own.
const extension& extension_of(kind what) noexcept;

} // namespace venomous::detail
