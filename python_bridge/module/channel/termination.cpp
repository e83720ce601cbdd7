#include "python_bridge/module/channel/termination.hpp"
#include "python_bridge/module/process/moved_up.hpp"

#include "python_bridge/os/throw_errno.hpp"

#include <pybind11/pybind11.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace venomous::bridge {

namespace {

volatile std::sig_atomic_t terminating = 0;

/// A pipe that the handler of SIGTERM writes to.
int wakeup_fds[2] = {-1, -1};

/// Python's own handler of SIGTERM.
void (*python_handler)(int) = nullptr;

/// Python's own handler only sets a flag. If it does so just before the main
/// thread goes to sleep, or in another thread, nobody checks the flag.
void handle_termination(int number) {
  auto saved = errno;
  python_handler(number);
  static_cast<void>(!::write(wakeup_fds[1], "", 1));
  errno = saved;
}

void wrap_termination_handler() {
  struct sigaction action {};
  if (::sigaction(SIGTERM, nullptr, &action) != 0)
    throw_errno("sigaction");
  if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN)
    return;
  python_handler = action.sa_handler;
  action.sa_handler = handle_termination;
  if (::sigaction(SIGTERM, &action, nullptr) != 0)
    throw_errno("sigaction");
}

} // namespace

bool note_termination() {
  auto first = terminating == 0;
  terminating = 1;
  return first;
}

bool termination_noted() {
  return terminating != 0;
}

void run_signal_handlers() {
  if (PyErr_CheckSignals() == 0)
    return;
  if (termination_noted()) {
    PyErr_Clear();
    throw terminated{};
  }
  PyErr_WriteUnraisable(nullptr);
}

void open_wakeup(int lowest) {
  if (::pipe2(wakeup_fds, O_CLOEXEC | O_NONBLOCK) != 0)
    throw_errno("pipe2");
  for (auto& fd : wakeup_fds)
    fd = moved_up(fd, lowest);
  wrap_termination_handler();
}

int wakeup_fd() {
  return wakeup_fds[0];
}

void drain_wakeup() {
  char ignored[64];
  while (::read(wakeup_fds[0], ignored, sizeof(ignored)) > 0)
    ;
}

void close_wakeup() {
  for (auto& fd : wakeup_fds) {
    if (fd >= 0)
      ::close(fd);
    fd = -1;
  }
}

} // namespace venomous::bridge
