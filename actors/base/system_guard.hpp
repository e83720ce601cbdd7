#pragma once

#include "actors/base/compat.hpp"

#if !VENOMOUS_CAF_017
#  include <future>
#endif

namespace venomous {

/// Keeps the destructor of an actor system waiting until this object is gone,
/// just as it waits for the threads of detached actors.
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
