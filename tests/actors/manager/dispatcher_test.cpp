#include "tests/actors/manager/manager_fixture.hpp"
#include "tests/catch.hpp"

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

namespace {

struct dispatcher_fixture : parts_fixture {
  explicit dispatcher_fixture(size_t max_children = 1)
    : parts_fixture(at_most(max_children)) {
    // nop
  }

  /// Adds a snake that runs a call and may have `window`.
  snake_id add_busy(uint32_t window) {
    auto id = add_ready();
    dispatch.submit(make_call(alice));
    snakes.finish_calls(member(id), 0, window);
    return id;
  }

  void submit_to(snake_id home, python_options how = waits) {
    auto request = make_call(bob, how);
    request.home = home;
    dispatch.submit(std::move(request));
  }

  snake_id last_runner() const {
    return commands.runs.back().snake;
  }

  size_t waiting_for_any() {
    return waiting.for_any_snake().size();
  }
};

} // namespace

// -- ready snakes -------------------------------------------------------------

TEST_CASE("a call gets the ready snake that was used last", "[dispatcher]") {
  dispatcher_fixture f{3};
  f.add_ready();
  auto last = f.add_ready();
  f.dispatch.submit(make_call(f.alice));
  REQUIRE(f.commands.runs.size() == 1);
  CHECK(f.last_runner() == last);
  CHECK(f.member(last).status == snake_status::busy);
}

TEST_CASE("a lease gets a ready snake", "[dispatcher]") {
  dispatcher_fixture f;
  auto id = f.add_ready();
  f.dispatch.submit(make_lease(f.alice));
  CHECK(f.commands.leases == std::vector{id});
  auto answer = f.alice.answer<snake>();
  REQUIRE(answer);
  CHECK(answer->id == id);
  CHECK(f.member(id).holder == f.alice.address());
  CHECK(f.member(id).status == snake_status::retrieved);
}

// -- the queue ----------------------------------------------------------------

TEST_CASE("a call that finds no snake gets the one that is started for it",
          "[dispatcher]") {
  dispatcher_fixture f;
  f.dispatch.submit(make_call(f.alice, {.busy = when_busy::fail}));
  REQUIRE(f.commands.started.size() == 1);
  CHECK(f.commands.runs.empty());
  f.come_up(f.commands.started[0]);
  CHECK(f.commands.runs.size() == 1);
  CHECK(f.waiting.empty());
}

TEST_CASE("a caller that does not wait is refused when all snakes are taken",
          "[dispatcher]") {
  dispatcher_fixture f;
  f.dispatch.submit(make_call(f.alice, {.busy = when_busy::fail}));
  f.dispatch.submit(make_call(f.bob, {.busy = when_busy::fail}));
  CHECK_FALSE(f.alice.refusal());
  CHECK(f.bob.refusal() == errc::no_snake);
  CHECK(f.commands.started.size() == 1);
}

TEST_CASE("a caller that does not wait learns what the host lacks",
          "[dispatcher]") {
  dispatcher_fixture f{2};
  f.add_busy(1);
  f.people.limit_to_present("no descriptors");
  f.dispatch.submit(make_call(f.bob, {.busy = when_busy::fail}));
  CHECK(f.bob.refusal() == errc::start_failed);
}

TEST_CASE("callers that wait are served in the order in which they came",
          "[dispatcher]") {
  dispatcher_fixture f;
  auto id = f.add_busy(1);
  f.dispatch.submit(make_lease(f.alice));
  f.dispatch.submit(make_lease(f.bob));
  f.finish(id);
  CHECK(f.alice.answer<snake>());
  CHECK_FALSE(f.bob.answer<snake>());
  f.dispatch.make_ready(f.member(id));
  CHECK(f.bob.answer<snake>());
}

TEST_CASE("no more callers wait than may", "[dispatcher]") {
  dispatcher_fixture f;
  f.options.max_queue = 1;
  f.add_busy(1);
  f.dispatch.submit(make_call(f.alice));
  f.dispatch.submit(make_call(f.bob));
  CHECK_FALSE(f.alice.refusal());
  CHECK(f.bob.refusal() == errc::queue_full);
}

TEST_CASE("callers that get a snake to come are beyond max-queue",
          "[dispatcher]") {
  dispatcher_fixture f{2};
  f.options.max_queue = 0;
  f.dispatch.submit(make_call(f.alice));
  f.dispatch.submit(make_call(f.alice));
  CHECK_FALSE(f.alice.refusal());
  f.dispatch.submit(make_call(f.bob));
  CHECK(f.bob.refusal() == errc::queue_full);
}

TEST_CASE("a call that was handed back waits where it was before",
          "[dispatcher]") {
  dispatcher_fixture f;
  auto id = f.add_ready();
  f.dispatch.submit(make_call(f.alice));
  auto position = f.commands.runs[0].position;
  f.dispatch.submit(make_call(f.bob));
  f.people.retire(f.member(id));
  auto request = make_call(f.alice);
  request.ticket.position = position;
  f.dispatch.requeue(id, std::move(request));
  CHECK(f.waiting_for_any() == 2);
  CHECK(f.waiting.for_any_snake().front().caller() == f.alice.address());
  CHECK(f.member(id).calls.empty());
}

TEST_CASE("a call that was handed back by a snake that is gone gets a ready "
          "one",
          "[dispatcher]") {
  dispatcher_fixture f{2};
  auto ready = f.add_ready();
  auto gone = f.add_ready();
  f.snakes.remove(gone);
  f.dispatch.requeue(gone, make_call(f.alice));
  REQUIRE(f.commands.runs.size() == 1);
  CHECK(f.last_runner() == ready);
}

TEST_CASE("a snake whose only call is dropped is ready", "[dispatcher]") {
  dispatcher_fixture f;
  auto id = f.add_ready();
  f.dispatch.submit(make_call(f.alice));
  f.dispatch.submit(make_lease(f.bob));
  f.dispatch.drop_call(id, f.commands.runs[0].position);
  CHECK(f.bob.answer<snake>());
}

TEST_CASE("without any snake all are refused when no snake can be started",
          "[dispatcher]") {
  dispatcher_fixture f;
  f.dispatch.submit(make_call(f.alice));
  f.snakes.remove(f.commands.started.at(0));
  f.dispatch.refuse_hopeless("no interpreter");
  CHECK(f.alice.refusal() == errc::start_failed);
}

TEST_CASE("as long as a snake is there only callers that do not wait are "
          "refused",
          "[dispatcher]") {
  dispatcher_fixture f{2};
  f.add_busy(1);
  f.dispatch.submit(make_call(f.bob, {.busy = when_busy::fail}));
  f.dispatch.submit(make_call(f.alice));
  f.snakes.remove(f.commands.started.back());
  f.dispatch.refuse_hopeless("no interpreter");
  CHECK(f.bob.refusal() == errc::start_failed);
  CHECK_FALSE(f.alice.refusal());
  CHECK(f.waiting_for_any() == 1);
}

// -- calls ahead --------------------------------------------------------------

TEST_CASE("a short call is sent ahead to a busy snake", "[dispatcher]") {
  dispatcher_fixture f;
  auto id = f.add_busy(4);
  f.dispatch.submit(make_call(f.bob));
  CHECK(f.commands.runs.size() == 2);
  CHECK(f.last_runner() == id);
  CHECK(f.waiting.empty());
}

TEST_CASE("some requests are not sent ahead", "[dispatcher]") {
  dispatcher_fixture f;
  f.add_busy(4);
  SECTION("a lease") {
    f.dispatch.submit(make_lease(f.bob));
  }
  SECTION("a call with long arguments") {
    f.dispatch.submit(
      make_call(f.bob, waits, {"m", "f", std::string(100'000, 'x')}));
  }
  SECTION("a call that cannot wait any longer") {
    auto impatient = waits;
    impatient.max_wait = 0s;
    f.dispatch.submit(make_call(f.bob, impatient));
  }
  SECTION("a call behind a lease") {
    f.dispatch.submit(make_lease(f.bob));
    f.dispatch.submit(make_call(f.bob));
  }
  CHECK(f.commands.runs.size() == 1);
  CHECK_FALSE(f.waiting.empty());
}

TEST_CASE("a call that can have a new snake is not sent ahead",
          "[dispatcher]") {
  dispatcher_fixture f{2};
  f.add_busy(4);
  f.dispatch.submit(make_call(f.bob));
  CHECK(f.commands.runs.size() == 1);
  CHECK(f.commands.started.size() == 2);
}

TEST_CASE("calls behind a longer one are reclaimed for a ready snake",
          "[dispatcher]") {
  dispatcher_fixture f{2};
  auto slow = f.add_ready();
  auto quick = f.add_ready();
  f.snakes.take_ready(f.member(quick));
  f.dispatch.submit(make_call(f.alice));
  f.snakes.finish_calls(f.member(slow), 0, 4);
  f.dispatch.submit(make_call(f.alice));
  REQUIRE(f.member(slow).calls.size() == 2);
  CHECK(f.commands.reclaims.empty());
  f.dispatch.make_ready(f.member(quick));
  CHECK(f.commands.reclaims == std::vector{slow});
}

// -- homes --------------------------------------------------------------------

TEST_CASE("a call gets its home, whatever other snake was used last",
          "[dispatcher]") {
  dispatcher_fixture f{2};
  auto home = f.add_ready();
  f.add_ready();
  f.submit_to(home);
  CHECK(f.last_runner() == home);
}

TEST_CASE("a call waits for its home though another snake is ready",
          "[dispatcher]") {
  dispatcher_fixture f{2};
  auto home = f.add_busy(1);
  f.add_ready();
  f.submit_to(home);
  CHECK(f.commands.runs.size() == 1);
  f.finish(home);
  CHECK(f.commands.runs.size() == 2);
  CHECK(f.last_runner() == home);
}

TEST_CASE("a call whose home is busy is refused if it does not wait",
          "[dispatcher]") {
  dispatcher_fixture f{2};
  auto home = f.add_busy(1);
  f.submit_to(home, {.busy = when_busy::fail});
  CHECK(f.bob.refusal() == errc::no_snake);
}

TEST_CASE("a call whose home is gone is refused", "[dispatcher]") {
  dispatcher_fixture f;
  auto home = f.add_busy(1);
  SECTION("before it came") {
    f.people.retire(f.member(home));
    f.submit_to(home);
  }
  SECTION("while it waits") {
    f.submit_to(home);
    f.people.retire(f.member(home));
  }
  CHECK(f.bob.refusal() == errc::snake_gone);
}

TEST_CASE("a home serves who came first", "[dispatcher]") {
  dispatcher_fixture f;
  auto home = f.add_busy(1);
  SECTION("and wants any snake") {
    f.dispatch.submit(make_lease(f.alice));
    f.submit_to(home);
    f.finish(home);
    CHECK(f.alice.answer<snake>());
    CHECK(f.commands.runs.size() == 1);
  }
  SECTION("and wants that snake") {
    f.submit_to(home);
    f.dispatch.submit(make_lease(f.alice));
    f.finish(home);
    CHECK_FALSE(f.alice.answer<snake>());
    CHECK(f.commands.runs.size() == 2);
  }
}
