#pragma once

#include "actors/base/interfaces.hpp"
#include "actors/base/memory_quota.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace venomous {

/// The maps that are running, each in a mapper of its own, and the memory that
/// their items take.
class running_maps {
public:
  /// @param max_mb what all items may take together; 0 for no limit.
  explicit running_maps(size_t max_mb) : memory_(max_mb) {
    // nop
  }

  bool empty() const noexcept {
    return maps_.empty();
  }

  /// Says why there is no room for the items of a map.
  /// @returns an empty string if there is room.
  std::string refusal(const map_args& args) const;

  /// Returns the mapper of the map with that token, or an empty handle.
  snake_mapper_actor find(call_token token) const;

  void add(const snake_mapper_actor& mapper, call_token token,
           const map_args& args);

  /// Removes the map of that mapper, if it is one.
  void remove(const caf::actor_addr& mapper);

  /// Removes all.
  /// @returns their mappers.
  std::vector<snake_mapper_actor> clear();

private:
  struct running_map {
    snake_mapper_actor mapper;
    call_token token;
    memory_quota::share memory;
  };

  memory_quota memory_;
  std::unordered_map<caf::actor_addr, running_map> maps_;
};

} // namespace venomous
