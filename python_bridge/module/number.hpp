#pragma once

#include <pybind11/pybind11.h>

#include <string_view>

namespace venomous::bridge {

/// Decodes an int of up to 64 bits or a float, without the parser: to set that
/// up costs more than to call many a function.
/// @returns null if `bytes` are something else.
pybind11::object decode_number(std::string_view bytes);

} // namespace venomous::bridge
