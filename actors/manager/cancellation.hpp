#pragma once

#include "actors/manager/roster.hpp"
#include "actors/manager/running_maps.hpp"
#include "actors/manager/snake_commands.hpp"
#include "actors/manager/waiting_requests.hpp"

#include <vector>

namespace venomous {

/// Cancels what a token names: a waiting request, a map, a call that a snake
/// has, or a lease.
class cancellation {
public:
  cancellation(roster& snakes, waiting_requests& waiting,
               const running_maps& maps, snake_commands& commands);

  /// Answers whether the token named something that was not over.
  void cancel(call_token token, caf::typed_response_promise<bool> promise);

private:
  void cancel_call(call_token token, caf::typed_response_promise<bool> promise);

  void cancel_other(call_token token,
                    caf::typed_response_promise<bool> promise);

  std::vector<const pool_member*> candidates(call_token token);

  roster& snakes_;
  waiting_requests& waiting_;
  const running_maps& maps_;
  snake_commands& commands_;
};

} // namespace venomous
