#pragma once

#include <chrono>
#include <cstdint>

namespace venomous::chaos {

struct run_options {
  uint64_t seed = 0;
  /// The first epoch: epochs do not depend on earlier ones.
  uint64_t epoch = 1;
  std::chrono::seconds length{60};
  /// Whether to kill zygotes, too.
  bool zygotes = true;
};

/// Keeps pools busy, injects faults, and prints statistics. Exits with status 1
/// at the first anomaly.
void run(const run_options& options);

} // namespace venomous::chaos
