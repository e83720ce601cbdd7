#pragma once

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <vector>

/// The minimum cost of a call to another process: a child that echoes data over
/// a bare socketpair, 64 bytes at a time.
class echo {
public:
  using message = std::array<char, 64>;

  /// @param work The work of the child before each answer.
  /// @throws std::runtime_error if the system grants no sockets.
  explicit echo(void (*work)() = [] {}) {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
      throw std::runtime_error("no sockets");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(fds[0]);
      serve(fds[1], work);
      ::_exit(0);
    }
    ::close(fds[1]);
    socket_ = fds[0];
  }

  echo(const echo&) = delete;

  ~echo() {
    // Children that are forked later hold this end, too.
    ::shutdown(socket_, SHUT_RDWR);
    ::close(socket_);
    ::waitpid(pid_, nullptr, 0);
  }

  int socket() const noexcept {
    return socket_;
  }

  void send() {
    message bytes{};
    if (::write(socket_, bytes.data(), bytes.size()) != size)
      throw std::runtime_error("the echo is gone");
  }

  void receive() {
    message bytes;
    if (::recv(socket_, bytes.data(), bytes.size(), MSG_WAITALL) != size)
      throw std::runtime_error("the echo is gone");
  }

private:
  static constexpr ssize_t size = sizeof(message);

  static void serve(int socket, void (*work)()) {
    message bytes;
    while (::recv(socket, bytes.data(), bytes.size(), MSG_WAITALL) == size) {
      work();
      if (::write(socket, bytes.data(), bytes.size()) != size)
        return;
    }
  }

  int socket_ = -1;
  pid_t pid_ = -1;
};
