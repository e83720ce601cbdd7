#pragma once

#include "actors/manager/pool_member.hpp"

#include "venomous/options.hpp"

#include <random>

namespace venomous {

/// Knows when a snake has served for long enough: after so many calls, with so
/// much memory, or at such an age.
class recycling_policy {
public:
  using clock = event_loop::clock;

  explicit recycling_policy(const pool_options& options);

  /// Returns whether snakes have to be inspected from time to time, because
  /// their age or size is limited.
  bool needs_inspections() const noexcept {
    return max_memory_ > 0 || max_age_.count() > 0;
  }

  /// Gives a snake that begins to serve 90 to 100 % of the calls and the age
  /// that the options permit, so that not all snakes go at the same time.
  void set_limits(pool_member& member);

  /// Returns whether a snake was given all its calls.
  static bool has_all_calls(const pool_member& member) noexcept {
    return member.calls_done + member.calls.size() >= member.max_calls;
  }

  /// Returns whether a snake is too old or too large. One that was never called
  /// is not too large: its successor would be, too.
  /// @param interval how long a measurement of its memory is good for.
  bool is_due(pool_member& member, clock::duration interval) const;

private:
  double draw_share();

  size_t max_calls_;
  uint64_t max_memory_;
  clock::duration max_age_;
  std::minstd_rand random_{std::random_device{}()};
};

} // namespace venomous
