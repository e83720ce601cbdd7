#pragma once

#include "python_bridge/os/unique_fd.hpp"

#include <sys/eventfd.h>

namespace venomous {

/// Takes the numbers of standard files that are closed: as long as it lives,
/// what is opened gets higher ones. What others write to standard output in the
/// meantime is refused.
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
