#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace venomous::bridge {

/// Makes this process the parent of descendants whose own parent ended.
void become_subreaper();

/// Has the kernel kill this process when its parent ends.
/// @param parent who the parent has to be. If it ended before, so does this
///               process.
void die_with_parent(pid_t parent);

/// Keeps in mind where the environment has VENOMOUS_SNAKE. To be called before
/// anything changes the environment.
void find_marker();

/// Writes the id of a snake into the environment that the kernel shows of this
/// process, and of those that it forks.
void mark_process(uint64_t id);

/// Has signals come through a descriptor, a `signalfd_siginfo` each, instead of
/// interrupting. A forked process has to unblock them.
int signal_descriptor(const std::vector<int>& numbers);

/// Tells the process that made it from those that it forks, for less than a
/// system call costs.
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

/// Returns all children that have not ended, adopted ones too.
std::vector<child> children();

} // namespace venomous::bridge
