#pragma once

#include "config/option.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace venomous {

/// Returns all options of a pool in the order of the file.
const std::vector<option>& option_table();

/// Returns the option with this name or `nullptr`.
const option* find_option(std::string_view name);

/// Returns the option that has `name` in its group or `nullptr`.
const option* find_option_around(std::string_view name);

/// Returns whether there are options in the group `name`.
bool is_option_group(std::string_view name);

/// Returns the option whose name is closest to `name`.
const option& nearest_option(std::string_view name);

/// An option with an invalid value.
struct bad_option {
  const option* opt;
  /// The values that it expects.
  std::string expected;
};

/// Returns the first option with an invalid value.
std::optional<bad_option> find_bad_option(const pool_options& options);

} // namespace venomous
