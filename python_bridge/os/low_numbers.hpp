#pragma once

#include "python_bridge/os/unique_fd.hpp"

#include <sys/eventfd.h>

namespace venomous {

/// Occupies the numbers of standard files that are closed: while it is alive,
/// new descriptors get higher ones. Writes to standard output fail in the
/// meantime.
class low_numbers {
public:
  low_numbers() {
    for (auto& fd : taken_) {
      fd = unique_fd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
      if (!fd || fd.get() > STDERR_FILENO)
        break;
    }
  }

private:
  unique_fd taken_[STDERR_FILENO + 1];
};

} // namespace venomous
