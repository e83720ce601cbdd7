#pragma once

#include "venomous/calls.hpp"

#include <optional>
#include <string>
#include <vector>

namespace venomous::chaos {

/// Looks after a pool in quiet moments: whether it has all the snakes it may
/// have, no other process, and nothing more than before.
class roll_call {
public:
  /// @param size How many snakes there may be.
  roll_call(caf::actor_system& system, snake_manager_actor manager,
            size_t size);

  /// Leases all snakes, has each of them answer, compares, and gives them back.
  /// @param shaken Whether something was done to the pool that may show in the
  ///               first answers.
  /// @returns what is wrong.
  std::vector<std::string> take(bool shaken);

private:
  /// What must not grow.
  struct belongings {
    size_t descriptors = 0;
    size_t threads = 0;
    size_t descriptors_of_zygote = 0;

    static belongings now();
  };

  /// Returns what is wrong, "" if nothing is.
  std::string hold_all(bool shaken);

  std::string hold_one();

  /// Returns what each snake does.
  std::string statuses();

  std::string compare();

  std::string compare_belongings();

  std::string release_all();

  caf::scoped_actor self_;
  snake_manager_actor manager_;
  size_t size_;
  std::vector<snake> held_;
  std::optional<belongings> first_;
};

} // namespace venomous::chaos
