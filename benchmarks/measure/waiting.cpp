// Many callers in the queue: how fast it moves, whether it stays in order, and
// the cost for the host.

#include "echoes.hpp"
#include "measurement.hpp"
#include "running_pool.hpp"
#include "timing.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <deque>
#include <numeric>
#include <string>
#include <vector>

namespace measure {

namespace {

/// Returns the CPU time of this process in seconds.
double cpu_time() {
  rusage used;
  ::getrusage(RUSAGE_SELF, &used);
  auto seconds = [](const timeval& x) {
    return static_cast<double>(x.tv_sec)
           + static_cast<double>(x.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// One thread speaks for all callers in turn, so that their order is known.
/// Each has one call in the queue at a time.
class line_of_callers {
public:
  line_of_callers(running_pool& p, size_t callers) : pool_(p) {
    while (callers_.size() < callers)
      callers_.emplace_back(p.system);
  }

  /// Has the callers make `calls` calls.
  /// @returns when Python started each, in the order of the requests.
  std::vector<int64_t> run(size_t calls) {
    std::vector<int64_t> starts;
    std::deque<pending_answer> line;
    for (size_t asked = 0; starts.size() < calls;) {
      while (asked < calls && line.size() < callers_.size())
        line.push_back(ask(callers_[asked++ % callers_.size()], pool_.manager(),
                           {"time", "monotonic_ns"}));
      starts.push_back(answer<int64_t>(line.front()));
      line.pop_front();
    }
    return starts;
  }

private:
  running_pool& pool_;
  std::deque<caf::scoped_actor> callers_;
};

/// How many calls of a thousand started before one sent earlier.
double overtaking(const std::vector<int64_t>& starts) {
  size_t count = 0;
  int64_t latest = 0;
  for (auto x : starts) {
    count += x < latest;
    latest = std::max(latest, x);
  }
  return 1e3 * static_cast<double>(count) / static_cast<double>(starts.size());
}

/// The most places by which a call started too early.
double places(const std::vector<int64_t>& starts) {
  std::vector<size_t> order(starts.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t x, size_t y) { return starts[x] < starts[y]; });
  size_t most = 0;
  for (size_t place = 0; place < order.size(); ++place)
    most = std::max(most, order[place] - std::min(place, order[place]));
  return static_cast<double>(most);
}

/// Adds the ratio of CPU time with the most callers to that with the fewest.
void add_cpu_growth(figures& found, const parameters& params) {
  auto cpu = [&](size_t callers) -> auto& {
    return found["cpu_" + std::to_string(callers)];
  };
  auto& few = cpu(params.callers.front());
  auto& many = cpu(params.callers.back());
  for (size_t i = 0; i < params.samples; ++i)
    found["cpu_growth"].push_back(many[i] / few[i]);
}

/// Measures rate and CPU time of `calls` calls.
template <class F>
void add_costs(figures& found, const std::string& suffix, size_t calls, F f) {
  auto cpu_before = cpu_time();
  auto time = time_of(f);
  auto n = static_cast<double>(calls);
  found["rate" + suffix].push_back(n / time);
  found["cpu" + suffix].push_back((cpu_time() - cpu_before) / n);
}

/// Nobody waits in a queue here, so the number of callers makes no difference.
figures floor_waiting(const parameters& params) {
  echoes children{params.snakes};
  figures result;
  for (auto callers : params.callers)
    for (size_t i = 0; i < params.samples; ++i)
      add_costs(result, "_" + std::to_string(callers), params.calls,
                [&] { children.ask(params.calls); });
  return result;
}

figures library_waiting(const parameters& params) {
  running_pool p{params, params.snakes};
  figures result;
  for (auto callers : params.callers) {
    line_of_callers line{p, callers};
    auto calls = std::max(params.calls, callers);
    auto suffix = "_" + std::to_string(callers);
    for (size_t i = 0; i < params.samples; ++i) {
      std::vector<int64_t> starts;
      add_costs(result, suffix, calls, [&] { starts = line.run(calls); });
      result["overtaking" + suffix].push_back(overtaking(starts));
      result["places" + suffix].push_back(places(starts));
    }
  }
  add_cpu_growth(result, params);
  return result;
}

} // namespace

void add_waiting(registry& all) {
  all["floor waiting"] = floor_waiting;
  all["library waiting"] = library_waiting;
}

} // namespace measure
