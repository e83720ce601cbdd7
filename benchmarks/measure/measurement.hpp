#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace measure {

/// The result of one run: raw samples by the name of the figure. Times are in
/// seconds, memory in bytes, rates per second.
using figures = std::map<std::string, std::vector<double>>;

/// How to make a measurement. Each uses the parameters that concern it.
struct parameters {
  /// How many samples to take.
  size_t samples = 100;
  /// How many calls make up one sample of a rate.
  size_t calls = 10'000;
  /// The number of snakes, or of children that echo.
  size_t snakes = 1;
  /// How many callers wait at the same time.
  std::vector<size_t> callers{1'000};
  /// Sizes of payloads in bytes.
  std::vector<size_t> sizes{1'024};
  /// The pause between two calls, in milliseconds.
  size_t quiet_ms = 0;
  /// The number of elements of payloads other than bytes.
  size_t elements = 100'000;
  /// Modules to import before any snake is forked.
  std::vector<std::string> preload;
  /// Options of the library, as on its command line.
  std::vector<std::string> pool_options;
};

using measurement = std::function<figures(const parameters&)>;

/// All measurements, by side and name: `floor call`, `library call`.
using registry = std::map<std::string, measurement>;

// One function per group, each in the file of that name.

void add_latency(registry& all);

void add_throughput(registry& all);

void add_waiting(registry& all);

void add_starts(registry& all);

void add_replacement(registry& all);

void add_memory(registry& all);

void add_payloads(registry& all);

void add_arrays(registry& all);

void add_growth(registry& all);

} // namespace measure
