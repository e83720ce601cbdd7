#pragma once

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace measure {

/// The minimum cost of a new process: a fork that sends one byte, then waits
/// for its end.
class child {
public:
  child() {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
      throw std::runtime_error("no sockets");
    pid_ = ::fork();
    if (pid_ == 0) {
      char byte = 0;
      if (::write(fds[1], &byte, 1) == 1)
        for (;;)
          ::pause();
      ::_exit(1);
    }
    ::close(fds[1]);
    socket_ = fds[0];
  }

  child(const child&) = delete;

  ~child() {
    kill();
    ::close(socket_);
  }

  /// Waits for the first byte.
  void wait() {
    char byte;
    if (::read(socket_, &byte, 1) != 1)
      throw std::runtime_error("no byte came");
  }

  /// Ends the process and waits for its end.
  void kill() {
    if (pid_ <= 0)
      return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

  pid_t pid() const noexcept {
    return pid_;
  }

private:
  int socket_ = -1;
  pid_t pid_ = -1;
};

} // namespace measure
