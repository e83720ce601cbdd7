#pragma once

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
    if (auto fd = std::exchange(fd_, -1); fd >= 0)
      ::close(fd);
  }

private:
  int fd_ = -1;
};

} // namespace venomous
