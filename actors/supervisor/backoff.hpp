#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace venomous {

/// Spaces out attempts at something that keeps failing: twice as long each time
/// up to a ceiling, with jitter so that pools that failed together do not try
/// again together.
class backoff {
public:
  using clock = std::chrono::steady_clock;

  static constexpr clock::duration first = std::chrono::milliseconds(100);

  static constexpr clock::duration ceiling = std::chrono::seconds(30);

  /// Whether it is too early for another attempt.
  bool closed(clock::time_point now) const {
    return now < next_;
  }

  /// Time until an attempt makes sense.
  clock::duration remaining(clock::time_point now) const {
    return std::max(next_ - now, clock::duration::zero());
  }

  /// Notes a failure. Those that come while it is closed stem from attempts
  /// that began together and count once.
  void failed(clock::time_point now) {
    if (closed(now))
      return;
    std::uniform_real_distribution<double> jitter{0.5, 1.0};
    auto factor = jitter(random_);
    next_ = now + std::chrono::duration_cast<clock::duration>(delay_ * factor);
    delay_ = std::min(delay_ * 2, ceiling);
  }

  void succeeded() {
    delay_ = first;
    next_ = {};
  }

private:
  clock::duration delay_ = first;
  clock::time_point next_;
  std::minstd_rand random_{std::random_device{}()};
};

} // namespace venomous
