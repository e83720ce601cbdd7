#pragma once

#include "venomous/detail/kind.hpp"

#include "python_bridge/wire/ext_type.hpp"

#include <cstdint>

namespace venomous::detail {

/// The Python kind of a MessagePack extension.
struct extension {
  ext_type type;
  detail::kind kind;
  /// Whether its payload is one array.
  bool has_elements;
  bool has_attachment = false;
};

/// Returns null if there is no such extension.
const extension* find_extension(int8_t type) noexcept;

/// Returns the extension without an attachment.
/// @pre `type` has an extension of its own.
const extension& extension_of(kind type) noexcept;

} // namespace venomous::detail
