#include "tests/actors/manager/manager_fixture.hpp"
#include "tests/catch.hpp"

#include "actors/manager/cancellation.hpp"

using namespace venomous;
using namespace venomous::test;

namespace {

struct cancellation_fixture : parts_fixture {
  cancellation_fixture() : parts_fixture(at_most(4)) {
    // nop
  }

  void cancel(call_token token) {
    cancel_by.cancel(token, bob.bool_promise());
  }

  /// Leases a ready snake to Alice.
  snake_id add_leased(call_token token) {
    auto id = add_ready();
    snakes.take_ready(member(id));
    snakes.lease(member(id), alice.address(), token);
    return id;
  }

  running_maps maps{0};
  cancellation cancel_by{snakes, waiting, maps, commands};
};

} // namespace

TEST_CASE("no token names nothing", "[cancellation]") {
  cancellation_fixture f;
  f.dispatch.submit(make_call(f.alice));
  f.cancel(0);
  CHECK(f.bob.answer<bool>() == false);
  f.cancel(7);
  CHECK(f.bob.answer<bool>() == false);
  CHECK_FALSE(f.waiting.empty());
}

TEST_CASE("a waiting call is taken back at once", "[cancellation]") {
  cancellation_fixture f;
  f.dispatch.submit(make_call(f.alice, {.token = 7}));
  f.cancel(7);
  CHECK(f.bob.answer<bool>() == true);
  CHECK(f.alice.refusal() == errc::cancelled);
  CHECK(f.commands.questions.empty());
}

TEST_CASE("the snake that has a call is asked for it", "[cancellation]") {
  cancellation_fixture f;
  auto id = f.add_ready();
  f.add_leased(0);
  f.dispatch.submit(make_call(f.alice, {.token = 7}));
  f.cancel(7);
  REQUIRE(f.commands.questions.size() == 1);
  CHECK(f.commands.questions[0].snake == id);
  CHECK_FALSE(f.bob.answer<bool>());
  f.commands.answer(0, true);
  CHECK(f.bob.answer<bool>() == true);
}

TEST_CASE("all leased snakes are asked for a run that is not known yet",
          "[cancellation]") {
  cancellation_fixture f;
  f.add_ready();
  f.add_leased(0);
  f.add_leased(1);
  f.cancel(7);
  REQUIRE(f.commands.questions.size() == 2);
  auto one_has_it = GENERATE(true, false);
  f.commands.answer(0, one_has_it);
  CHECK_FALSE(f.bob.answer<bool>());
  f.commands.answer(1, false);
  CHECK(f.bob.answer<bool>() == one_has_it);
}

TEST_CASE("a call that was handed back meanwhile is taken back where it waits",
          "[cancellation]") {
  cancellation_fixture f;
  auto id = f.add_ready();
  f.dispatch.submit(make_call(f.alice, {.token = 7}));
  f.cancel(7);
  f.people.retire(f.member(id));
  auto request = make_call(f.alice, {.token = 7});
  request.ticket.position = f.commands.runs.at(0).position;
  f.dispatch.requeue(id, std::move(request));
  f.commands.answer(0, false);
  CHECK(f.bob.answer<bool>() == true);
  CHECK(f.alice.refusal() == errc::cancelled);
}

TEST_CASE("a call that moved meanwhile is asked for at its new snake",
          "[cancellation]") {
  cancellation_fixture f;
  auto before = f.add_ready();
  f.dispatch.submit(make_call(f.alice, {.token = 7}));
  f.cancel(7);
  f.people.retire(f.member(before));
  auto now = f.add_ready();
  auto request = make_call(f.alice, {.token = 7});
  request.ticket.position = f.commands.runs.at(0).position;
  f.dispatch.requeue(before, std::move(request));
  REQUIRE(f.commands.runs.size() == 2);
  f.commands.answer(0, false);
  REQUIRE(f.commands.questions.size() == 2);
  CHECK(f.commands.questions[1].snake == f.commands.runs[1].snake);
  CHECK(f.commands.runs[1].snake == now);
}

TEST_CASE("a survey that is cut off is answered all the same",
          "[cancellation]") {
  cancellation_fixture f;
  f.add_leased(1);
  f.cancel(7);
  f.commands.questions.clear();
  CHECK(f.bob.answer<bool>() == false);
}
