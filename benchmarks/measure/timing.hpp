#pragma once

#include <time.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace measure {

using clock_type = std::chrono::steady_clock;

inline double seconds_since(clock_type::time_point begin) {
  return std::chrono::duration<double>(clock_type::now() - begin).count();
}

/// Returns the same as Python's `time.monotonic_ns`, in every process.
inline int64_t monotonic_ns() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1'000'000'000) + now.tv_nsec;
}

/// Returns how long `f` takes, in seconds.
template <class F>
double time_of(F f) {
  auto begin = clock_type::now();
  f();
  return seconds_since(begin);
}

/// Measures `f` `n` times, each after a pause of `quiet_ms` milliseconds.
template <class F>
std::vector<double> times_of(size_t n, size_t quiet_ms, F f) {
  std::vector<double> result;
  result.reserve(n);
  while (result.size() < n) {
    if (quiet_ms > 0)
      std::this_thread::sleep_for(std::chrono::milliseconds{quiet_ms});
    result.push_back(time_of(f));
  }
  return result;
}

/// Measures the rate of `f`, which makes `calls` calls, `n` times.
template <class F>
std::vector<double> rates_of(size_t n, size_t calls, F f) {
  auto result = times_of(n, 0, f);
  for (auto& x : result)
    x = static_cast<double>(calls) / x;
  return result;
}

} // namespace measure
