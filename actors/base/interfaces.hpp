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

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(venomous::map_part)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(venomous::call_ticket)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(venomous::exit_status)

namespace venomous {

// -- names --------------------------------------------------------------------

using start_snake_atom = caf::atom_constant<caf::atom("start")>;
using end_snake_atom = caf::atom_constant<caf::atom("end")>;
using stop_atom = caf::atom_constant<caf::atom("stop")>;
using ready_atom = caf::atom_constant<caf::atom("ready")>;
using failed_atom = caf::atom_constant<caf::atom("failed")>;
using scarce_atom = caf::atom_constant<caf::atom("scarce")>;
using exited_atom = caf::atom_constant<caf::atom("exited")>;
using results_atom = caf::atom_constant<caf::atom("results")>;
using run_atom = caf::atom_constant<caf::atom("run")>;
using lease_atom = caf::atom_constant<caf::atom("lease")>;
using abandon_atom = caf::atom_constant<caf::atom("abandon")>;
using busy_atom = caf::atom_constant<caf::atom("busy")>;
using idle_atom = caf::atom_constant<caf::atom("idle")>;
using ending_atom = caf::atom_constant<caf::atom("ending")>;
using proved_atom = caf::atom_constant<caf::atom("proved")>;
using died_atom = caf::atom_constant<caf::atom("died")>;
using interrupt_atom = caf::atom_constant<caf::atom("interrupt")>;
using lost_atom = caf::atom_constant<caf::atom("lost")>;
using stuck_atom = caf::atom_constant<caf::atom("stuck")>;
using hand_back_atom = caf::atom_constant<caf::atom("hand_back")>;
using dropped_atom = caf::atom_constant<caf::atom("dropped")>;
using yield_atom = caf::atom_constant<caf::atom("yield")>;
using keeps_atom = caf::atom_constant<caf::atom("keeps")>;
using caller_down_atom = caf::atom_constant<caf::atom("callerdown")>;

// -- handles ------------------------------------------------------------------

/// A snake worker, as the pool knows it.
using snake_worker_inner = snake_worker_actor::extend<
  // Runs a job for whoever sent it to the manager. A chunk is answered by None
  // when no more of it comes.
  caf::replies_to<run_atom, job, python_options, call_ticket>::with<value>,
  // Takes runs of that lease from now on.
  caf::reacts_to<lease_atom, uint64_t>,
  // Ends a lease. A run under way goes on. Tells whether there still was one.
  caf::replies_to<release_snake_atom, snake>::with<bool>,
  // Takes back a run of its lease. Tells whether it was here.
  caf::replies_to<cancel_atom, call_token>::with<bool>,
  // Hands back the calls that are not begun, so that others run them.
  caf::reacts_to<yield_atom>,
  // Drops the calls of a caller that is gone.
  caf::reacts_to<caller_down_atom, caf::actor_addr>,
  // Ends the snake. A call that runs is answered with the error.
  caf::reacts_to<abandon_atom, caf::error, termination_style>,
  // The Python process has ended.
  caf::reacts_to<exited_atom, exit_status>>;

/// Starts and ends snakes, as the manager and the workers tell it.
using snake_supervisor_actor = caf::typed_actor<
  // Starts a snake that bears this number.
  caf::reacts_to<start_snake_atom, snake_id>,
  // Ends its process.
  caf::reacts_to<end_snake_atom, snake_id, termination_style>,
  // Its process takes calls.
  caf::reacts_to<ready_atom, snake_id>,
  // Its process could not get ready, for the reason given.
  caf::reacts_to<failed_atom, snake_id, std::string>,
  // A snake has answered its first call.
  caf::reacts_to<proved_atom>,
  // A snake has died by itself, perhaps before anybody called it.
  caf::reacts_to<died_atom, snake_id, std::string, bool>,
  // An exception is to be raised in the call that a snake runs, if that is the
  // one that its ledger names.
  caf::reacts_to<interrupt_atom, snake_id>,
  // The zygote does not seem to do what it is asked for.
  caf::reacts_to<stuck_atom>,
  // Ends everything, then itself.
  caf::reacts_to<stop_atom>>;

/// Runs one map, then ends.
using snake_mapper_actor = caf::typed_actor<
  caf::replies_to<python_map_atom, map_args, map_options>::with<map_results>,
  // Some items have results.
  caf::reacts_to<results_atom, map_part>,
  // Takes the map back. Tells whether it was still running.
  caf::replies_to<cancel_atom, call_token>::with<bool>>;

/// The snake manager, as the pool knows it.
using snake_manager_inner = snake_manager_actor::extend<
  // Runs a chunk on any snake.
  caf::replies_to<run_atom, job, python_options>::with<value>,
  // A snake takes calls from now on.
  caf::reacts_to<ready_atom, snake_id, snake_worker_actor, int32_t>,
  // A snake could not be started. Another attempt makes sense after the delay.
  caf::reacts_to<failed_atom, snake_id, std::string, caf::timespan>,
  // The same, because the host lacks what another snake needs.
  caf::reacts_to<scarce_atom, snake_id, std::string, caf::timespan>,
  // A snake was lost with its zygote before it was ready.
  caf::reacts_to<lost_atom, snake_id>,
  // A leased snake runs a call of that caller, under that token.
  caf::reacts_to<busy_atom, snake_id, caf::strong_actor_ptr, call_token>,
  // A snake has answered that many calls, and may have that many at a time from
  // now on. Tells whether its lease goes on.
  caf::reacts_to<idle_atom, snake_id, uint32_t, uint32_t, bool>,
  // A snake takes no more calls.
  caf::reacts_to<ending_atom, snake_id>,
  // A snake starts or stops keeping objects for callers.
  caf::reacts_to<keeps_atom, snake_id, bool>,
  // A job that the snake never began.
  caf::replies_to<hand_back_atom, snake_id, job, python_options,
                  call_ticket>::with<value>,
  // A call that the snake never began and that nobody wants any longer.
  caf::reacts_to<dropped_atom, snake_id, place>>;

} // namespace venomous
