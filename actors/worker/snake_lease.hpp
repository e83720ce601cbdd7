#pragma once

#include "actors/base/pool_actor.hpp"
#include "actors/worker/snake_call.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>

namespace venomous {

/// The lease of a snake, and the runs that wait for an earlier one of the same
/// lease, in the order in which they came.
class snake_lease {
public:
  /// @param worker the actor that monitors the callers.
  snake_lease(pool_actor& worker, pool_context& pool, snake_id id)
    : worker_(worker), pool_(pool), id_(id) {
    // nop
  }

  // -- properties -------------------------------------------------------------

  /// Returns whether the snake is under the lease of that number.
  bool is(uint64_t lease) const noexcept {
    return lease != 0 && lease == lease_;
  }

  /// Returns whether the lease is over once that run of it is.
  bool ends_with(const snake_call& run) const noexcept {
    return run.lease != lease_ || !run.options.keep_snake;
  }

  /// Returns the answer to a run of a lease that is over.
  caf::error gone() const;

  // -- modifiers --------------------------------------------------------------

  void begin(uint64_t lease) noexcept {
    lease_ = lease;
  }

  /// Ends the lease, if there is one. Runs that wait end by `why`.
  void end(const caf::error& why);

  void end() {
    end(gone());
  }

  /// Makes a run wait, or refuses it if too much waits already.
  void enqueue(snake_call run);

  /// Takes the run that has waited longest, if there is one.
  std::optional<snake_call> dequeue();

  /// Takes a run back that waits.
  /// @returns whether there was one under that token.
  bool cancel(call_token token);

  /// Drops the runs of a caller that is gone.
  void on_caller_down(const caf::actor_addr& caller);

  /// Stops monitoring callers.
  void shut_down();

private:
  using queue = std::map<uint64_t, snake_call>;

  void refuse(queue::iterator position, caf::error why);

  pool_actor& worker_;
  pool_context& pool_;
  snake_id id_;
  /// 0 if there is none.
  uint64_t lease_ = 0;
  queue queue_;
  uint64_t last_position_ = 0;
  /// All callers that ever had a run in the queue. They are monitored.
  std::set<caf::actor_addr> callers_;
};

} // namespace venomous
