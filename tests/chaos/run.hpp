#pragma once

#include <chrono>
#include <cstdint>

namespace venomous::chaos {

struct run_options {
  uint64_t seed = 0;
  /// The first one: nothing depends on those before.
  uint64_t epoch = 1;
  std::chrono::seconds length{60};
  /// Whether zygotes are killed, too.
  bool zygotes = true;
};

/// Keeps pools busy, has things happen to them, and prints what came of it.
/// Ends this process, with status 1, as soon as something is wrong.
void run(const run_options& options);

} // namespace venomous::chaos
