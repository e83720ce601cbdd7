#pragma once

#include "venomous/dtype.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace venomous::bridge {

/// Returns how PEP 3118 writes a type. Times become what they are made of,
/// ints of 64 bits.
std::string format_of(const dtype& type);

/// Returns the type that a format of one letter is.
/// @returns nothing for all others.
std::optional<dtype> simple_dtype(std::string_view format, size_t itemsize);

} // namespace venomous::bridge
