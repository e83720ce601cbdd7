#include "actors/manager/waiting_requests.hpp"

#include "actors/base/pool_errors.hpp"

#include <algorithm>

namespace venomous {

namespace {

void refuse_all_of(request_queue& queue, errc code, const std::string& why) {
  while (!queue.empty())
    queue.pop().refuse(code, why);
}

bool cancel_in(request_queue& queue, call_token token) {
  auto position = queue.find(token);
  if (position)
    waiting_requests::refuse(queue, *position, errc::cancelled,
                             call_was_taken_back);
  return position.has_value();
}

} // namespace

// -- properties ---------------------------------------------------------------

bool waiting_requests::empty() const {
  return for_any_snake_.empty()
         && std::ranges::all_of(
           by_home_, [](auto& entry) { return entry.second.empty(); });
}

request_queue& waiting_requests::queue_of(const pending_request& request) {
  return request.home == 0 ? for_any_snake_ : by_home_[request.home];
}

// -- waiting ------------------------------------------------------------------

bool waiting_requests::reserve_memory(pending_request& request) {
  auto call = request.call();
  if (!call)
    return true;
  if (auto why = memory_.refusal(*call); !why.empty()) {
    request.refuse(errc::queue_full, why);
    return false;
  }
  request.memory = memory_.take(*call);
  return true;
}

void waiting_requests::add(pending_request request) {
  auto& queue = queue_of(request);
  if (auto patience = request.ticket.patience)
    request.patience = event_loop::timer{
      loop_, *patience, [&queue, position = request.ticket.position] {
        refuse(queue, position, errc::no_snake,
               "no snake became free within max_wait");
      }};
  queue.push(std::move(request));
}

// -- answers ------------------------------------------------------------------

void waiting_requests::refuse(request_queue& queue, place position, errc code,
                              const std::string& why) {
  queue.take(position).refuse(code, why);
}

void waiting_requests::refuse_home(snake_id id) {
  auto node = by_home_.extract(id);
  while (node && !node.mapped().empty()) {
    auto request = node.mapped().pop();
    request.refuse(errc::snake_gone, request.home_name() + " is gone");
  }
}

void waiting_requests::refuse_all(errc code, const std::string& why) {
  refuse_all_of(for_any_snake_, code, why);
  for (auto& [id, queue] : by_home_)
    refuse_all_of(queue, code, why);
  by_home_.clear();
}

bool waiting_requests::cancel(call_token token) {
  return cancel_in(for_any_snake_, token)
         || std::ranges::any_of(by_home_, [&](auto& entry) {
              return cancel_in(entry.second, token);
            });
}

void waiting_requests::drop(const caf::actor_addr& caller) {
  for_any_snake_.drop(caller);
  for (auto& [id, queue] : by_home_)
    queue.drop(caller);
}

} // namespace venomous
