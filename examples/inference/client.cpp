#include "client.hpp"

#include <caf/event_based_actor.hpp>

#include <chrono>

namespace {

void ask(caf::event_based_actor* self, const job& what, size_t i) {
  using namespace venomous;
  using clock = std::chrono::steady_clock;
  if (i == what.pictures.shape()[0])
    return;
  snake_args args{"inference", "predict",
                  request{what.first + i, what.pictures.at(i)}};
  auto start = clock::now();
  self
    ->request(what.manager, caf::infinite, python_atom_v, std::move(args),
              python_options{.busy = when_busy::wait})
    .then(
      [=](const value& result) {
        caf::timespan latency = clock::now() - start;
        self->send(what.creator, latency, result);
        ask(self, what, i + 1);
      },
      [=](const caf::error& why) { self->send(what.creator, why); });
}

} // namespace

void client(caf::event_based_actor* self, const job& what) {
  ask(self, what, 0);
}
