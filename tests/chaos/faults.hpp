#pragma once

#include "plan.hpp"

#include "venomous/calls.hpp"

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace venomous::chaos {

/// A process of a pool of this one. Its number may pass to another process any
/// time, this does not.
class victim {
public:
  explicit victim(pid_t pid);

  victim(victim&& other) noexcept;

  victim& operator=(victim&& other) noexcept;

  ~victim();

  /// Does nothing if it is gone or is no process of a pool.
  bool send(int signal) const;

  /// Waits until it is gone.
  void await_end() const;

private:
  int fd_ = -1;
};

/// Does to a pool what is ordered.
class saboteur {
public:
  saboteur(caf::actor_system& system, snake_manager_actor manager);

  ~saboteur();

  void commit(const fault_order& what);

  /// Has those go on whose time is over.
  void tick();

  /// Has all go on, and waits until those that were killed are gone.
  void relent();

  /// How often what was done to something.
  const std::map<std::string, size_t>& counts() const {
    return counts_;
  }

private:
  using clock = std::chrono::steady_clock;

  struct stopped {
    victim who;
    clock::time_point end;
  };

  bool hit(const fault_order& what);

  std::vector<snake_info> snakes();

  bool send_to_snake(const fault_order& what, int signal);

  bool kill(pid_t pid);

  bool stop(pid_t pid, milliseconds length);

  bool slay(const fault_order& what);

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
