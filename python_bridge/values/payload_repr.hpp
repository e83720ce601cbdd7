#pragma once

#include "venomous/detail/kind.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace venomous::detail {

/// Renders a float as Python would.
std::string float_repr(double x);

/// Renders a value with this payload as Python would, nothing if it is
/// malformed, or if its kind has no payload or no such form.
std::optional<std::string> payload_repr(kind type, std::string_view payload);

} // namespace venomous::detail
