#pragma once

#include "actors/manager/population.hpp"
#include "actors/manager/recycling_policy.hpp"

#include <vector>

namespace venomous {

/// Replaces snakes that are too old or too large, or have had their calls, one
/// at a time. While a successor starts there may be one process more than
/// `max-children`.
class replacement {
public:
  replacement(event_loop& loop, const pool_options& options, roster& snakes,
              const request_queue& queue, const drain& drain,
              population& population);

  /// Returns how many snakes there may be beyond the limit of the population.
  size_t extra_places() const {
    return outgoing() ? 1 : 0;
  }

  // -- starting ---------------------------------------------------------------

  /// Starts the missing snakes, and a successor if one is needed.
  void replenish();

  /// Starts another snake in place of one that is to be replaced, if there is
  /// such a snake and this is possible.
  void start_successor();

  /// Handles a snake that begins to serve. If it is a successor, the snake that
  /// it replaces goes; if none is left to replace, the successor itself.
  void on_started(pool_member& member);

  /// Handles a snake that could not be started. Another attempt makes sense
  /// after the delay.
  /// @returns the spent snake that takes calls after all, because no successor
  ///          could be started: an old snake is better than none.
  pool_member* on_start_failed(snake_id id, caf::timespan delay);

  // -- inspections ------------------------------------------------------------

  /// Inspects all snakes now and then, if needed: age and size change while a
  /// snake has no calls, too.
  void start_inspections();

  void stop_inspections() {
    next_inspection_.cancel();
  }

  /// Inspects a snake that has answered a call.
  void inspect_after_call(pool_member& member);

  // -- snakes without calls ---------------------------------------------------

  /// Ends a spent snake that has nothing left to do. If its place is needed for
  /// its successor it waits for that, unless another snake waits already.
  void replace_spent(pool_member& member);

private:
  bool may_start_successor() const;

  void inspect(pool_member& member, event_loop::clock::duration interval);

  void inspect_all();

  void prune_due();

  pool_member* find_idle_due();

  pool_member* outgoing() const;

  const pool_options& options_;
  event_loop& loop_;
  roster& snakes_;
  const request_queue& queue_;
  const drain& drain_;
  population& population_;
  recycling_policy policy_;
  /// Snakes that are too old or too large. They serve until a successor is
  /// ready.
  std::vector<snake_id> due_;
  /// The snake that is started in place of another one, 0 for none.
  snake_id successor_ = 0;
  /// When another attempt makes sense.
  event_loop::clock::time_point next_attempt_;
  /// The spent snake that waits, or waited, for the successor; 0 for none.
  snake_id outgoing_ = 0;
  event_loop::timer next_inspection_;
};

} // namespace venomous
