#pragma once

#include "actors/manager/drain.hpp"
#include "actors/manager/roster.hpp"
#include "actors/manager/snake_commands.hpp"
#include "actors/manager/waiting_requests.hpp"

#include "venomous/options.hpp"

#include <functional>
#include <string>

namespace venomous {

/// Decides how many snakes there are: starts those that are missing, up to
/// `max-children` or what the host can bear, and ends those that idle for too
/// long.
class population {
public:
  population(event_loop& loop, const pool_options& options, roster& snakes,
             waiting_requests& waiting, const drain& drain,
             snake_commands& commands);

  // -- properties -------------------------------------------------------------

  /// Returns how many snakes there may be now.
  size_t limit() const noexcept {
    return limit_;
  }

  /// Returns what the host lacks for more snakes, if the limit is below
  /// `max-children`.
  const std::string& scarcity() const noexcept {
    return scarcity_;
  }

  /// Counts the snakes to start: one for each request in the queue for any
  /// snake, and the perpetual ones.
  size_t shortage() const;

  /// Counts the snakes that are sure to come: those that start, and those that
  /// can be started, now or when one that is ending makes room.
  /// @param extra how many snakes there may be beyond the limit.
  size_t places_to_come(size_t extra) const;

  // -- starting ---------------------------------------------------------------

  /// Starts the missing snakes, as far as there may be more.
  void start_missing();

  /// Starts a snake whether there may be more or not.
  snake_id start_one();

  /// Permits no more snakes than there are, until the next attempt.
  /// @param why what the host lacks.
  void limit_to_present(const std::string& why);

  /// Permits as many snakes as ever after a while, and calls `attempt` then.
  void retry_after(caf::timespan delay, std::function<void()> attempt);

  void cancel_retry() {
    retry_.cancel();
  }

  // -- ending -----------------------------------------------------------------

  /// Notes that a snake is ending. Calls that need it are refused.
  void retire(pool_member& member);

  /// Ends a serving snake. A call that it runs is answered with `why`.
  void end(pool_member& member, caf::error why, termination_style style);

  /// Ends a serving snake that runs nothing, in the style of the pool.
  void end(pool_member& member) {
    end(member, {}, options_.style);
  }

  /// Ends the snakes that idle for longer than their time to live.
  /// @returns how many.
  size_t end_idle();

private:
  const pool_options& options_;
  event_loop& loop_;
  roster& snakes_;
  waiting_requests& waiting_;
  const drain& drain_;
  snake_commands& commands_;
  /// `max_children`, or fewer if the host lacks what more of them need.
  size_t limit_;
  std::string scarcity_;
  event_loop::timer retry_;
};

} // namespace venomous
