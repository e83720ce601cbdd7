#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

namespace venomous {

/// Tells when processes die too often: more than `max` within `window`, as a
/// supervisor of OTP counts.
class restart_intensity {
public:
  using clock = std::chrono::steady_clock;

  restart_intensity(size_t max, clock::duration window)
    : max_(max), window_(window) {
    // nop
  }

  /// Notes a death.
  void died(clock::time_point now) {
    deaths_.push_back(now);
    // One too many is enough to know.
    if (deaths_.size() > max_ + 1)
      deaths_.pop_front();
  }

  /// Whether there were too many in the last while.
  bool exceeded(clock::time_point now) const {
    return deaths_.size() > max_ && now - deaths_.front() < window_;
  }

private:
  size_t max_;
  clock::duration window_;
  std::deque<clock::time_point> deaths_;
};

} // namespace venomous
