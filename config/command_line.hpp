#pragma once

#include "config/setting.hpp"

#include <optional>
#include <string>
#include <vector>

namespace venomous {

/// What the command line says.
struct command_line {
  /// All `--venomous.*` and `--caf.*`.
  std::vector<setting> settings;
  /// The value of `--config-file`.
  std::optional<std::string> config_file;
  /// Whether `--help` is there.
  bool help = false;
  /// What is not for this library.
  std::vector<std::string> remainder;
};

/// Reads `args`, which do not have the name of the program.
caf::expected<command_line> read_command_line(
  const std::vector<std::string>& args);

/// Returns the text that explains the options.
std::string help_text();

} // namespace venomous
