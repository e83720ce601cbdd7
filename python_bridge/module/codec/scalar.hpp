#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <string_view>

namespace venomous::bridge {

/// Decodes None, a bool, an int of up to 64 bits, a float or a str that starts
/// at `offset`, and moves `offset` behind it. Does without the parser, whose
/// setup costs more than many calls.
/// @returns null for anything else, and for data that is cut off or not UTF-8,
///          for which the parser has errors.
pybind11::object decode_scalar(std::string_view bytes, size_t& offset);

} // namespace venomous::bridge
