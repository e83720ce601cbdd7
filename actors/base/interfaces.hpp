#pragma once

#include "actors/base/job.hpp"

#include "python_bridge/host/event_loop.hpp"
#include "python_bridge/os/exit_status.hpp"
#include "python_bridge/wire/frame.hpp"

#include "venomous/messages.hpp"

#include <optional>
#include <variant>

/// @file
/// What the three kinds of actors of a pool say to each other, beyond what
/// callers say to them. None of it leaves the pool thread.

namespace venomous {

/// Place in line. Whoever asks for a snake draws the next one.
using place = uint64_t;

/// What a call keeps when its snake does not begin it.
struct call_ticket {
  place position = 0;
  /// Until when it would wait in line, for ever if not set.
  std::optional<event_loop::clock::time_point> patience;
  /// How often it was given to a snake that died before it took it.
  uint32_t attempts = 0;
};

/// What became of some items of a chunk.
struct map_part {
  /// The first item of the chunk, within the map.
  size_t chunk = 0;
  /// The first of these items, within the chunk.
  size_t first = 0;
  size_t count = 0;
  /// The body of a frame, or the error that all of them have.
  std::variant<frame_body, caf::error> content;
  /// How many results of the body were there before.
  size_t known = 0;
  /// How long they took.
  event_loop::clock::duration time{0};
};

} // namespace venomous

CAF_BEGIN_TYPE_ID_BLOCK(venomous_pool, ::venomous::first_type_id + 100)

// -- names --------------------------------------------------------------------

CAF_ADD_ATOM(venomous_pool, venomous, start_snake_atom, "start")
CAF_ADD_ATOM(venomous_pool, venomous, end_snake_atom, "end")
CAF_ADD_ATOM(venomous_pool, venomous, stop_atom, "stop")
CAF_ADD_ATOM(venomous_pool, venomous, ready_atom, "ready")
CAF_ADD_ATOM(venomous_pool, venomous, failed_atom, "failed")
CAF_ADD_ATOM(venomous_pool, venomous, scarce_atom, "scarce")
CAF_ADD_ATOM(venomous_pool, venomous, exited_atom, "exited")
CAF_ADD_ATOM(venomous_pool, venomous, results_atom, "results")
CAF_ADD_ATOM(venomous_pool, venomous, run_atom, "run")
CAF_ADD_ATOM(venomous_pool, venomous, lease_atom, "lease")
CAF_ADD_ATOM(venomous_pool, venomous, abandon_atom, "abandon")
CAF_ADD_ATOM(venomous_pool, venomous, busy_atom, "busy")
CAF_ADD_ATOM(venomous_pool, venomous, idle_atom, "idle")
CAF_ADD_ATOM(venomous_pool, venomous, ending_atom, "ending")
CAF_ADD_ATOM(venomous_pool, venomous, proved_atom, "proved")
CAF_ADD_ATOM(venomous_pool, venomous, died_atom, "died")
CAF_ADD_ATOM(venomous_pool, venomous, interrupt_atom, "interrupt")
CAF_ADD_ATOM(venomous_pool, venomous, lost_atom, "lost")
CAF_ADD_ATOM(venomous_pool, venomous, stuck_atom, "stuck")
CAF_ADD_ATOM(venomous_pool, venomous, hand_back_atom, "hand_back")
CAF_ADD_ATOM(venomous_pool, venomous, dropped_atom, "dropped")
CAF_ADD_ATOM(venomous_pool, venomous, yield_atom, "yield")
CAF_ADD_ATOM(venomous_pool, venomous, keeps_atom, "keeps")
CAF_ADD_ATOM(venomous_pool, venomous, caller_down_atom, "callerdown")

// -- data ---------------------------------------------------------------------

CAF_ADD_TYPE_ID(venomous_pool, (venomous::call_ticket))
CAF_ADD_TYPE_ID(venomous_pool, (venomous::exit_status))
CAF_ADD_TYPE_ID(venomous_pool, (venomous::job))
CAF_ADD_TYPE_ID(venomous_pool, (venomous::map_part))

CAF_END_TYPE_ID_BLOCK(venomous_pool)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(venomous::call_ticket)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(venomous::exit_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(venomous::job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(venomous::map_part)

namespace venomous {

// -- handles ------------------------------------------------------------------

/// A snake worker, as the pool knows it.
using snake_worker_inner = compat::extended_actor<
  snake_worker_actor,
  // Runs a job for whoever sent it to the manager. A chunk is answered by None
  // when no more of it comes.
  value(run_atom, job, python_options, call_ticket),
  // Takes runs of that lease from now on.
  void(lease_atom, uint64_t),
  // Ends a lease. A run under way goes on. Tells whether there still was one.
  bool(release_snake_atom, snake),
  // Takes back a run of its lease. Tells whether it was here.
  bool(cancel_atom, call_token),
  // Hands back the calls that are not begun, so that others run them.
  void(yield_atom),
  // Drops the calls of a caller that is gone.
  void(caller_down_atom, caf::actor_addr),
  // Ends the snake. A call that runs is answered with the error.
  void(abandon_atom, caf::error, termination_style),
  // The Python process has ended.
  void(exited_atom, exit_status)>;

/// Starts and ends snakes, as the manager and the workers tell it.
using snake_supervisor_actor = compat::typed_actor<
  // Starts a snake that bears this number.
  void(start_snake_atom, snake_id),
  // Ends its process.
  void(end_snake_atom, snake_id, termination_style),
  // Its process takes calls.
  void(ready_atom, snake_id),
  // Its process could not get ready, for the reason given.
  void(failed_atom, snake_id, std::string),
  // A snake has answered its first call.
  void(proved_atom),
  // A snake has died by itself, perhaps before anybody called it.
  void(died_atom, snake_id, std::string, bool),
  // An exception is to be raised in the call that a snake runs, if that is the
  // one that its ledger names.
  void(interrupt_atom, snake_id),
  // The zygote does not seem to do what it is asked for.
  void(stuck_atom),
  // Ends everything, then itself.
  void(stop_atom)>;

/// Runs one map, then ends.
using snake_mapper_actor =
  compat::typed_actor<map_results(python_map_atom, map_args, map_options),
                      // Some items have results.
                      void(results_atom, map_part),
                      // Takes the map back. Tells whether it was still running.
                      bool(cancel_atom, call_token)>;

/// The snake manager, as the pool knows it.
using snake_manager_inner = compat::extended_actor<
  snake_manager_actor,
  // Runs a chunk on any snake.
  value(run_atom, job, python_options),
  // A snake takes calls from now on.
  void(ready_atom, snake_id, snake_worker_actor, int32_t),
  // A snake could not be started. Another attempt makes sense after the delay.
  void(failed_atom, snake_id, std::string, caf::timespan),
  // The same, because the host lacks what another snake needs.
  void(scarce_atom, snake_id, std::string, caf::timespan),
  // A snake was lost with its zygote before it was ready.
  void(lost_atom, snake_id),
  // A leased snake runs a call of that caller, under that token.
  void(busy_atom, snake_id, caf::strong_actor_ptr, call_token),
  // A snake has answered that many calls, and may have that many at a time from
  // now on. Tells whether its lease goes on.
  void(idle_atom, snake_id, uint32_t, uint32_t, bool),
  // A snake takes no more calls.
  void(ending_atom, snake_id),
  // A snake starts or stops keeping objects for callers.
  void(keeps_atom, snake_id, bool),
  // A job that the snake never began.
  value(hand_back_atom, snake_id, job, python_options, call_ticket),
  // A call that the snake never began and that nobody wants any longer.
  void(dropped_atom, snake_id, place)>;

namespace detail {

/// Does for the types of this file what `register_types` does for those that
/// callers send.
bool register_pool_types();

inline const bool pool_types_are_registered = register_pool_types();

} // namespace detail

} // namespace venomous
