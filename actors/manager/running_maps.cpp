#include "actors/manager/running_maps.hpp"

#include <algorithm>
#include <utility>

namespace venomous {

std::string running_maps::refusal(const map_args& args) const {
  return memory_.refusal({&args.items()}, "items");
}

snake_mapper_actor running_maps::find(call_token token) const {
  auto i = std::ranges::find(maps_, token,
                             [](auto& entry) { return entry.second.token; });
  return i == maps_.end() ? snake_mapper_actor{} : i->second.mapper;
}

void running_maps::add(const snake_mapper_actor& mapper, call_token token,
                       const map_args& args) {
  maps_.emplace(mapper.address(),
                running_map{mapper, token, memory_.take({&args.items()})});
}

void running_maps::remove(const caf::actor_addr& mapper) {
  maps_.erase(mapper);
}

std::vector<snake_mapper_actor> running_maps::clear() {
  std::vector<snake_mapper_actor> result;
  for (auto& [address, map] : std::exchange(maps_, {}))
    result.push_back(map.mapper);
  return result;
}

} // namespace venomous
