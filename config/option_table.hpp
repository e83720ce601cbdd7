#pragma once

#include "config/setting.hpp"
#include "venomous/options.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace venomous {

/// What an option expects, for the case that it was given something else.
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

/// One option of a pool, with all that the file, the command line, the help
/// text and the check of options set in code need to know of it.
struct option {
  std::string name;
  option_shape shape;
  /// For the help text.
  std::string help;
  /// Stores a value that makes sense by itself.
  std::function<complaint(pool_options&, const caf::config_value&)> read;
  /// Checks the stored value.
  std::function<complaint(const pool_options&)> check;
  /// Renders the stored value as in the file.
  std::function<std::string(const pool_options&)> show;
};

/// Returns all options of a pool in the order of the file.
const std::vector<option>& option_table();

/// Returns the option with this name or `nullptr`.
const option* find_option(std::string_view name);

/// Returns the option that has `name` in its group or `nullptr`.
const option* find_option_around(std::string_view name);

/// Returns whether there are options in the group `name`.
bool is_option_group(std::string_view name);

/// Returns the option whose name is most like `name`.
const option& nearest_option(std::string_view name);

/// An option with a value that makes no sense.
struct bad_option {
  const option* which;
  /// What it expects.
  std::string expected;
};

/// Returns the first option that makes no sense.
std::optional<bad_option> find_bad_option(const pool_options& options);

} // namespace venomous
