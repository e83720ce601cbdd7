#include "actors/worker/snake_lease.hpp"

#include "actors/base/pool_errors.hpp"

#include <algorithm>
#include <utility>

namespace venomous {

caf::error snake_lease::gone() const {
  return caf::make_error(errc::snake_gone, "snake " + std::to_string(id_)
                                             + " is not leased by that lease");
}

void snake_lease::end(const caf::error& why) {
  lease_ = 0;
  while (!queue_.empty())
    refuse(queue_.begin(), why);
}

void snake_lease::enqueue(snake_call run) {
  auto limit = pool_.options.max_queue;
  if (queue_.size() >= limit)
    return run.promise.deliver(caf::make_error(
      errc::queue_full, std::to_string(limit) + " calls wait already"));
  if (auto why = pool_.waiting.refusal(run.work); !why.empty())
    return run.promise.deliver(
      caf::make_error(errc::queue_full, std::move(why)));
  run.memory = pool_.waiting.take(run.work);
  auto caller = caf::actor_cast<caf::actor_addr>(run.promise.source());
  if (caller && callers_.insert(caller).second)
    worker_.monitor(caller);
  auto position = queue_.emplace(++last_position_, std::move(run)).first;
  auto& waiting = position->second;
  if (auto end = end_of(waiting.options.max_wait))
    waiting.patience = event_loop::timer{
      pool_.loop, *end, [this, position] {
        refuse(position, caf::make_error(errc::no_snake,
                                         "the run before it took longer than "
                                         "max_wait"));
      }};
}

std::optional<snake_call> snake_lease::dequeue() {
  if (queue_.empty())
    return std::nullopt;
  auto result = std::move(queue_.extract(queue_.begin()).mapped());
  result.patience.cancel();
  result.memory = {};
  return result;
}

bool snake_lease::cancel(call_token token) {
  auto position = std::ranges::find_if(
    queue_, [&](auto& entry) { return entry.second.options.token == token; });
  if (position == queue_.end())
    return false;
  refuse(position, cancelled_error());
  return true;
}

void snake_lease::on_caller_down(const caf::actor_addr& caller) {
  callers_.erase(caller);
  std::erase_if(queue_, [&](auto& entry) {
    return entry.second.promise.source() == caller;
  });
}

void snake_lease::shut_down() {
  for (auto& caller : std::exchange(callers_, {}))
    worker_.demonitor(caller);
}

void snake_lease::refuse(queue::iterator position, caf::error why) {
  auto run = std::move(queue_.extract(position).mapped());
  run.promise.deliver(std::move(why));
}

} // namespace venomous
