#pragma once

#include "venomous/value.hpp"

#include "python_bridge/wire/frame.hpp"

#include <optional>

namespace venomous {

/// Returns the exception that `body` describes, if any.
std::optional<snake_error> exception_in(const value& body);

/// Returns the outcome of a call or an item: `content` itself, or the error
/// that it describes.
/// @returns nothing if it describes no outcome.
std::optional<caf::expected<value>> outcome_of(frame_kind kind, value content);

} // namespace venomous
