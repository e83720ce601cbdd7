#include "actors/manager/drain.hpp"

#include "actors/base/pool_actor.hpp"

#include <utility>

namespace venomous {

namespace {

// Work ends in a dozen ways. A look now and then costs less than a call in each
// of them.
constexpr auto check_interval = std::chrono::milliseconds(10);

} // namespace

drain::drain(event_loop& loop, std::function<bool()> is_done,
             std::function<void()> end)
  : loop_(loop), is_done_(std::move(is_done)), end_(std::move(end)) {
  // nop
}

void drain::begin(caf::timespan patience,
                  caf::typed_response_promise<bool> promise) {
  auto deadline = end_of(patience);
  if (deadline && (!deadline_ || *deadline < *deadline_))
    deadline_ = deadline;
  promises_.push_back(std::move(promise));
  next_check_ = event_loop::timer{loop_, event_loop::clock::now(), [this] {
                                    check();
                                  }};
}

void drain::conclude() {
  next_check_.cancel();
  auto done = is_done_();
  for (auto& promise : std::exchange(promises_, {}))
    promise.deliver(done);
}

void drain::check() {
  auto now = event_loop::clock::now();
  if (is_done_() || (deadline_ && now >= *deadline_))
    return end_();
  next_check_ = event_loop::timer{loop_, now + check_interval, [this] {
                                    check();
                                  }};
}

} // namespace venomous
