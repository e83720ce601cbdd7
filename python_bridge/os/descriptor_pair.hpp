#pragma once

#include "python_bridge/os/unique_fd.hpp"

namespace venomous {

/// The two ends of a pipe or of a pair of sockets.
struct descriptor_pair {
  /// Never blocks.
  unique_fd ours;
  /// Blocks, as a Python process expects.
  unique_fd theirs;
};

/// Moves a descriptor away from the low numbers that have a meaning in a
/// process.
/// @throws std::system_error if there is none, or the system grants no other.
unique_fd raised(unique_fd fd);

/// @throws std::system_error if the system grants none.
descriptor_pair make_sockets(int type);

/// @throws std::system_error if the system grants none.
descriptor_pair make_pipe();

} // namespace venomous
