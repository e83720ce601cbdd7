#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace venomous::bridge {

/// How many bytes the text of an error may have, and so its traceback.
constexpr size_t max_text = size_t{64} * 1024;

/// Returns UTF-8 of at most about `size` bytes: of a longer text the middle is
/// replaced by the number of characters left out.
/// @param left_out how many characters are missing already. Then there are at
///                 least `size` bytes on each side of their place.
std::string shortened(std::string_view text, size_t size = max_text,
                      size_t left_out = 0);

/// Does the same for a str, with escapes for what UTF-8 does not permit. Copies
/// only as much of it as needed.
std::string printable(const pybind11::str& text, size_t size, size_t left_out);

} // namespace venomous::bridge
