#pragma once

#include <optional>
#include <string>

namespace venomous {

/// Returns why another snake would leave the host too few file descriptors of
/// its own, nothing if it would not.
std::optional<std::string> why_no_descriptors();

} // namespace venomous
