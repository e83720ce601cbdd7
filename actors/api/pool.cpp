#include "venomous/pool.hpp"

#include "python_bridge/host/python_folder.hpp"
#include "python_bridge/os/spin.hpp"

#include "actors/api/signal_guard.hpp"
#include "actors/base/pool_actor.hpp"
#include "actors/base/pool_thread.hpp"
#include "actors/base/system_guard.hpp"
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

/// Takes the options of the configuration unless there are others, and fills in
/// what only this machine can tell.
pool_options complete(const caf::actor_system& system,
                      const pool_options* given) {
  auto options = given ? caf::expected<pool_options>{*given}
                       : pool_options_of(system.config());
  if (!options)
    throw std::invalid_argument(describe(options.error()));
  options->spin = std::chrono::duration_cast<std::chrono::microseconds>(
    spin::usable(options->spin));
  return checked(std::move(*options));
}

pool_context_ptr make_context(caf::actor_system& system,
                              const pool_options* given,
                              const char* installed_folder) {
  auto options = complete(system, given);
  auto places = python_places(options.python_folder, installed_folder);
  return std::make_shared<pool_context>(system, std::move(options),
                                        std::move(places));
}

/// Starts the thread of a pool. The destructor of the system waits for it, as
/// for those of detached actors.
std::jthread start_thread(caf::actor_system& system, pool_context_ptr context) {
  signal_guard no_signals;
  auto guard = std::make_unique<system_guard>(system);
  return std::jthread{[context = std::move(context), guard = std::move(guard),
                       &system]() mutable {
    pthread_setname_np(pthread_self(), "venomous.pool");
    enter_pool_thread();
    CAF_SET_LOGGER_SYS(&system);
    context->loop.run();
    context.reset();
    guard.reset();
  }};
}

/// Hidden, because who awaits all actors of a system does not mean those of a
/// pool.
snake_manager_actor spawn_hidden(caf::actor_system& system,
                                 const pool_context_ptr& context) {
  try {
    return caf::actor_cast<snake_manager_actor>(
      system.spawn<snake_manager, caf::hidden>(context));
  } catch (...) {
    // Nobody else would end the thread, which somebody waits for.
    context->loop.stop();
    throw;
  }
}

} // namespace

struct pool::impl {
  impl(caf::actor_system& sys, pool_context_ptr shared)
    : system(sys),
      context(std::move(shared)),
      memory(context->options.arena_mb << 20),
      thread(start_thread(sys, context)),
      manager(spawn_hidden(sys, context)) {
    // nop
  }

  caf::actor_system& system;
  pool_context_ptr context;
  shared_arena memory;
  std::mutex stopping;
  std::jthread thread;
  snake_manager_actor manager;
};

// -- constructors, destructors ------------------------------------------------

pool::pool(caf::actor_system& system, const pool_options* options,
           const char* installed_folder)
  : impl_(std::make_unique<impl>(
    system, make_context(system, options, installed_folder))) {
  // nop
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
  compat::request(*self, impl_->manager, caf::infinite, drain_atom_v, patience)
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
  // A handler may own the pool. Its thread ends by itself, and the system waits
  // for that.
  if (impl_->thread.get_id() == std::this_thread::get_id())
    impl_->thread.detach();
  else
    impl_->thread.join();
}

// -- pools without an object --------------------------------------------------

snake_manager_actor detail::spawn_manager(caf::actor_system& system,
                                          const pool_options* options,
                                          const char* installed_folder) {
  auto context = make_context(system, options, installed_folder);
  start_thread(system, context).detach();
  return spawn_hidden(system, context);
}

} // namespace venomous
