#pragma once

#include <pthread.h>
#include <signal.h>

namespace venomous {

/// Keeps signals of the host from being delivered to threads that are started
/// meanwhile, except for those that report a fault of the thread itself.
class signal_guard {
public:
  signal_guard() {
    sigset_t blocked;
    sigfillset(&blocked);
    for (auto fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP})
      sigdelset(&blocked, fault);
    pthread_sigmask(SIG_BLOCK, &blocked, &before_);
  }

  signal_guard(const signal_guard&) = delete;

  ~signal_guard() {
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

private:
  sigset_t before_;
};

} // namespace venomous
