#include "actors/manager/waiting_line.hpp"

namespace venomous {

// -- who waits ----------------------------------------------------------------

seeker::batch::~batch() {
  if (snakes.empty() && fault)
    promise.deliver(std::move(fault));
  else
    promise.deliver(std::move(snakes));
}

void refuse(seeker& whom, errc code, const std::string& why) {
  if (auto call = std::get_if<seeker::call_request>(&whom.what))
    call->promise.deliver(caf::error{code, why});
  else if (auto lease = std::get_if<seeker::lease_request>(&whom.what))
    lease->promise.deliver(caf::error{code, why});
  // A batch that gets no snake is an empty one, unless something went wrong.
  else if (code != errc::no_snake)
    std::get<seeker::batch_request>(whom.what).of->fault =
      caf::error{code, why};
}

void refuse_full(seeker& whom, size_t max_queue) {
  refuse(whom, errc::queue_full,
         std::to_string(max_queue)
           + " callers wait already, as max-queue permits");
}

// -- where they wait ----------------------------------------------------------

void waiting_line::put(seeker whom) {
  auto where = whom.ticket.where;
  if (whom.caller)
    by_caller_[caf::actor_cast<caf::actor_addr>(whom.caller)].insert(where);
  if (whom.token != 0)
    by_token_.insert_or_assign(whom.token, where);
  seekers_.emplace_hint(seekers_.end(), where, std::move(whom));
}

seeker waiting_line::take_first() {
  return take(seekers_.begin());
}

seeker waiting_line::take(place where) {
  return take(seekers_.find(where));
}

seeker waiting_line::take(iterator i) {
  auto result = std::move(seekers_.extract(i).mapped());
  result.patience.cancel();
  result.memory = {};
  if (result.caller) {
    auto of = by_caller_.find(caf::actor_cast<caf::actor_addr>(result.caller));
    of->second.erase(result.ticket.where);
    if (of->second.empty())
      by_caller_.erase(of);
  }
  if (auto token = by_token_.find(result.token);
      token != by_token_.end() && token->second == result.ticket.where)
    by_token_.erase(token);
  return result;
}

void waiting_line::drop(const caf::actor_addr& caller) {
  auto of = by_caller_.find(caller);
  if (of == by_caller_.end())
    return;
  // The last one takes the set along.
  auto places = of->second;
  for (auto where : places)
    take(where);
}

std::optional<place> waiting_line::find(call_token token) const {
  auto i = by_token_.find(token);
  if (i == by_token_.end())
    return std::nullopt;
  return i->second;
}

} // namespace venomous
