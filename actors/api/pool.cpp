#include "venomous/pool.hpp"

#include "python_bridge/os/spin.hpp"

#include "actors/api/signal_guard.hpp"
#include "actors/base/pool_actor.hpp"
#include "actors/manager/snake_manager.hpp"

#include "venomous/config.hpp"

#include <caf/logger.hpp>
#include <caf/scoped_actor.hpp>

#include <pthread.h>

#include <mutex>
#include <stdexcept>
#include <thread>

namespace venomous {

namespace {

pool_options checked(pool_options options) {
  if (auto err = check(options))
    throw std::invalid_argument(describe(err));
  options.perpetual_workers =
    std::min(options.perpetual_workers, options.max_children);
  return options;
}

} // namespace

struct pool::impl {
  impl(caf::actor_system& sys, pool_options options)
    : system(sys),
      context(std::make_shared<pool_context>(sys, std::move(options))),
      memory(context->options.arena_mb << 20) {
    signal_guard guard;
    thread = std::thread{[context = context, &sys] {
      pthread_setname_np(pthread_self(), "venomous.pool");
      CAF_SET_LOGGER_SYS(&sys);
      context->loop.run();
    }};
    // Hidden, because who awaits all actors of a system does not mean these.
    manager = caf::actor_cast<snake_manager_actor>(
      sys.spawn<snake_manager, caf::hidden>(context));
  }

  caf::actor_system& system;
  pool_context_ptr context;
  shared_arena memory;
  snake_manager_actor manager;
  std::mutex stopping;
  std::thread thread;
};

// -- constructors, destructors ------------------------------------------------

pool::pool(caf::actor_system& system, const pool_options* options,
           const char* python_folder) {
  pool_options own;
  if (options)
    own = *options;
  else if (auto cfg = dynamic_cast<const config*>(&system.config()))
    own = cfg->pool;
  if (own.python_folder.empty())
    own.python_folder = python_folder;
  own.spin = std::chrono::duration_cast<std::chrono::microseconds>(
    spin::usable(own.spin));
  impl_ = std::make_unique<impl>(system, checked(std::move(own)));
}

pool::~pool() {
  stop();
}

// -- properties ---------------------------------------------------------------

const snake_manager_actor& pool::manager() const noexcept {
  return impl_->manager;
}

const shared_arena& pool::arena() const noexcept {
  return impl_->memory;
}

caf::actor_system& pool::system() const noexcept {
  return impl_->system;
}

// -- modifiers ----------------------------------------------------------------

bool pool::drain(caf::timespan patience) {
  auto drained = false;
  caf::scoped_actor self{impl_->system};
  self->request(impl_->manager, caf::infinite, drain_atom_v, patience)
    .receive([&](bool result) { drained = result; },
             [](const caf::error&) {
               // It has ended already.
             });
  stop();
  return drained;
}

void pool::stop() {
  std::lock_guard guard{impl_->stopping};
  if (!impl_->thread.joinable())
    return;
  caf::anon_send_exit(impl_->manager, caf::exit_reason::user_shutdown);
  impl_->thread.join();
}

} // namespace venomous
