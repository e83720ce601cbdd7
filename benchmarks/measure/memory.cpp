// The memory of an idle snake, including its share of shared memory.

#include "child.hpp"
#include "measurement.hpp"
#include "process_memory.hpp"
#include "running_pool.hpp"

#include <deque>

namespace measure {

namespace {

figures floor_memory(const parameters& params) {
  std::deque<child> children;
  while (children.size() < params.snakes)
    children.emplace_back().wait();
  figures result;
  for (auto& x : children)
    result["memory"].push_back(memory_of(std::to_string(x.pid()), "Pss"));
  return result;
}

figures library_memory(const parameters& params) {
  running_pool p{params, params.snakes};
  auto leased = p.lease(params.snakes);
  venomous::python_options keep{.keep_snake = true};
  for (auto& x : leased)
    get(venomous::snake_run(p.self, x, {"gc", "collect"}, keep));
  figures result;
  for (auto& x : leased)
    result["memory"].push_back(memory_of(std::to_string(x.os_pid), "Pss"));
  return result;
}

} // namespace

void add_memory(registry& all) {
  all["floor memory"] = floor_memory;
  all["library memory"] = library_memory;
}

} // namespace measure
