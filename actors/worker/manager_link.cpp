#include "actors/worker/manager_link.hpp"

#include <utility>

namespace venomous {

void manager_link::busy_with(const snake_call& run) {
  worker_.send(manager_, busy_atom{}, id_, run.promise.source(),
               run.options.token);
}

void manager_link::idle(size_t answered, uint32_t window, bool leased) {
  worker_.send(manager_, idle_atom{}, id_, static_cast<uint32_t>(answered),
               window, leased);
}

void manager_link::keeps(bool any) {
  worker_.send(manager_, keeps_atom{}, id_, any);
}

void manager_link::ending() {
  worker_.send(manager_, ending_atom{}, id_);
}

void manager_link::hand_back(std::deque<snake_call> calls) {
  for (auto& call : calls)
    hand_back(std::move(call));
}

void manager_link::hand_back(snake_call call) {
  hand_back(std::move(call.promise), std::move(call.work), call.options,
            call.ticket);
}

void manager_link::drop(snake_call call, const caf::error& why) {
  worker_.send(manager_, dropped_atom{}, id_, call.ticket.position);
  call.promise.deliver(why);
}

} // namespace venomous
