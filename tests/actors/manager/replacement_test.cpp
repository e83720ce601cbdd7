#include "tests/actors/manager/manager_fixture.hpp"
#include "tests/catch.hpp"

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

namespace {

/// A pool with as many snakes as there may be, all of them perpetual.
struct full_pool : parts_fixture {
  explicit full_pool(pool_options own) : parts_fixture(std::move(own)) {
    replacements.replenish();
    for (auto id : std::vector{commands.started})
      come_up(id);
    commands.started.clear();
  }

  static pool_options with(size_t snakes, size_t max_calls,
                           std::chrono::milliseconds max_age = 0ms) {
    auto result = at_most(snakes);
    result.perpetual_workers = snakes;
    result.max_calls = max_calls;
    result.max_age = max_age;
    return result;
  }

  /// Has a snake run a call, after which it is old.
  void grow_old(snake_id id) {
    snakes.take_ready(member(id));
    dispatch.add_call(member(id), {0, alice.address(), 0});
    member(id).replace_at = {};
    finish(id);
  }
};

} // namespace

// -- calls --------------------------------------------------------------------

TEST_CASE("a snake that has had its calls waits for its successor",
          "[replacement]") {
  full_pool f{full_pool::with(1, 1)};
  f.dispatch.submit(make_call(f.alice));
  CHECK(f.member(1).spent);
  CHECK(f.commands.started.empty());
  f.finish(1);
  CHECK(f.member(1).status == snake_status::spent);
  REQUIRE(f.commands.started == std::vector<snake_id>{2});
  CHECK(f.commands.ended.empty());
  CHECK(f.replacements.extra_places() == 1);
  f.come_up(2);
  CHECK(f.commands.ended == std::vector<snake_id>{1});
  CHECK(f.replacements.extra_places() == 0);
  CHECK(f.snakes.ready() == std::list<snake_id>{2});
}

TEST_CASE("a spent snake that nobody needs ends at once", "[replacement]") {
  auto options = full_pool::with(1, 1);
  options.perpetual_workers = 0;
  parts_fixture f{options};
  auto id = f.add_ready();
  f.dispatch.submit(make_call(f.alice));
  f.finish(id);
  CHECK(f.commands.ended == std::vector{id});
}

TEST_CASE("only one spent snake waits at a time", "[replacement]") {
  full_pool f{full_pool::with(2, 1)};
  f.dispatch.submit(make_call(f.alice));
  f.dispatch.submit(make_call(f.alice));
  f.finish(2);
  CHECK(f.commands.ended.empty());
  f.finish(1);
  CHECK(f.commands.ended == std::vector<snake_id>{1});
}

TEST_CASE("a spent snake takes calls after all if no successor starts",
          "[replacement]") {
  full_pool f{full_pool::with(1, 1)};
  f.dispatch.submit(make_call(f.alice));
  f.finish(1);
  REQUIRE(f.commands.started.size() == 1);
  f.snakes.remove(2);
  CHECK(f.replacements.on_start_failed(3, 1h) == nullptr);
  auto kept = f.replacements.on_start_failed(2, 1h);
  REQUIRE(kept == &f.member(1));
  CHECK_FALSE(kept->spent);
  f.dispatch.make_ready(*kept);
  CHECK(f.snakes.ready() == std::list<snake_id>{1});
}

TEST_CASE("a snake whose last call is dropped may have another",
          "[replacement]") {
  full_pool f{full_pool::with(1, 1)};
  f.dispatch.submit(make_call(f.alice));
  REQUIRE(f.member(1).spent);
  f.dispatch.drop_call(1, f.commands.runs.at(0).position);
  CHECK(f.snakes.ready() == std::list<snake_id>{1});
}

// -- age and size -------------------------------------------------------------

TEST_CASE("an old snake serves until its successor is ready", "[replacement]") {
  full_pool f{full_pool::with(1, 0, 100h)};
  f.grow_old(1);
  REQUIRE(f.commands.started == std::vector<snake_id>{2});
  CHECK(f.snakes.ready() == std::list<snake_id>{1});
  f.come_up(2);
  CHECK(f.commands.ended == std::vector<snake_id>{1});
  CHECK(f.snakes.ready() == std::list<snake_id>{2});
}

TEST_CASE("an old snake that is busy ends with its call", "[replacement]") {
  full_pool f{full_pool::with(1, 0, 100h)};
  f.grow_old(1);
  f.dispatch.submit(make_call(f.alice));
  f.come_up(2);
  CHECK(f.commands.ended.empty());
  CHECK(f.member(1).spent);
  f.finish(1);
  CHECK(f.commands.ended == std::vector<snake_id>{1});
}

TEST_CASE("old snakes are replaced one at a time, idle ones first",
          "[replacement]") {
  full_pool f{full_pool::with(2, 0, 100h)};
  f.grow_old(1);
  f.grow_old(2);
  CHECK(f.commands.started == std::vector<snake_id>{3});
  f.snakes.take_ready(f.member(1));
  f.dispatch.add_call(f.member(1), {0, f.alice.address(), 0});
  f.come_up(3);
  CHECK(f.commands.ended == std::vector<snake_id>{2});
  CHECK_FALSE(f.member(1).spent);
}

TEST_CASE("an old snake that is leased is not replaced", "[replacement]") {
  full_pool f{full_pool::with(1, 0, 100h)};
  f.dispatch.submit(make_lease(f.alice));
  f.member(1).replace_at = {};
  f.replacements.inspect_after_call(f.member(1));
  CHECK(f.commands.started.empty());
}

TEST_CASE("a successor whose old snake is gone takes its place",
          "[replacement]") {
  full_pool f{full_pool::with(1, 0, 100h)};
  f.grow_old(1);
  f.snakes.remove(1);
  f.come_up(2);
  CHECK(f.commands.ended.empty());
  CHECK(f.snakes.ready() == std::list<snake_id>{2});
}

TEST_CASE("a successor that nobody needs any longer ends", "[replacement]") {
  full_pool f{full_pool::with(1, 0, 100h)};
  f.grow_old(1);
  f.dispatch.submit(make_lease(f.alice));
  f.come_up(2);
  CHECK(f.commands.ended == std::vector<snake_id>{2});
}

TEST_CASE("an old snake beyond the perpetual ones ends without a successor",
          "[replacement]") {
  auto options = full_pool::with(2, 0, 100h);
  options.perpetual_workers = 1;
  parts_fixture f{options};
  f.add_ready();
  auto old = f.add_ready();
  f.member(old).replace_at = {};
  f.replacements.inspect_after_call(f.member(old));
  CHECK(f.commands.ended == std::vector{old});
  CHECK(f.commands.started.size() == 2);
}

TEST_CASE("no snake is replaced while a pool is drained", "[replacement]") {
  full_pool f{full_pool::with(1, 0, 100h)};
  f.draining.begin(forever, f.bob.bool_promise());
  f.grow_old(1);
  CHECK(f.commands.started.empty());
  CHECK(f.commands.ended.empty());
}
