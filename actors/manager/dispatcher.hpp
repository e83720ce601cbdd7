#pragma once

#include "actors/manager/population.hpp"
#include "actors/manager/replacement.hpp"
#include "actors/manager/roster.hpp"
#include "actors/manager/snake_commands.hpp"
#include "actors/manager/waiting_requests.hpp"

#include "venomous/options.hpp"

#include <string>

namespace venomous {

/// Decides which snake serves which request. A request gets a ready snake at
/// once or waits for the next one. A short call may also be sent ahead to a
/// busy snake. A call whose arguments refer to a kept object gets the snake
/// that keeps it: its home.
class dispatcher {
public:
  dispatcher(const pool_options& options, roster& snakes,
             waiting_requests& waiting, population& population,
             replacement& replacement, snake_commands& commands);

  // -- requests ---------------------------------------------------------------

  /// Serves a request, has it wait, or refuses it.
  void submit(pending_request request);

  /// Has a call wait again that its snake did not begin.
  void requeue(snake_id id, pending_request request);

  /// Removes a call that its snake did not begin.
  void drop_call(snake_id id, place position);

  /// Refuses those requests that have nothing to wait for any more, now that a
  /// snake could not be started.
  void refuse_hopeless(const std::string& why);

  /// Serves as many of the waiting requests as possible.
  void serve();

  // -- snakes -----------------------------------------------------------------

  /// Makes a snake available, under no lease. A spent one is replaced.
  void make_ready(pool_member& member);

  void add_call(pool_member& member, assigned_call call);

  /// Notes that a snake has answered calls, see `roster::finish_calls`.
  /// @param leased whether its lease goes on.
  void finish_calls(pool_member& member, uint32_t n, uint32_t window,
                    bool leased);

private:
  // -- any snake --------------------------------------------------------------

  bool admit(pending_request& request);

  size_t places_to_come() const;

  bool serve_any();

  pool_member* find_room(const pending_request& request);

  void share_out();

  // -- homes ------------------------------------------------------------------

  void submit_to_home(pending_request request);

  bool serve_home();

  // -- giving -----------------------------------------------------------------

  void give_ready(pending_request request);

  void run_on(pool_member& member, pending_request request);

  // -- member variables -------------------------------------------------------

  const pool_options& options_;
  roster& snakes_;
  waiting_requests& waiting_;
  population& population_;
  replacement& replacement_;
  snake_commands& commands_;
  place last_position_ = 0;
};

} // namespace venomous
