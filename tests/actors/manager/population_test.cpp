#include "tests/actors/manager/manager_fixture.hpp"
#include "tests/catch.hpp"

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

namespace {

pool_options perpetual(size_t snakes, size_t max_children) {
  auto result = parts_fixture::at_most(max_children);
  result.perpetual_workers = snakes;
  return result;
}

} // namespace

TEST_CASE("perpetual snakes are started, and started again", "[population]") {
  parts_fixture f{perpetual(2, 4)};
  f.people.start_missing();
  REQUIRE(f.commands.started.size() == 2);
  f.people.start_missing();
  CHECK(f.commands.started.size() == 2);
  f.come_up(f.commands.started[0]);
  f.people.end(f.member(f.commands.started[0]));
  f.people.start_missing();
  CHECK(f.commands.started.size() == 3);
}

TEST_CASE("no perpetual snakes are started while a pool is drained",
          "[population]") {
  parts_fixture f{perpetual(2, 4)};
  f.draining.begin(forever, f.alice.bool_promise());
  f.people.start_missing();
  CHECK(f.commands.started.empty());
}

TEST_CASE("a snake is started for each request, up to max-children",
          "[population]") {
  parts_fixture f{parts_fixture::at_most(2)};
  for (int i = 0; i < 3; ++i)
    f.dispatch.submit(make_call(f.alice));
  CHECK(f.commands.started.size() == 2);
  CHECK(f.people.shortage() == 1);
}

TEST_CASE("snakes to come are those that start or can be started",
          "[population]") {
  parts_fixture f{parts_fixture::at_most(3)};
  CHECK(f.people.places_to_come(0) == 3);
  f.people.start_one();
  CHECK(f.people.places_to_come(0) == 3);
  auto serving = f.add_ready();
  CHECK(f.people.places_to_come(0) == 2);
  CHECK(f.people.places_to_come(1) == 3);
  f.people.end(f.member(serving));
  CHECK(f.people.places_to_come(0) == 3);
}

TEST_CASE("a host that lacks something limits the snakes until the next try",
          "[population]") {
  parts_fixture f{parts_fixture::at_most(3)};
  f.add_ready();
  f.people.limit_to_present("no descriptors");
  CHECK(f.people.limit() == 1);
  CHECK(f.people.scarcity() == "no descriptors");
  auto attempts = 0;
  f.people.retry_after(0s, [&] {
    ++attempts;
    f.loop.stop();
  });
  f.loop.run();
  CHECK(attempts == 1);
  CHECK(f.people.limit() == 3);
  CHECK(f.people.scarcity().empty());
}

TEST_CASE("snakes that idle for too long end, the perpetual ones excepted",
          "[population]") {
  parts_fixture f{perpetual(1, 3)};
  f.options.snake_ttl = 0ms;
  auto first = f.add_ready();
  auto second = f.add_ready();
  f.add_ready();
  CHECK(f.people.end_idle() == 2);
  CHECK(f.commands.ended == std::vector{first, second});
}

TEST_CASE("snakes stay that idle, but not for long or with kept objects",
          "[population]") {
  parts_fixture f{parts_fixture::at_most(2)};
  f.options.snake_ttl = 1h;
  auto& fresh = f.member(f.add_ready());
  auto& keeper = f.member(f.add_ready());
  keeper.keeps = true;
  keeper.idle_since -= 2h;
  CHECK(f.people.end_idle() == 0);
  fresh.idle_since -= 2h;
  CHECK(f.people.end_idle() == 1);
  CHECK(f.commands.ended == std::vector{fresh.id});
}

TEST_CASE("a snake that ends takes no more calls", "[population]") {
  parts_fixture f{parts_fixture::at_most(2)};
  auto id = f.add_ready();
  f.people.end(f.member(id));
  CHECK(f.commands.ended == std::vector{id});
  CHECK(f.snakes.ready().empty());
  CHECK(f.member(id).phase == snake_phase::ending);
}
