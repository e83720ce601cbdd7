#pragma once

#include "python_bridge/host/event_loop.hpp"

#include <cstddef>
#include <cstdint>

namespace venomous {

/// How many calls a snake may have at a time: enough to keep it busy while the
/// next ones are on their way, few enough to be done soon. Follows the length
/// of calls.
class ahead_window {
public:
  using duration = event_loop::clock::duration;

  /// @param max_ahead how many there may be beside the one that runs.
  explicit ahead_window(size_t max_ahead) : max_ahead_(max_ahead) {
    // nop
  }

  /// Returns how many calls the snake may have, the one that runs included.
  uint32_t size() const noexcept;

  /// Returns whether calls take so long that another snake could run them
  /// before this one does.
  bool worth_sharing() const noexcept;

  /// Notes that `n` calls took `time` together. Longer calls change the window
  /// at once, shorter ones slowly.
  void measure(duration time, size_t n) noexcept;

  /// Notes that a call takes `time` at least.
  void measure_at_least(duration time) noexcept;

private:
  size_t max_ahead_;
  /// How long a call takes.
  duration length_ = unknown;

  static constexpr duration unknown = std::chrono::seconds(1);
};

} // namespace venomous
