#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// @file
/// Text as UTF-8.

namespace venomous {

/// Appends a character.
/// @returns false if there is no such character, or if it is a surrogate.
bool put_utf8(std::string& out, uint32_t character);

/// Returns whether `text` is valid UTF-8.
bool is_utf8(std::string_view text);

} // namespace venomous
