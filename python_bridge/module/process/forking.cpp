#include "python_bridge/module/process/forking.hpp"

#include "python_bridge/module/process/moved_up.hpp"
#include "python_bridge/module/process/parent_watch.hpp"
#include "python_bridge/module/process/process.hpp"

#include "python_bridge/os/ancillary.hpp"
#include "python_bridge/os/throw_errno.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <type_traits>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

// A request, as zygote_process.cpp writes it, is a number between these.
constexpr std::string_view request_begin = R"({"id":)";
constexpr std::string_view request_end = R"(,"op":"fork"})";

// No program relies on numbers from here on.
constexpr rlim_t high_descriptor = 200;

/// Returns the lowest number at which the socket of a snake is out of the way.
int lowest_descriptor() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur > 2 * high_descriptor ? high_descriptor : 10;
}

} // namespace

fork_server::fork_server(int control, int host, int signals,
                         std::vector<int> blocked)
  : control_(control), host_(host), signals_(signals) {
  ::sigemptyset(&blocked_);
  for (auto number : blocked)
    ::sigaddset(&blocked_, number);
}

// -- waiting ------------------------------------------------------------------

py::object fork_server::wait(int timeout) {
  pollfd fds[] = {
    {signals_, POLLIN, 0}, {control_, POLLIN, 0}, {host_, POLLIN, 0}};
  for (;;) {
    int n = 0;
    {
      py::gil_scoped_release unlocked;
      n = ::poll(fds, host_is_gone_ ? 1 : 3, timeout);
    }
    if (n < 0 && errno != EINTR)
      throw_errno("poll");
    // Then the kernel has not said which ones are ready.
    for (auto& fd : fds)
      fd.revents = n > 0 ? fd.revents : 0;
    if (PyErr_CheckSignals() != 0)
      throw py::error_already_set{};
    auto id = fds[1].revents != 0 ? next_request() : std::nullopt;
    if (!id)
      break;
    if (serve(*id))
      return py::make_tuple(*id, received_[channel], received_[ledger],
                            received_[arena]);
    fds[1].revents = 0;
    if (n > 1)
      break;
  }
  py::list ready;
  for (auto& fd : fds)
    if (fd.revents != 0)
      ready.append(fd.fd);
  return ready;
}

std::optional<uint64_t> fork_server::next_request() const {
  char bytes[64];
  auto n = ::recv(control_, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);
  std::string_view text{bytes, n > 0 ? static_cast<size_t>(n) : 0};
  if (!text.starts_with(request_begin) || !text.ends_with(request_end))
    return std::nullopt;
  auto digits = text.substr(request_begin.size());
  digits.remove_suffix(request_end.size());
  uint64_t id = 0;
  auto [end, error] =
    std::from_chars(digits.data(), digits.data() + digits.size(), id);
  if (error != std::errc{} || end != digits.data() + digits.size())
    return std::nullopt;
  return id;
}

void fork_server::stop() {
  stopped_ = true;
}

void fork_server::forget_host() {
  host_is_gone_ = true;
}

std::vector<fork_server::birth> fork_server::take_births() {
  return std::exchange(births_, {});
}

// -- forking ------------------------------------------------------------------

bool fork_server::serve(uint64_t id) {
  char bytes[64];
  iovec text{bytes, sizeof(bytes)};
  ancillary<std::extent_v<decltype(received_)>> room;
  msghdr message{};
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  room.serve(message);
  if (::recvmsg(control_, &message, MSG_CMSG_CLOEXEC) <= 0)
    return false;
  if (!room.take(message, received_)) {
    refuse(id, "descriptors of the snake are missing");
    return false;
  }
  if (fork(id))
    return true;
  for (auto fd : received_)
    ::close(fd);
  return false;
}

bool fork_server::fork(uint64_t id) {
  if (stopped_) {
    refuse(id, "the zygote is about to end");
    return false;
  }
  auto parent = ::getpid();
  // Not by a direct system call, because libraries have handlers for forks.
  PyOS_BeforeFork();
  auto pid = ::fork();
  auto error = errno;
  if (pid == 0) {
    become_snake(id, parent);
    return true;
  }
  PyOS_AfterFork_Parent();
  if (pid < 0) {
    refuse(id, std::strerror(error));
    return false;
  }
  // Fails if the child was faster and has already ended.
  ::setpgid(pid, pid);
  births_.emplace_back(id, pid);
  tell(R"({"event":"forked","id":)" + std::to_string(id) + R"(,"pid":)"
       + std::to_string(pid) + "}");
  return false;
}

/// Makes the process independent, with nothing of the zygote left in it.
void fork_server::become_snake(uint64_t id, pid_t parent) noexcept {
  die_with_parent(parent);
  leave_parent_unwatched();
  ::setpgid(0, 0);
  ::dup2(received_[standard_error], STDERR_FILENO);
  for (auto fd : {received_[standard_error], control_, host_, signals_})
    ::close(fd);
  mark_process(id);
  received_[channel] = moved_up(received_[channel], lowest_descriptor());
  // This discards signals, so they come after it.
  PyOS_AfterFork_Child();
  ::pthread_sigmask(SIG_UNBLOCK, &blocked_, nullptr);
}

void fork_server::refuse(uint64_t id, const char* why) const {
  tell(R"({"event":"fork_failed","id":)" + std::to_string(id) + R"(,"error":")"
       + why + R"("})");
}

void fork_server::tell(const std::string& event) const {
  // If the host is gone, waiting shows it.
  static_cast<void>(
    !::send(control_, event.data(), event.size(), MSG_NOSIGNAL));
}

} // namespace venomous::bridge
