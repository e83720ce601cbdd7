#pragma once

#include <time.h>

#include <cstdint>

namespace venomous::bridge {

/// Returns the time of the last tick of the system's clock, in nanoseconds.
/// Getting the exact time would take longer than many calls.
inline int64_t coarse_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

} // namespace venomous::bridge
