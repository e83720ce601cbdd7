#pragma once

#include <fcntl.h>
#include <unistd.h>

namespace venomous::bridge {

/// Returns `fd` under a number from `lowest` on, if one is free, away from
/// those that programs rely on.
inline int moved_up(int fd, int lowest) noexcept {
  auto moved = ::fcntl(fd, F_DUPFD_CLOEXEC, lowest);
  if (moved < 0)
    return fd;
  ::close(fd);
  return moved;
}

} // namespace venomous::bridge
