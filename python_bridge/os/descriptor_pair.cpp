#include "python_bridge/os/descriptor_pair.hpp"

#include "python_bridge/os/low_numbers.hpp"
#include "python_bridge/os/throw_errno.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>

namespace venomous {

namespace {

descriptor_pair make_pair_of(const int (&fds)[2]) {
  unique_fd ours{fds[0]};
  unique_fd theirs{fds[1]};
  descriptor_pair pair{std::move(ours), raised(std::move(theirs))};
  ::fcntl(pair.ours.get(), F_SETFL, O_NONBLOCK);
  return pair;
}

} // namespace

unique_fd raised(unique_fd fd) {
  unique_fd result{::fcntl(fd.get(), F_DUPFD_CLOEXEC, 10)};
  // Under a lower limit the number is invalid.
  if (!result && errno == EINVAL)
    errno = EMFILE;
  if (!result)
    throw_errno("fcntl");
  return result;
}

descriptor_pair make_sockets(int type) {
  low_numbers meanwhile;
  int fds[2];
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) != 0)
    throw_errno("socketpair");
  return make_pair_of(fds);
}

descriptor_pair make_pipe() {
  low_numbers meanwhile;
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0)
    throw_errno("pipe2");
  return make_pair_of(fds);
}

} // namespace venomous
