#include "actors/manager/request_queue.hpp"

namespace venomous {

std::optional<place> request_queue::find(call_token token) const {
  auto i = by_token_.find(token);
  if (i == by_token_.end())
    return std::nullopt;
  return i->second;
}

void request_queue::push(pending_request request) {
  auto position = request.ticket.position;
  if (auto caller = request.caller())
    by_caller_[caller].insert(position);
  if (auto token = request.options.token; token != 0)
    by_token_.insert_or_assign(token, position);
  requests_.emplace_hint(requests_.end(), position, std::move(request));
}

pending_request request_queue::pop() {
  return take(requests_.begin());
}

pending_request request_queue::take(place position) {
  return take(requests_.find(position));
}

pending_request request_queue::take(iterator i) {
  auto result = std::move(requests_.extract(i).mapped());
  result.patience.cancel();
  result.memory = {};
  auto position = result.ticket.position;
  if (auto caller = result.caller()) {
    auto positions = by_caller_.find(caller);
    positions->second.erase(position);
    if (positions->second.empty())
      by_caller_.erase(positions);
  }
  auto token = by_token_.find(result.options.token);
  if (token != by_token_.end() && token->second == position)
    by_token_.erase(token);
  return result;
}

void request_queue::drop(const caf::actor_addr& caller) {
  auto i = by_caller_.find(caller);
  if (i == by_caller_.end())
    return;
  // The last `take` erases the set.
  auto positions = i->second;
  for (auto position : positions)
    take(position);
}

} // namespace venomous
