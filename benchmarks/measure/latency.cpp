// One caller that makes one call at a time.

#include "measurement.hpp"
#include "running_pool.hpp"
#include "timing.hpp"

#include "benchmarks/echo.hpp"

namespace measure {

namespace {

constexpr size_t warm_up = 100;

template <class F>
figures latency_of(const parameters& params, F f) {
  times_of(warm_up, 0, f);
  return {{"call", times_of(params.samples, params.quiet_ms, f)}};
}

figures floor_call(const parameters& params) {
  echo child;
  return latency_of(params, [&] {
    child.send();
    child.receive();
  });
}

figures library_call(const parameters& params) {
  running_pool p{params, 1};
  return latency_of(params, [&] {
    get(venomous::python(p.self, p.manager(), {"builtins", "abs", -1}));
  });
}

} // namespace

void add_latency(registry& all) {
  all["floor call"] = floor_call;
  all["library call"] = library_call;
}

} // namespace measure
