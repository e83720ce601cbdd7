#pragma once

#include "actors/base/compat.hpp"

#if !VENOMOUS_CAF_017
#  include <future>
#endif

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
  std::promise<void> released_;
#endif
};

} // namespace venomous
