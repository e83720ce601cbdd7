#include "tests/pool_fixture.hpp"

#include <caf/actor_registry.hpp>

#include <thread>

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

TEST_CASE("a function of Python is called and its result comes back",
          "[pool]") {
  pool_fixture f;
  CHECK(checked(python<double>(f.self, f.manager, {"math", "sqrt", 2.25}))
        == 1.5);
}

TEST_CASE("a pool that is never asked for anything leaves nothing behind",
          "[pool]") {
  pool_fixture f;
}

TEST_CASE(
  "the end of a caller is at once the end of the call that it waits for",
  "[pool]") {
  auto options = small_pool(1);
  options.grace = 1h;
  pool_fixture f{options};
  rendezvous here;
  auto caller =
    f.start_call({"snakes", "ignore_sigterm_and_meet", here.path()});
  auto process = here.arrival();
  caf::anon_send_exit(caller, caf::exit_reason::kill);
  CHECK(goes_away(process));
  CHECK(python(f.self, f.manager, {"os", "getpid"}));
}

TEST_CASE("braces without content are the default options", "[pool]") {
  config cfg;
  caf::actor_system system{cfg};
  pool snakes{system, {}};
  caf::scoped_actor self{system};
  CHECK(python(self, snakes.manager(), {"os", "getpid"}));
}

TEST_CASE("an actor gets the result of its request", "[pool]") {
  pool_fixture f;
  auto result =
    f.ask<value>(f.manager, python_atom_v, snake_args{"math", "sqrt", 2.25},
                 python_options{});
  CHECK(checked(result).as<double>() == 1.5);
}

TEST_CASE("manager and workers tell what they understand", "[pool]") {
  pool_fixture f;
  auto told = [](const auto& handle) {
    return caf::actor_cast<caf::abstract_actor*>(handle)->message_types();
  };
  auto leased = checked(retrieve_snake(f.self, f.manager));
  CHECK(told(f.manager) == f.system.message_types<snake_manager_actor>());
  CHECK(told(leased.worker) == f.system.message_types<snake_worker_actor>());
}

TEST_CASE("a pool may be stopped by several threads at once",
          "[pool][concurrency]") {
  pool_fixture f;
  REQUIRE(python(f.self, f.manager, {"os", "getpid"}));
  std::vector<std::jthread> stoppers;
  for (int i = 0; i < 4; ++i)
    stoppers.emplace_back([&] { f.pool.stop(); });
}

TEST_CASE("who awaits all actors of a system does not wait for a pool",
          "[pool]") {
  pool_fixture f;
  auto others = f.system.registry().running();
  CHECK(others <= 1);
  CHECK(python(f.self, f.manager, {"os", "getpid"}));
  CHECK(f.system.registry().running() == others);
}

namespace {

/// Knows how many actors watch it.
class watched : public caf::event_based_actor {
public:
  using caf::event_based_actor::event_based_actor;

  size_t watchers() const {
    std::unique_lock guard{mtx_};
    size_t result = 0;
    for (auto i = attachables_head_.get(); i != nullptr; i = i->next.get())
      ++result;
    return result;
  }

  caf::behavior make_behavior() override {
    return {[this](const caller_job& job) {
      job.run(this);
    }};
  }
};

} // namespace

TEST_CASE("a pool that has ended watches its callers no more", "[pool]") {
  pool_fixture f{small_pool(2)};
  rendezvous here;
  auto handle = f.system.spawn<watched>();
  auto& caller =
    static_cast<watched&>(*caf::actor_cast<caf::abstract_actor*>(handle));
  auto before = caller.watchers();
  auto ask = [&](caf::event_based_actor* self) {
    self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
    self->send(f.manager, python_atom_v, here.call(), python_options{});
    self
      ->request(f.manager, caf::infinite, retrieve_snake_atom_v,
                python_options{})
      .then([self, &here](snake& x) {
        // The second run waits at the worker.
        for (int i = 0; i < 2; ++i)
          self->send(x.worker, snake_run_atom_v, x, here.call(),
                     python_options{});
      });
  };
  caf::anon_send(handle, caller_job{ask});
  here.arrival();
  here.arrival();
  CHECK(caller.watchers() > before);
  f.stop();
  CHECK(eventually([&] { return caller.watchers() == before; }));
  caf::anon_send_exit(handle, caf::exit_reason::kill);
}
