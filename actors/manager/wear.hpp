#pragma once

#include "actors/manager/roster.hpp"

#include "venomous/options.hpp"

#include <random>

namespace venomous {

/// Knows when a snake has served for long enough: after so many calls, with so
/// much memory, or at such an age.
class wear {
public:
  using clock = event_loop::clock;

  explicit wear(const pool_options& options);

  /// Returns whether snakes wear by age or size, which nobody tells of.
  bool comes_with_time() const noexcept {
    return max_memory_ > 0 || max_age_.count() > 0;
  }

  /// Says how long a snake that begins to serve may do so: 90 to 100 % of what
  /// is permitted, lest all go at the same time.
  void allot(roster::member& what);

  /// Returns whether a snake has had its calls.
  static bool has_had_calls(const roster::member& what) {
    return what.calls_done + what.runs.size() >= what.max_calls;
  }

  /// Returns whether a snake is too old or too large. One that was never called
  /// cannot be too large: the next one would be, too.
  /// @param interval for how long its size need not be looked at again.
  bool inspect(roster::member& what, clock::duration interval) const;

private:
  double share();

  size_t max_calls_;
  uint64_t max_memory_;
  clock::duration max_age_;
  std::minstd_rand random_{std::random_device{}()};
};

} // namespace venomous
