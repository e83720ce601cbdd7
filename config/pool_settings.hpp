#pragma once

#include "config/setting.hpp"
#include "venomous/options.hpp"

#include <functional>
#include <map>
#include <string>

namespace venomous {

/// Applies settings below `venomous` to the options of a pool, and refuses what
/// makes no sense.
class pool_settings {
public:
  /// @param options has to outlive this.
  explicit pool_settings(pool_options& options) : options_(options) {
    // nop
  }

  caf::error apply(const setting& entry);

  /// Applies all that `group` has, at any depth. An empty group may be any.
  /// @param name its name with all groups around it, e.g. `venomous`.
  caf::error apply_group(const std::string& name, const caf::settings& group,
                         const std::string& place);

  /// Checks what settings make no sense together, once all are applied. Unless
  /// both are given, lowers `perpetual_workers` to `max_children`.
  caf::error check();

private:
  std::string place_of(const std::string& name) const;

  pool_options& options_;
  /// Where each key was given, e.g. `caf-application.conf:12`.
  std::map<std::string, std::string, std::less<>> seen_;
};

} // namespace venomous
