#pragma once

#include "actors/base/interfaces.hpp"
#include "actors/base/snake_lifecycle.hpp"

#include "python_bridge/host/event_loop.hpp"

#include <deque>
#include <limits>
#include <list>
#include <optional>

namespace venomous {

/// Where a snake is in its life. The roster forgets those that have ended.
using snake_phase = snake_lifecycle::state;

/// A call that a snake was given.
struct assigned_call {
  /// 0 for a run of a lease.
  place position = 0;
  caf::actor_addr caller;
  call_token token = 0;
};

/// A snake as the manager knows it.
struct pool_member {
  // -- identity ---------------------------------------------------------------

  snake_id id = 0;
  snake_worker_inner worker;
  int32_t os_pid = 0;

  // -- state ------------------------------------------------------------------

  snake_phase phase = snake_phase::starting;
  snake_status status = snake_status::ready;
  caf::timestamp last_update;
  /// When it last became ready.
  event_loop::clock::time_point idle_since;
  /// Whether callers hold references to objects in it.
  bool keeps = false;

  // -- lease ------------------------------------------------------------------

  /// 0 if it is not leased.
  uint64_t lease = 0;
  caf::actor_addr holder;
  call_token lease_token = 0;

  // -- calls ------------------------------------------------------------------

  /// In the order in which it begins them.
  std::deque<assigned_call> calls;
  /// How many it may have at a time.
  uint32_t window = 1;
  uint64_t calls_done = 0;

  // -- recycling --------------------------------------------------------------

  uint64_t max_calls = std::numeric_limits<uint64_t>::max();
  event_loop::clock::time_point replace_at =
    event_loop::clock::time_point::max();
  event_loop::clock::time_point last_measured;
  /// `calls_done` at the last inspection.
  uint64_t calls_inspected = 0;
  /// Whether it gets no more calls, because it is to be replaced.
  bool spent = false;

  // -- keys of the roster's indexes -------------------------------------------

  std::optional<std::list<snake_id>::iterator> ready_position;
  /// How many calls it has if it may have more, otherwise 0.
  size_t load_with_room = 0;
  /// How many calls it may have if it has some that it does not run yet,
  /// otherwise 0.
  uint32_t window_with_backlog = 0;

  /// Returns whether it is busy, but may have another call.
  bool has_room() const noexcept {
    return load_with_room > 0;
  }

  /// Returns the snake as its holder knows it.
  snake leased() const {
    return {id, lease, caf::actor_cast<snake_worker_actor>(worker), os_pid};
  }
};

} // namespace venomous
