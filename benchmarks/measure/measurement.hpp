#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace measure {

/// What one run found: raw samples by the name of the figure. Times are in
/// seconds, memory in bytes, rates per second.
using figures = std::map<std::string, std::vector<double>>;

/// How a measurement is to be made. Each takes what concerns it.
struct parameters {
  /// How often what is measured is done.
  size_t samples = 100;
  /// How many calls make up one sample of a rate.
  size_t calls = 10'000;
  /// How many snakes there are, or children that echo.
  size_t snakes = 1;
  /// How many callers wait at the same time.
  std::vector<size_t> callers{1'000};
  /// Sizes of payloads in bytes.
  std::vector<size_t> sizes{1'024};
  /// What of time passes between two calls, in milliseconds.
  size_t quiet_ms = 0;
  /// How many elements the payloads have that are no bytes.
  size_t elements = 100'000;
  /// Modules that are imported before any snake is forked.
  std::vector<std::string> preload;
  /// Options of the library as its command line takes them.
  std::vector<std::string> pool_options;
};

using measurement = std::function<figures(const parameters&)>;

/// What can be measured, by side and name: `floor call`, `library call`.
using registry = std::map<std::string, measurement>;

// One function a group, each in the file of that name.

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
