#include "python_bridge/host/child_process.hpp"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace venomous {

namespace {

std::string name_of_signal(int number) {
  if (auto name = ::sigabbrev_np(number))
    return std::string{"SIG"} + name;
  return "signal " + std::to_string(number);
}

} // namespace

child_process::child_process(pid_t pid)
  : pid_(pid),
    pidfd_(opened(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)))) {
  // nop
}

int child_process::kill() const noexcept {
  auto result =
    pidfd_ ? ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0)
           : ::kill(pid_, SIGKILL);
  return result == 0 || errno == ESRCH ? 0 : errno;
}

bool child_process::reap() {
  if (has_ended_)
    return true;
  siginfo_t info{};
  auto [kind, id] =
    pidfd_ ? std::pair{P_PIDFD, pidfd_.get()} : std::pair{P_PID, pid_};
  auto result = ::waitid(kind, static_cast<id_t>(id), &info, WEXITED | WNOHANG);
  // Another part of the host may have taken its status.
  has_ended_ = result != 0 || info.si_pid != 0;
  if (result != 0 || !has_ended_)
    return has_ended_;
  if (info.si_code == CLD_EXITED)
    status_.code = info.si_status;
  else
    status_.signal = name_of_signal(info.si_status);
  return true;
}

void child_process::await_end(std::chrono::milliseconds patience) {
  using clock = std::chrono::steady_clock;
  auto end = clock::now() + patience;
  pollfd ended{pidfd_.get(), POLLIN, 0};
  while (!reap() && clock::now() < end)
    ::poll(&ended, 1, 10);
}

} // namespace venomous
