#pragma once

#include "actors/base/interfaces.hpp"

#include "python_bridge/host/event_loop.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace venomous {

/// Ends a pool as soon as nothing is left to do, or when the patience of
/// whoever asked for that is over.
class drain {
public:
  /// @param is_done tells whether nothing is left to do.
  /// @param end ends the pool.
  drain(event_loop& loop, std::function<bool()> is_done,
        std::function<void()> end);

  /// Returns whether the pool takes no more requests.
  bool active() const noexcept {
    return !promises_.empty();
  }

  /// Begins to drain the pool. If that was begun before, the shortest patience
  /// counts.
  void begin(caf::timespan patience, caf::typed_response_promise<bool> promise);

  /// Answers whether nothing was left to do, now that the pool ends.
  void conclude();

private:
  void check();

  event_loop& loop_;
  std::function<bool()> is_done_;
  std::function<void()> end_;
  std::vector<caf::typed_response_promise<bool>> promises_;
  std::optional<event_loop::clock::time_point> deadline_;
  event_loop::timer next_check_;
};

} // namespace venomous
