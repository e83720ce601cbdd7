#include "actors/manager/cancellation.hpp"

#include <memory>
#include <utility>

namespace venomous {

namespace {

/// Asks several snakes the same, for one answer.
struct survey {
  survey(caf::typed_response_promise<bool> answer, size_t snakes)
    : promise(std::move(answer)), unanswered(snakes) {
    // nop
  }

  survey(const survey&) = delete;

  survey& operator=(const survey&) = delete;

  /// When the manager ends it drops its requests. It cannot make new ones then.
  ~survey() {
    if (promise.pending())
      promise.deliver(false);
  }

  caf::typed_response_promise<bool> promise;
  size_t unanswered;
  bool found = false;
};

bool is_serving(const pool_member* member) {
  return member && member->phase == snake_phase::serving;
}

} // namespace

cancellation::cancellation(roster& snakes, waiting_requests& waiting,
                           const running_maps& maps, snake_commands& commands)
  : snakes_(snakes), waiting_(waiting), maps_(maps), commands_(commands) {
  // nop
}

void cancellation::cancel(call_token token,
                          caf::typed_response_promise<bool> promise) {
  if (token == 0)
    promise.deliver(false);
  else if (waiting_.cancel(token))
    promise.deliver(true);
  else if (auto mapper = maps_.find(token))
    promise.delegate(mapper, cancel_atom_v, token);
  else
    cancel_call(token, std::move(promise));
}

/// Has the snake that has the call take it back.
void cancellation::cancel_call(call_token token,
                               caf::typed_response_promise<bool> promise) {
  auto members = candidates(token);
  if (members.empty())
    return cancel_other(token, std::move(promise));
  auto asked = std::make_shared<survey>(std::move(promise), members.size());
  for (auto member : members)
    commands_.cancel_call(*member, token, [this, token, asked](bool found) {
      asked->found |= found;
      if (--asked->unanswered > 0)
        return;
      if (asked->found)
        asked->promise.deliver(true);
      else
        cancel_other(token, std::move(asked->promise));
    });
}

/// Handles a token that no snake knows. It names a lease, or a call that moved
/// while its snake was asked: a snake that dies hands its calls back.
void cancellation::cancel_other(call_token token,
                                caf::typed_response_promise<bool> promise) {
  if (waiting_.cancel(token))
    promise.deliver(true);
  else if (is_serving(snakes_.find_call(token)))
    // Meanwhile another snake has the call.
    cancel_call(token, std::move(promise));
  else if (auto member = snakes_.find_lease(token); is_serving(member))
    promise.delegate(member->worker, release_snake_atom_v, member->leased());
  else
    promise.deliver(false);
}

/// Returns the snake that has the call or, as long as that is unknown, those
/// that may have it among the runs of their leases.
std::vector<const pool_member*> cancellation::candidates(call_token token) {
  for (auto member : {snakes_.find_call(token), snakes_.find_lease(token)})
    if (member)
      return {member};
  std::vector<const pool_member*> result;
  for (auto& [id, member] : snakes_.members())
    if (member.phase == snake_phase::serving && member.lease != 0)
      result.push_back(&member);
  return result;
}

} // namespace venomous
