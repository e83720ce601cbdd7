#pragma once

#include <optional>
#include <string>

namespace venomous {

/// Returns why another snake would leave too few file descriptors to the host,
/// nothing if it would not.
std::optional<std::string> why_no_descriptors();

} // namespace venomous
