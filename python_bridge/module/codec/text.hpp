#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace venomous::bridge {

/// The maximum size in bytes of an error text, and of its traceback.
constexpr size_t max_text = size_t{64} * 1024;

/// Returns UTF-8 of at most about `size` bytes: in a longer text, the number of
/// characters left out replaces the middle.
/// @param left_out how many characters are already missing. Then there are at
///                 least `size` bytes on each side of the gap.
std::string shortened(std::string_view text, size_t size = max_text,
                      size_t left_out = 0);

/// Does the same for a str, and escapes whatever UTF-8 does not permit. Copies
/// only as much of it as needed.
std::string printable(const pybind11::str& text, size_t size, size_t left_out);

} // namespace venomous::bridge
