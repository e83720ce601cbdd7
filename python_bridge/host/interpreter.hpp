#pragma once

#include "venomous/options.hpp"

#include <functional>
#include <string>

namespace venomous {

/// Returns the interpreter to use if the options name none. Fixed paths come
/// before `python3` in `PATH`, which may be a shim or belong to an environment
/// that happens to be active: then modules that the program relies on are
/// missing, or change from one start to the next.
/// @param built_for The interpreter that the library was built for.
std::string default_interpreter(
  const std::string& built_for,
  const std::function<bool(const std::string&)>& exists);

/// Returns the interpreter that a zygote runs in.
std::string executable_of(const pool_options& options);

} // namespace venomous
