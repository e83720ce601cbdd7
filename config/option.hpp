#pragma once

#include "venomous/options.hpp"

#include <functional>
#include <optional>
#include <string>

namespace venomous {

/// What an option expects, to say so if it gets something else.
using complaint = std::optional<std::string>;

/// How the value of an option is spelled on the command line.
enum class option_shape {
  /// As it is.
  text,
  /// As in the file.
  number,
  /// Texts with commas between them.
  texts,
  /// Texts, numbers and so on with commas between them.
  values,
  /// One argument for each key: `--group.key=text`.
  group,
};

/// One option of a pool, with everything that the file, the command line, the
/// help text and the check of options set in code need to know about it.
struct option {
  std::string name;
  option_shape shape;
  /// For the help text.
  std::string help;
  /// Stores a value that is valid by itself.
  std::function<complaint(pool_options&, const caf::config_value&)> read;
  /// Checks the stored value.
  std::function<complaint(const pool_options&)> check;
  /// Renders the stored value as in the file.
  std::function<std::string(const pool_options&)> show;
};

} // namespace venomous
