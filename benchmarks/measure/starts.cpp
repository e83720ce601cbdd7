// New snakes: one by one, and many at once.

#include "child.hpp"
#include "measurement.hpp"
#include "running_pool.hpp"
#include "timing.hpp"

#include <algorithm>
#include <deque>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace measure {

namespace {

/// A call that takes no time and needs the preloaded module, if any.
venomous::snake_args first_call(const parameters& params) {
  if (params.preload.empty())
    return {"builtins", "abs", -1};
  return {"numpy", "ndim", -1};
}

figures floor_start(const parameters& params) {
  std::deque<child> children;
  return {{"start", times_of(params.samples, 0,
                             [&] { children.emplace_back().wait(); })}};
}

/// All snakes are leased, so each call needs a new one.
figures library_start(const parameters& params) {
  running_pool p{params, 0, params.samples + 1};
  p.lease(1);
  figures result;
  for (size_t i = 0; i < params.samples; ++i) {
    auto time = time_of([&] { p.call(first_call(params)); });
    result["start"].push_back(time);
    p.lease(1);
  }
  return result;
}

figures floor_starts(const parameters& params) {
  figures result;
  for (size_t i = 0; i < params.samples; ++i) {
    std::deque<child> children;
    result["starts"].push_back(time_of([&] {
      while (children.size() < params.snakes)
        children.emplace_back();
      for (auto& x : children)
        x.wait();
    }));
  }
  return result;
}

/// Measures the time until the last snake runs its call. Calls are long enough
/// that no snake takes two.
double time_of_starts(const parameters& params) {
  running_pool p{params, 0, params.snakes + 1};
  p.lease(1);
  auto begin = monotonic_ns();
  std::vector<pending_answer> pending;
  for (size_t i = 0; i < params.snakes; ++i)
    pending.push_back(ask(p.self, p.manager(), {functions, "start_and_stay"}));
  std::set<int64_t> processes;
  int64_t last = 0;
  for (auto& x : pending) {
    auto [process, start] = answer<std::pair<int64_t, int64_t>>(x);
    processes.insert(process);
    last = std::max(last, start);
  }
  if (processes.size() != params.snakes)
    throw std::runtime_error("a snake took two calls");
  return static_cast<double>(last - begin) * 1e-9;
}

figures library_starts(const parameters& params) {
  figures result;
  for (size_t i = 0; i < params.samples; ++i)
    result["starts"].push_back(time_of_starts(params));
  return result;
}

} // namespace

void add_starts(registry& all) {
  all["floor start"] = floor_start;
  all["library start"] = library_start;
  all["floor starts"] = floor_starts;
  all["library starts"] = library_starts;
}

} // namespace measure
