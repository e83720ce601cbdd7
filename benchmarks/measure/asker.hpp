#pragma once

#include "running_pool.hpp"

#include <caf/event_based_actor.hpp>

namespace measure {

/// Keeps `window` calls of one function on their way until `total` have been
/// answered, then sends `true` to `done`, or the first error.
class asker : public caf::event_based_actor {
public:
  asker(caf::actor_config& cfg, venomous::snake_manager_actor manager,
        venomous::snake_args args, size_t window, size_t total, caf::actor done)
    : caf::event_based_actor(cfg),
      manager_(std::move(manager)),
      args_(std::move(args)),
      window_(window),
      unsent_(total),
      unanswered_(total),
      done_(std::move(done)) {
    // nop
  }

  caf::behavior make_behavior() override {
    while (window_-- > 0 && unsent_ > 0)
      ask();
    return {};
  }

private:
  void ask() {
    --unsent_;
    request(manager_, caf::infinite, venomous::python_atom_v, args_,
            venomous::python_options{.busy = venomous::when_busy::wait})
      .then(
        [this](const venomous::value&) {
          if (unsent_ > 0)
            ask();
          if (--unanswered_ == 0)
            send(done_, true);
        },
        [this](const caf::error& err) {
          send(done_, err);
          quit();
        });
  }

  venomous::snake_manager_actor manager_;
  venomous::snake_args args_;
  size_t window_;
  size_t unsent_;
  size_t unanswered_;
  caf::actor done_;
};

/// Has `askers` actors make `total` calls, `in_flight` at the same time, and
/// waits for the answers.
inline void ask_many(running_pool& p, const venomous::snake_args& args,
                     size_t askers, size_t in_flight, size_t total) {
  for (size_t i = 0; i < askers; ++i)
    p.system.spawn<asker>(p.manager(), args, in_flight / askers, total / askers,
                          caf::actor{p.self});
  for (size_t i = 0; i < askers; ++i)
    p.self->receive([](bool) {},
                    [](const caf::error& err) {
                      throw std::runtime_error(venomous::describe(err));
                    });
}

} // namespace measure
