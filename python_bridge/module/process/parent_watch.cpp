#include "python_bridge/module/process/parent_watch.hpp"

#include "python_bridge/os/throw_errno.hpp"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>

namespace venomous::bridge {

namespace {

// -- state of the process, reached by the signal handler ----------------------

pid_t self = 0;
pid_t parent = 0;
int control_socket = -1;
std::vector<std::string> texts;
std::vector<char*> argv;
std::vector<char*> environment;
itimerspec patience{};
timer_t timer{};
/// Whether the process already got its time to end by itself.
volatile std::sig_atomic_t patient = 0;
struct sigaction handler_before {};

void on_continue(int);

// -- the handler, which may run in the midst of anything ----------------------

bool is_parent_gone() noexcept {
  char byte = 0;
  return ::getppid() != parent
         || ::recv(control_socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void on_continue(int) {
  // Forked processes inherit the handler, but have another parent.
  if (::getpid() != self)
    return;
  auto saved = errno;
  if (is_parent_gone()) {
    auto has_patience = patience.it_value.tv_sec > 0 && patient == 0;
    patient = 1;
    if (!has_patience || ::timer_settime(timer, 0, &patience, nullptr) != 0) {
      ::execve(argv[0], argv.data(), environment.data());
      // The kernel kills the snakes, but not their descendants.
      ::_exit(1);
    }
  }
  errno = saved;
}

// -- preparations -------------------------------------------------------------

/// Makes the timer send SIGCONT.
void make_timer() {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGCONT;
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
    throw_errno("timer_create");
}

/// Copies of what the handler needs: by then the originals may be in any state.
void copy_texts(const std::vector<std::string>& program) {
  texts = program;
  for (auto entry = environ; *entry != nullptr; ++entry)
    texts.emplace_back(*entry);
  for (size_t i = 0; i < texts.size(); ++i)
    (i < program.size() ? argv : environment).push_back(texts[i].data());
  argv.push_back(nullptr);
  environment.push_back(nullptr);
}

void set_handler() {
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = on_continue;
  action.sa_flags = SA_RESTART;
  if (::sigaction(SIGCONT, &action, &before) != 0)
    throw_errno("sigaction");
  if (before.sa_handler != on_continue)
    handler_before = before;
}

} // namespace

void watch_parent(int control, const std::vector<std::string>& program,
                  int patience_ms) {
  if (self == 0) {
    self = ::getpid();
    parent = ::getppid();
    control_socket = control;
    copy_texts(program);
    make_timer();
  }
  patience.it_value = {patience_ms / 1000, patience_ms % 1000 * 1'000'000};
  set_handler();
  // A process that changes its user loses this setting.
  if (::prctl(PR_SET_PDEATHSIG, SIGCONT, 0, 0, 0) != 0)
    throw_errno("prctl");
  // The parent may be gone already.
  ::raise(SIGCONT);
}

void leave_parent_unwatched() noexcept {
  if (self != 0)
    ::sigaction(SIGCONT, &handler_before, nullptr);
}

} // namespace venomous::bridge
