#pragma once

#include "venomous/dtype.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace venomous::bridge {

/// Returns the PEP 3118 format of a type. Times become their representation,
/// ints of 64 bits.
std::string format_of(const dtype& type);

/// Returns the type for a format of one letter.
/// @returns nothing for all others.
std::optional<dtype> simple_dtype(std::string_view format, size_t itemsize);

} // namespace venomous::bridge
