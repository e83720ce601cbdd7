#pragma once

#include "config/setting.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace venomous {

/// Reads settings in the syntax of CAF 1.x and reports everything that is
/// malformed, where CAF's own readers silently skip much of it. CAF reads the
/// single values.
/// @param text Content of the file.
/// @param name Name of the file, for error texts.
caf::expected<std::vector<setting>> parse_conf(std::string_view text,
                                               const std::string& name);

/// Opens and reads the file `name`.
caf::expected<std::vector<setting>> read_conf_file(const std::string& name);

/// Reads one value: a number, a text in double quotes, a list and so on.
/// @returns The value, or why there is none.
caf::expected<caf::config_value> parse_value(std::string_view text);

/// Returns whether `text` is a key, with or without groups before it.
bool is_key(std::string_view text);

} // namespace venomous
