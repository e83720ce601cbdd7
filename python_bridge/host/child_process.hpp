#pragma once

#include "python_bridge/os/exit_status.hpp"
#include "python_bridge/os/unique_fd.hpp"

#include <sys/types.h>

#include <chrono>

namespace venomous {

/// A child of this process. It is held by a pidfd, because its id may be reused
/// as soon as it has ended: a host may ignore SIGCHLD, or take the status of
/// all its children.
class child_process {
public:
  explicit child_process(pid_t pid);

  // -- properties -------------------------------------------------------------

  pid_t pid() const noexcept {
    return pid_;
  }

  /// Readable once the process has ended. Not valid, and `errno` says why, if
  /// the system granted none.
  const unique_fd& descriptor() const noexcept {
    return pidfd_;
  }

  /// Returns whether the process is known to have ended.
  bool has_ended() const noexcept {
    return has_ended_;
  }

  /// How it has ended. Unknown if another part of the host has taken the
  /// status.
  const exit_status& status() const noexcept {
    return status_;
  }

  // -- modifiers --------------------------------------------------------------

  /// Sends SIGKILL.
  /// @returns why the system refuses that, 0 if it does not.
  int kill() const noexcept;

  /// Looks whether the process has ended, and takes its status.
  /// @returns whether it has.
  bool reap();

  /// Waits for the end of the process, but not forever.
  void await_end(std::chrono::milliseconds patience);

private:
  pid_t pid_;
  unique_fd pidfd_;
  exit_status status_;
  bool has_ended_ = false;
};

} // namespace venomous
