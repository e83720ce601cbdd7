#pragma once

#include "venomous/detail/compat.hpp"

#include <caf/actor_system_config.hpp>

#include <string>
#include <vector>

namespace venomous::detail {

#if VENOMOUS_CAF_017

using config_base = caf::actor_system_config;

#else

/// Adds the data members of CAF 0.17 that later versions replaced with
/// functions. Those can be called through a reference to the base class, and
/// work, except for its `helptext_printed()`.
class config_base : public caf::actor_system_config {
public:
  /// Arguments that were not consumed.
  std::vector<std::string> remainder;

  /// Whether a help text was printed. The program should end then.
  bool cli_helptext_printed = false;

  /// Read by `CAF_MAIN`.
  bool helptext_printed() const noexcept {
    return cli_helptext_printed;
  }
};

#endif

} // namespace venomous::detail
