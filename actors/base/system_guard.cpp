#include "actors/base/system_guard.hpp"

#if !VENOMOUS_CAF_017
#  include <caf/event_based_actor.hpp>
#endif

namespace venomous {

#if VENOMOUS_CAF_017

system_guard::system_guard(caf::actor_system& system) : system_(system) {
  system_.inc_detached_threads();
}

system_guard::~system_guard() {
  system_.dec_detached_threads();
}

#else

// CAF 1.x waits only for threads that it has started, so one of them waits for
// this object. The actor is hidden from those who await the program's actors.
system_guard::system_guard(caf::actor_system& system) {
  system.spawn<caf::detached + caf::hidden>(
    [released = released_.get_future().share()](caf::event_based_actor*) {
      released.wait();
    });
}

// Uses nothing of the system, which may be gone as soon as the actor goes on.
system_guard::~system_guard() {
  released_.set_value();
}

#endif

} // namespace venomous
