#pragma once

#include "venomous/error.hpp"

#include <string>

namespace venomous {

/// One key and its value, from the file or the command line.
struct setting {
  /// The key with all its groups, e.g. `venomous.snake-manager.max-queue`.
  std::string name;
  /// An empty group has an empty dictionary.
  caf::config_value value;
  /// The value as it was written.
  std::string text;
  /// Where it was written, e.g. `caf-application.conf:12`.
  std::string place;
};

/// Returns the error for an unusable setting.
inline caf::error bad_setting(const setting& entry, const std::string& why) {
  return caf::make_error(errc::bad_options,
                         entry.place + ": " + entry.name + ": " + why);
}

} // namespace venomous
