#pragma once

#include "venomous/options.hpp"

#include "python_bridge/os/unique_fd.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace venomous {

/// All that it takes to start a zygote, in a form that another thread may own.
class zygote_spawn {
public:
  /// @param python_places where to look for the library's Python side.
  /// @param control the zygote's end of the control socket.
  /// @param standard_error what its standard error becomes.
  /// @throws std::system_error if the system grants no descriptor.
  /// @throws std::runtime_error if the Python side is in none of the places.
  zygote_spawn(const pool_options& options,
               const std::vector<std::string>& python_places,
               const std::string& pool_name, unique_fd control,
               unique_fd standard_error);

  /// Starts the process.
  /// @returns 0 and the process in `pid`, or the error.
  int run(pid_t& pid);

private:
  std::vector<std::string> argv_;
  std::vector<std::string> environment_;
  unique_fd control_;
  unique_fd standard_error_;
  unique_fd null_;
};

} // namespace venomous
