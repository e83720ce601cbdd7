#pragma once

#include "actors/manager/pending_request.hpp"
#include "actors/manager/pool_member.hpp"

#include <functional>

namespace venomous {

/// What the parts of the manager tell other actors to do. The manager sends the
/// messages; tests record them.
class snake_commands {
public:
  virtual void start_snake(snake_id id) = 0;

  /// Has a snake run a call, and answer it.
  virtual void run_call(const pool_member& member, pending_request request) = 0;

  /// Lets a snake take runs of its present lease.
  virtual void open_lease(const pool_member& member) = 0;

  /// Has a snake hand back the calls that it has not begun.
  virtual void reclaim_calls(const pool_member& member) = 0;

  /// Ends a snake. A call that runs is answered with `why`, if that is an
  /// error.
  virtual void end_snake(const pool_member& member, caf::error why,
                         termination_style style) = 0;

  /// Has a snake take back the call or run with that token.
  /// @param on_answer is told whether the snake had it.
  virtual void cancel_call(const pool_member& member, call_token token,
                           std::function<void(bool)> on_answer) = 0;

protected:
  ~snake_commands() = default;
};

} // namespace venomous
