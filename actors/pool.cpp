#include "venomous/pool.hpp"

#include "actors/pool_actor.hpp"
#include "actors/snake_manager.hpp"

#include "venomous/config.hpp"

#include <caf/logger.hpp>

#include <pthread.h>
#include <signal.h>

#include <mutex>
#include <stdexcept>
#include <thread>

namespace venomous {

namespace {

pool_options options_of(caf::actor_system& system) {
  if (auto ours = dynamic_cast<const config*>(&system.config()))
    return ours->pool;
  return {};
}

pool_options checked(pool_options options) {
  if (auto err = check(options))
    throw std::invalid_argument(describe(err));
  options.perpetual_workers =
    std::min(options.perpetual_workers, options.max_children);
  return options;
}

/// Starts a thread that no signal of the host's is delivered to.
template <class F>
std::thread quiet_thread(F f) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  std::thread result{std::move(f)};
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return result;
}

} // namespace

struct pool::impl {
  impl(caf::actor_system& sys, pool_options options)
    : system(sys), context(std::make_shared<pool_context>(sys)) {
    thread = quiet_thread([context = context, &sys] {
      pthread_setname_np(pthread_self(), "venomous.pool");
      CAF_SET_LOGGER_SYS(&sys);
      context->loop.run();
    });
    // Hidden, because who awaits all actors of a system does not mean these.
    manager = caf::actor_cast<snake_manager_actor>(
      sys.spawn<snake_manager, caf::hidden>(context, std::move(options)));
  }

  caf::actor_system& system;
  pool_context_ptr context;
  snake_manager_actor manager;
  std::mutex stopping;
  std::thread thread;
};

// -- constructors, destructors ------------------------------------------------

pool::pool(caf::actor_system& system, const char* python_folder)
  : pool(system, options_of(system), python_folder) {
  // nop
}

pool::pool(caf::actor_system& system, pool_options options,
           const char* python_folder) {
  if (options.python_folder.empty())
    options.python_folder = python_folder;
  impl_ = std::make_unique<impl>(system, checked(std::move(options)));
}

pool::~pool() {
  stop();
}

// -- properties ---------------------------------------------------------------

const snake_manager_actor& pool::manager() const noexcept {
  return impl_->manager;
}

caf::actor_system& pool::system() const noexcept {
  return impl_->system;
}

// -- modifiers ----------------------------------------------------------------

void pool::stop() {
  std::lock_guard guard{impl_->stopping};
  if (!impl_->thread.joinable())
    return;
  caf::anon_send_exit(impl_->manager, caf::exit_reason::user_shutdown);
  impl_->thread.join();
}

} // namespace venomous
