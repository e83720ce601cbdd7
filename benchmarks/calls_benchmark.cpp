// What a call costs, next to the least that the kernel permits: a child that
// echoes over a bare socketpair.

#include "venomous/calls.hpp"
#include "venomous/config.hpp"
#include "venomous/pool.hpp"

#include "benchmarks/echo.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;

// -- measuring ----------------------------------------------------------------

/// Takes the time of each iteration and reports median and 99th percentile.
class stopwatch {
public:
  explicit stopwatch(benchmark::State& state) : state_(state) {
    // nop
  }

  template <class F>
  void time(F f) {
    auto begin = clock_type::now();
    f();
    std::chrono::duration<double> passed = clock_type::now() - begin;
    samples_.push_back(passed.count());
    state_.SetIterationTime(passed.count());
  }

  ~stopwatch() {
    if (samples_.empty())
      return;
    std::sort(samples_.begin(), samples_.end());
    state_.counters["median_us"] = samples_[samples_.size() / 2] * 1e6;
    state_.counters["p99_us"] = samples_[samples_.size() * 99 / 100] * 1e6;
  }

private:
  benchmark::State& state_;
  std::vector<double> samples_;
};

// -- the pool -----------------------------------------------------------------

struct running_pool {
  explicit running_pool(size_t snakes) {
    cfg.pool.max_children = snakes;
    cfg.pool.perpetual_workers = snakes;
    system.emplace(cfg);
    pool.emplace(*system);
    self.emplace(*system);
    // The first calls start the snakes.
    for (size_t ready = 0; ready < snakes;) {
      auto alive = venomous::list_alive_snakes(*self, pool->manager());
      ready = alive ? alive->size() : 0;
    }
  }

  ~running_pool() {
    self.reset();
    pool.reset();
  }

  venomous::config cfg;
  std::optional<caf::actor_system> system;
  std::optional<venomous::pool> pool;
  std::optional<caf::scoped_actor> self;
};

/// Keeps `window` calls on their way until `total` have been answered.
class asker : public caf::event_based_actor {
public:
  asker(caf::actor_config& cfg, venomous::snake_manager_actor manager,
        size_t window, size_t total, caf::actor done)
    : caf::event_based_actor(cfg),
      manager_(std::move(manager)),
      window_(window),
      unsent_(total),
      unanswered_(total),
      done_(std::move(done)) {
    // nop
  }

  caf::behavior make_behavior() override {
    while (window_-- > 0 && unsent_ > 0)
      ask();
    return {};
  }

private:
  void ask() {
    --unsent_;
    request(manager_, caf::infinite, venomous::python_atom_v,
            venomous::snake_args{"builtins", "abs", -1},
            venomous::python_options{.busy = venomous::when_busy::wait})
      .then(
        [this](const venomous::value&) {
          if (unsent_ > 0)
            ask();
          if (--unanswered_ == 0)
            send(done_, true);
        },
        [this](const caf::error& err) {
          send(done_, err);
          quit();
        });
  }

  venomous::snake_manager_actor manager_;
  size_t window_;
  size_t unsent_;
  size_t unanswered_;
  caf::actor done_;
};

// -- benchmarks ---------------------------------------------------------------

void floor_one_caller(benchmark::State& state) {
  echo child;
  stopwatch watch{state};
  for (auto _ : state)
    watch.time([&] {
      child.send();
      child.receive();
    });
}

void one_caller(benchmark::State& state) {
  running_pool p{1};
  stopwatch watch{state};
  for (auto _ : state)
    watch.time([&] {
      if (!venomous::python(*p.self, p.pool->manager(),
                            {"builtins", "abs", -1}))
        throw std::runtime_error("a call failed");
    });
}

/// Arguments: snakes, calls on their way at the same time.
void many_calls(benchmark::State& state) {
  running_pool p{static_cast<size_t>(state.range(0))};
  auto window = static_cast<size_t>(state.range(1));
  auto total = std::max<size_t>(20'000, 2 * window);
  for (auto _ : state) {
    p.system->spawn<asker>(p.pool->manager(), window, total,
                           caf::actor{*p.self});
    (*p.self)->receive([](bool) {},
                       [](const caf::error& err) {
                         throw std::runtime_error(venomous::describe(err));
                       });
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(total));
}

BENCHMARK(floor_one_caller)->UseManualTime();
BENCHMARK(one_caller)->UseManualTime();
BENCHMARK(many_calls)
  ->ArgNames({"snakes", "in_flight"})
  ->Args({2, 4})
  ->Args({2, 64})
  ->Args({2, 1'000})
  ->Args({8, 1'000})
  ->Args({2, 10'000})
  ->Args({8, 10'000})
  ->UseRealTime()
  ->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
