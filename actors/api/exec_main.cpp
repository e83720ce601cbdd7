#include "venomous/exec_main.hpp"

#include "python_bridge/os/throw_errno.hpp"
#include "python_bridge/os/unique_fd.hpp"

#include "actors/api/signal_guard.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iostream>

namespace venomous::detail {

namespace {

// -- state of the process, reached by the signal handler ----------------------

/// Never closed: a handler may be about to write to it.
std::atomic<int> event_fd = -1;
std::atomic<bool> signaled = false;

/// A process that the program forks has the handler, but no pool to drain.
std::atomic<pid_t> owner = 0;

static_assert(std::atomic<int>::is_always_lock_free
              && std::atomic<bool>::is_always_lock_free);

// -- signals ------------------------------------------------------------------

void set_handler(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGTERM, &action, nullptr);
}

bool has_handler(void (*handler)(int)) {
  struct sigaction action {};
  return ::sigaction(SIGTERM, nullptr, &action) == 0
         && action.sa_handler == handler;
}

/// Has the signal end this process as it would without a handler.
void die() {
  set_handler(SIG_DFL);
  ::kill(::getpid(), SIGTERM);
}

/// Wakes the thread that waits.
void notify() {
  uint64_t once = 1;
  static_cast<void>(!::write(event_fd, &once, sizeof(once)));
}

void on_sigterm(int) {
  auto saved = errno;
  if (::getpid() != owner || signaled.exchange(true))
    die();
  else
    notify();
  errno = saved;
}

// -- waiting ------------------------------------------------------------------

/// Forgets what was notified before.
void reset_event() {
  if (event_fd < 0)
    event_fd = opened(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)).release();
  if (event_fd < 0)
    throw_errno("eventfd");
  uint64_t count = 0;
  static_cast<void>(!::read(event_fd, &count, sizeof(count)));
}

void wait_for_event() {
  pollfd event{event_fd, POLLIN, 0};
  while (::poll(&event, 1, -1) < 0 && errno == EINTR)
    ;
}

} // namespace

drain_on_sigterm::drain_on_sigterm(pool& snakes,
                                   std::chrono::milliseconds patience) {
  if (!has_handler(SIG_DFL))
    return;
  reset_event();
  signaled = false;
  owner = ::getpid();
  signal_guard guard;
  thread_ = std::thread{[this, &snakes, patience] {
    run(snakes, patience);
  }};
  set_handler(on_sigterm);
}

drain_on_sigterm::~drain_on_sigterm() {
  if (!thread_.joinable())
    return;
  {
    std::lock_guard guard{mutex_};
    over_ = true;
  }
  changed_.notify_all();
  notify();
  thread_.join();
  // The program may have one of its own by now.
  if (has_handler(on_sigterm))
    set_handler(SIG_DFL);
}

void drain_on_sigterm::run(pool& snakes, std::chrono::milliseconds patience) {
  wait_for_event();
  if (!signaled)
    return;
  snakes.drain(patience);
  std::unique_lock lock{mutex_};
  if (!changed_.wait_for(lock, patience, [this] { return over_; }))
    die();
}

// -- standard output ----------------------------------------------------------

int flushed(int status) {
  errno = 0;
  if ((std::cout.flush() && !std::ferror(stdout)) || status != 0)
    return status;
  std::cerr << "standard output is incomplete";
  // Unknown if an earlier write has failed.
  if (errno != 0)
    std::cerr << ": " << std::strerror(errno);
  std::cerr << std::endl;
  return 1;
}

} // namespace venomous::detail
