#pragma once

#include "actors/manager/request_queue.hpp"

#include <map>
#include <string>

namespace venomous {

/// All requests that wait: in one queue for any snake or, because of an object
/// that a snake keeps, in one for that snake.
class waiting_requests {
public:
  /// @param memory counts the arguments of calls while they wait.
  waiting_requests(event_loop& loop, memory_quota& memory)
    : loop_(loop), memory_(memory) {
    // nop
  }

  // -- properties -------------------------------------------------------------

  bool empty() const;

  request_queue& for_any_snake() noexcept {
    return for_any_snake_;
  }

  const request_queue& for_any_snake() const noexcept {
    return for_any_snake_;
  }

  std::map<snake_id, request_queue>& by_home() noexcept {
    return by_home_;
  }

  request_queue& queue_of(const pending_request& request);

  // -- waiting ----------------------------------------------------------------

  /// Counts the arguments of a call, unless that is beyond the quota: then
  /// refuses the call.
  /// @returns whether the request may wait.
  bool reserve_memory(pending_request& request);

  /// Adds a request to its queue. Refuses it once its patience is over.
  void add(pending_request request);

  // -- answers ----------------------------------------------------------------

  /// Refuses the request at `position` of `queue`.
  static void refuse(request_queue& queue, place position, errc code,
                     const std::string& why);

  /// Refuses all that wait for a snake that is gone, or about to go.
  void refuse_home(snake_id id);

  void refuse_all(errc code, const std::string& why);

  /// Answers the request with that token.
  /// @returns whether there is one.
  bool cancel(call_token token);

  /// Removes all requests of a caller that is gone.
  void drop(const caf::actor_addr& caller);

private:
  event_loop& loop_;
  memory_quota& memory_;
  request_queue for_any_snake_;
  std::map<snake_id, request_queue> by_home_;
};

} // namespace venomous
