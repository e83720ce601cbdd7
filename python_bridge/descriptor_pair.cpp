#include "python_bridge/descriptor_pair.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace venomous {

namespace {

descriptor_pair checked(int result, const int (&fds)[2]) {
  if (result != 0)
    throw std::system_error(errno, std::generic_category());
  unique_fd ours{fds[0]};
  descriptor_pair pair{std::move(ours), raised(unique_fd{fds[1]})};
  ::fcntl(pair.ours.get(), F_SETFL, O_NONBLOCK);
  return pair;
}

} // namespace

unique_fd raised(unique_fd fd) {
  unique_fd result{::fcntl(fd.get(), F_DUPFD_CLOEXEC, 10)};
  if (!result)
    throw std::system_error(errno, std::generic_category());
  return result;
}

descriptor_pair make_sockets(int type) {
  int fds[2];
  auto result = ::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds);
  return checked(result, fds);
}

descriptor_pair make_pipe() {
  int fds[2];
  auto result = ::pipe2(fds, O_CLOEXEC);
  return checked(result, fds);
}

} // namespace venomous
