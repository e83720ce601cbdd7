#include "python_bridge/host/interpreter.hpp"

#include <unistd.h>

namespace venomous {

std::string default_interpreter(
  const std::string& built_for,
  const std::function<bool(const std::string&)>& exists) {
  for (auto path : {built_for, std::string{"/usr/bin/python3"}})
    if (!path.empty() && exists(path))
      return path;
  // Looked up in PATH.
  return "python3";
}

std::string executable_of(const pool_options& options) {
  if (!options.python_executable.empty())
    return options.python_executable;
  return default_interpreter(
    VENOMOUS_PYTHON_EXECUTABLE,
    [](const std::string& path) { return ::access(path.c_str(), X_OK) == 0; });
}

} // namespace venomous
