#pragma once

#include "venomous/options.hpp"

#include <functional>
#include <string>

namespace venomous {

/// Returns the interpreter to use unless the options name one. Never one of an
/// environment that happens to be active, nor a shim, as long as there is
/// another: these have no modules that the program relies on, or others than
/// the next time.
/// @param built_for what the library was built for.
std::string default_interpreter(
  const std::string& built_for,
  const std::function<bool(const std::string&)>& exists);

/// Returns the interpreter that a zygote runs in.
std::string executable_of(const pool_options& options);

} // namespace venomous
