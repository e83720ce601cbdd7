#include "tests/pool_fixture.hpp"

using namespace venomous;
using namespace venomous::test;

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

TEST_CASE("the end of a caller is the end of the call that it waits for",
          "[pool]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  auto caller = f.start_call(here.call());
  auto process = here.arrival();
  caf::anon_send_exit(caller, caf::exit_reason::kill);
  CHECK(eventually([&] { return !is_alive(process); }));
  CHECK(python(f.self, f.manager, {"os", "getpid"}));
}

TEST_CASE("an actor gets the result of its request", "[pool]") {
  pool_fixture f;
  auto result =
    f.ask<value>(f.manager, python_atom_v, snake_args{"math", "sqrt", 2.25},
                 python_options{});
  CHECK(checked(result).as<double>() == 1.5);
}
