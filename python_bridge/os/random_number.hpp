#pragma once

#include "python_bridge/os/throw_errno.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace venomous {

/// Returns a random number other than 0, in practice unique.
inline uint64_t random_number() {
  uint64_t result = 0;
  while (result == 0)
    if (::getrandom(&result, sizeof(result), 0) < 0 && errno != EINTR)
      throw_errno("getrandom");
  return result;
}

/// Numbers that nobody can predict from earlier ones, many per system call.
class random_numbers {
public:
  uint64_t next() {
    if (left_ == 0)
      draw();
    return drawn_[--left_];
  }

private:
  void draw() {
    // The kernel does not interrupt a request for so few bytes.
    if (::getrandom(drawn_.data(), sizeof(drawn_), 0) < 0)
      throw_errno("getrandom");
    left_ = drawn_.size();
  }

  std::array<uint64_t, 32> drawn_;
  size_t left_ = 0;
};

} // namespace venomous
