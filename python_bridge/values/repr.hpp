#pragma once

#include "venomous/detail/attachment.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace venomous::detail {

/// Renders MessagePack as Python would show the value: at most `max_size`
/// characters, then "...".
std::string repr(std::span<const char> data, size_t max_size,
                 std::span<const attachment> attachments = {});

} // namespace venomous::detail
