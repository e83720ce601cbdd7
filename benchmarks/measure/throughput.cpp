// Many calls at the same time.

#include "asker.hpp"
#include "echoes.hpp"
#include "measurement.hpp"
#include "running_pool.hpp"
#include "timing.hpp"

#include <numeric>
#include <thread>

namespace measure {

namespace {

constexpr size_t askers = 2;
constexpr size_t in_flight = 1'000;

/// Does the same as `bench.functions.millisecond`.
void millisecond() {
  auto end = clock_type::now() + std::chrono::milliseconds{1};
  std::this_thread::sleep_for(std::chrono::microseconds{800});
  while (clock_type::now() < end)
    ;
}

figures floor_rate(const parameters& params, void (*work)()) {
  echoes children{params.snakes, work};
  return {{"rate", rates_of(params.samples, params.calls,
                            [&] { children.ask(params.calls); })}};
}

figures library_rate(const parameters& params,
                     const venomous::snake_args& args) {
  running_pool p{params, params.snakes};
  ask_many(p, args, askers, in_flight, params.calls / 10);
  auto rates = rates_of(params.samples, params.calls, [&] {
    ask_many(p, args, askers, in_flight, params.calls);
  });
  return {{"rate", std::move(rates)}};
}

figures library_map(const parameters& params) {
  running_pool p{params, params.snakes};
  std::vector<int64_t> items(params.calls);
  std::iota(items.begin(), items.end(), 0);
  auto run = [&] {
    auto all = get(venomous::python_map<int64_t>(p.self, p.manager(),
                                                 {"builtins", "abs", items}));
    if (all.values.size() != items.size() || !all.errors.empty())
      throw std::runtime_error("results are missing");
  };
  run();
  return {{"rate", rates_of(params.samples, params.calls, run)}};
}

} // namespace

void add_throughput(registry& all) {
  all["floor rate"] = [](const parameters& params) {
    return floor_rate(params, [] {});
  };
  all["library rate"] = [](const parameters& params) {
    return library_rate(params, {"builtins", "abs", -1});
  };
  all["library map"] = library_map;
  all["floor millisecond"] = [](const parameters& params) {
    return floor_rate(params, millisecond);
  };
  all["library millisecond"] = [](const parameters& params) {
    return library_rate(params, {functions, "millisecond"});
  };
}

} // namespace measure
