#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace venomous::bridge {

/// Makes this process the parent of descendants whose own parent ended.
void become_subreaper();

/// Makes the kernel kill this process when its parent ends.
/// @param parent the expected parent. If it has already ended, so does this
///               process.
void die_with_parent(pid_t parent);

/// Remembers where the environment has VENOMOUS_SNAKE. Call it before anything
/// changes the environment.
void find_marker();

/// Writes the id of a snake into the environment that the kernel shows of this
/// process, and of those that it forks.
void mark_process(uint64_t id);

/// Makes signals come through a descriptor, one `signalfd_siginfo` each,
/// instead of interrupting. A forked process must unblock them.
int signal_descriptor(const std::vector<int>& numbers);

/// Distinguishes the process that made it from those that it forks, at less
/// than the cost of a system call.
class own_process {
public:
  /// @throws std::system_error if the system grants no memory.
  own_process();

  own_process(const own_process&) = delete;

  own_process& operator=(const own_process&) = delete;

  ~own_process();

  /// Returns whether this is the process that made it.
  bool is_here() const {
    return *mark_ != 0;
  }

private:
  volatile char* mark_;
};

/// A child of this process and the content of its VENOMOUS_SNAKE, empty if that
/// cannot be read.
using child = std::pair<pid_t, std::string>;

/// Returns all children that have not ended, including adopted ones.
std::vector<child> children();

} // namespace venomous::bridge
