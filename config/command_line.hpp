#pragma once

#include "config/setting.hpp"

#include <optional>
#include <string>
#include <vector>

namespace venomous {

/// The content of the command line.
struct command_line {
  /// All `--venomous.*` and `--caf.*`.
  std::vector<setting> settings;
  /// The value of `--config-file`.
  std::optional<std::string> config_file;
  /// Whether `--help` is present.
  bool help = false;
  /// Arguments that are not for this library.
  std::vector<std::string> remainder;
};

/// Reads `args`, which do not include the name of the program.
caf::expected<command_line> read_command_line(
  const std::vector<std::string>& args);

/// Returns the text that explains the options.
std::string help_text();

} // namespace venomous
