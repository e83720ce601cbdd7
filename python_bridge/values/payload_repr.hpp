#pragma once

#include "venomous/detail/kind.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace venomous::detail {

/// Renders a float as Python would.
std::string float_repr(double x);

/// Renders what has `payload` as Python would, none if it is malformed or of a
/// kind that has no payload or no such form.
std::optional<std::string> payload_repr(kind what, std::string_view payload);

} // namespace venomous::detail
