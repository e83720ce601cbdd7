#pragma once

#include "plan.hpp"

#include "venomous/calls.hpp"

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace venomous::chaos {

/// A process of a pool of this program. Another process may reuse its pid at
/// any time, but not this.
class victim {
public:
  explicit victim(pid_t pid);

  victim(victim&& other) noexcept;

  victim& operator=(victim&& other) noexcept;

  ~victim();

  /// Does nothing if the process is gone or belongs to no pool.
  bool send(int signal) const;

  /// Waits until the process is gone.
  void await_end() const;

private:
  int fd_ = -1;
};

/// Injects faults into a pool.
class nemesis {
public:
  nemesis(caf::actor_system& system, snake_manager_actor manager);

  ~nemesis();

  void inject(const fault_op& op);

  /// Continues stopped processes whose time is up.
  void tick();

  /// Continues all stopped processes, and waits until those it killed are gone.
  void heal();

  /// How often each fault hit something.
  const std::map<std::string, size_t>& counts() const {
    return counts_;
  }

private:
  using clock = std::chrono::steady_clock;

  struct stopped {
    victim process;
    clock::time_point end;
  };

  bool apply(const fault_op& op);

  std::vector<snake_info> snakes();

  bool send_to_snake(const fault_op& op, int signal);

  bool kill(pid_t pid);

  bool stop(pid_t pid, milliseconds length);

  bool slay(const fault_op& op);

  void burn(milliseconds length);

  caf::scoped_actor self_;
  snake_manager_actor manager_;
  std::vector<victim> killed_;
  std::vector<stopped> stopped_;
  std::vector<std::thread> burners_;
  std::map<std::string, size_t> counts_;
};

/// The process that forks the snakes, 0 if there is none.
pid_t zygote();

} // namespace venomous::chaos
