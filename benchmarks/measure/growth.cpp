// Whether memory and time of a call grow with the number of calls.

#include "asker.hpp"
#include "measurement.hpp"
#include "process_memory.hpp"
#include "running_pool.hpp"
#include "timing.hpp"

#include <algorithm>

namespace measure {

namespace {

constexpr size_t parts = 10;

double memory_of_snakes(running_pool& p) {
  double result = 0;
  for (auto& x : p.snakes())
    result += memory_of(std::to_string(x.os_pid), "Rss");
  return result;
}

/// Compares the last tenth of the calls with the first one.
figures library_growth(const parameters& params) {
  running_pool p{params, params.snakes};
  std::vector<double> host, snakes, times;
  auto calls = params.calls / parts;
  for (size_t part = 0; part < parts; ++part) {
    times.push_back(time_of([&] {
      ask_many(p, {"builtins", "abs", -1}, 2, 1'000, calls);
    }));
    host.push_back(memory_of("self", "Rss"));
    snakes.push_back(memory_of_snakes(p));
  }
  return {{"host", {host.back() / host.front()}},
          {"snakes", {snakes.back() / snakes.front()}},
          {"time", {times.back() / times.front()}}};
}

} // namespace

void add_growth(registry& all) {
  all["library growth"] = library_growth;
}

} // namespace measure
