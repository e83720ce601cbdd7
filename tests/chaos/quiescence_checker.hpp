#pragma once

#include "venomous/calls.hpp"

#include <optional>
#include <string>
#include <vector>

namespace venomous::chaos {

/// Checks a quiescent pool: it must have all the snakes it may have, no other
/// process, and no more resources than before.
class quiescence_checker {
public:
  /// @param size Number of snakes that the pool may have.
  quiescence_checker(caf::actor_system& system, snake_manager_actor manager,
                     size_t size);

  /// Leases all snakes, makes each of them answer, compares, and gives them
  /// back.
  /// @param disturbed Whether injected faults may affect the first answers.
  /// @returns the anomalies.
  std::vector<std::string> check(bool disturbed);

private:
  /// Resources that must not grow.
  struct resources {
    size_t descriptors = 0;
    size_t threads = 0;
    size_t descriptors_of_zygote = 0;

    static resources now();
  };

  /// Returns an anomaly, "" if there is none.
  std::string hold_all(bool disturbed);

  std::string hold_one();

  /// Returns the id and status of each snake.
  std::string statuses();

  std::string compare();

  std::string compare_resources();

  std::string release_all();

  caf::scoped_actor self_;
  snake_manager_actor manager_;
  size_t size_;
  std::vector<snake> held_;
  std::optional<resources> first_;
};

} // namespace venomous::chaos
