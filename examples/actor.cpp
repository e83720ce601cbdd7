// An actor that sends messages to the pool instead of blocking: it leases a
// snake, sends it two run messages, and sends what came back to its creator.

#include <caf/all.hpp>
#include <venomous/venomous.hpp>

#include <iostream>

namespace {

void dealer(caf::event_based_actor* self,
            const venomous::snake_manager_actor& manager,
            const caf::actor& creator) {
  using namespace venomous;
  // One answer comes to each request, so the creator never waits in vain.
  auto failed = [=](const caf::error& err) {
    self->send(creator, err);
  };
  // The pool always answers, and a time limit of CAF's would not end the work.
  python_options waiting{.busy = when_busy::wait};
  self->request(manager, caf::infinite, retrieve_snake_atom_v, waiting)
    .then(
      [=](const snake& leased) {
        auto run = [=](snake_args args, bool keep_snake) {
          return self->request(leased.worker, caf::infinite, snake_run_atom_v,
                               leased, std::move(args),
                               python_options{.keep_snake = keep_snake});
        };
        auto drawn = [=](const value& x) {
          self->send(creator, x);
        };
        run({"random", "seed", 42}, true).then([](const value&) {}, failed);
        // The snake runs one call after the other, in the order of arrival.
        run({"random", "sample", std::vector{1, 2, 3, 4, 5}, 3}, false)
          .then(drawn, failed);
      },
      failed);
}

int run(venomous::pool& pool) {
  caf::scoped_actor self{pool.system()};
  auto status = 1;
  pool.system().spawn(dealer, pool.manager(), caf::actor{self});
  self->receive(
    [&](const venomous::value& cards) {
      std::cout << "drawn: " << to_string(cards) << '\n';
      status = 0;
    },
    [](const caf::error& err) {
      std::cerr << venomous::describe(err) << '\n';
    });
  return status;
}

} // namespace

int main(int argc, char** argv) {
  return venomous::exec_main(argc, argv, run);
}
