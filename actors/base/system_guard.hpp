#pragma once

#include "actors/base/compat.hpp"

#include <memory>

namespace venomous {

/// Has the destructor of an actor system wait, as it does for the threads of
/// detached actors, until this object is gone.
class system_guard {
public:
  explicit system_guard(caf::actor_system& system);

  ~system_guard();

  system_guard(const system_guard&) = delete;

  system_guard& operator=(const system_guard&) = delete;

private:
#if VENOMOUS_CAF_017
  caf::actor_system& system_;
#else
  struct gate;

  std::shared_ptr<gate> gate_;
  caf::weak_actor_ptr last_of_system_;
#endif
};

} // namespace venomous
