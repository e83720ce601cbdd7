#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace venomous {

/// Owns a descriptor.
class unique_fd {
public:
  unique_fd() = default;

  explicit unique_fd(int fd) noexcept : fd_(fd) {
    // nop
  }

  unique_fd(unique_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {
    // nop
  }

  unique_fd& operator=(unique_fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  ~unique_fd() {
    reset();
  }

  int get() const noexcept {
    return fd_;
  }

  explicit operator bool() const noexcept {
    return fd_ >= 0;
  }

  void reset() noexcept {
    if (auto fd = release(); fd >= 0)
      ::close(fd);
  }

  /// Leaves it to the caller to close it.
  int release() noexcept {
    return std::exchange(fd_, -1);
  }

private:
  int fd_ = -1;
};

/// Takes a file descriptor that a system call has opened. If standard input,
/// output or error is closed, the next file descriptor gets its number, and
/// with it the data meant for it: so this moves such a descriptor to another
/// number.
/// @returns nothing, with the cause in `errno`, if `fd` is invalid or there is
///          no other number.
inline unique_fd opened(int fd) noexcept {
  unique_fd result{fd};
  if (fd >= 0 && fd <= STDERR_FILENO)
    result = unique_fd{::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)};
  return result;
}

/// Returns whether standard input, output or error is open. A file descriptor
/// that is closed on exec merely has its number, which was free.
inline bool is_standard(int fd) noexcept {
  auto flags = ::fcntl(fd, F_GETFD);
  return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

} // namespace venomous
