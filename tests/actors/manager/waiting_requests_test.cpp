#include "tests/actors/manager/manager_fixture.hpp"
#include "tests/catch.hpp"

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

namespace {

struct waiting_fixture : callers_fixture {
  /// Adds a call that has to run on `home`, or on any snake.
  void add(const passive_caller& from, snake_id home, call_token token = 0) {
    auto request = make_call(from, {.token = token});
    request.home = home;
    request.ticket.position = ++last_position;
    waiting.add(std::move(request));
  }

  event_loop loop;
  memory_quota memory{1};
  waiting_requests waiting{loop, memory};
  place last_position = 0;
};

} // namespace

TEST_CASE("calls wait in the queue of their home", "[waiting_requests]") {
  waiting_fixture f;
  CHECK(f.waiting.empty());
  f.add(f.alice, 3);
  CHECK_FALSE(f.waiting.empty());
  CHECK(f.waiting.for_any_snake().empty());
  f.add(f.alice, 4);
  f.add(f.alice, 0);
  CHECK(f.waiting.for_any_snake().size() == 1);
  CHECK(f.waiting.by_home().at(3).front().ticket.position == 1);
  CHECK(f.waiting.by_home().at(4).front().ticket.position == 2);
}

TEST_CASE("calls are refused when their home is gone", "[waiting_requests]") {
  waiting_fixture f;
  f.add(f.alice, 3);
  f.add(f.bob, 4);
  f.waiting.refuse_home(3);
  f.waiting.refuse_home(5);
  CHECK(f.alice.refusal() == errc::snake_gone);
  CHECK_FALSE(f.bob.refusal());
  CHECK_FALSE(f.waiting.empty());
}

TEST_CASE("a token takes a request back, whatever snake it waits for",
          "[waiting_requests]") {
  waiting_fixture f;
  auto home = GENERATE(snake_id{0}, snake_id{3});
  f.add(f.alice, home, 7);
  f.add(f.bob, home, 8);
  CHECK_FALSE(f.waiting.cancel(9));
  CHECK(f.waiting.cancel(7));
  CHECK_FALSE(f.waiting.cancel(7));
  CHECK(f.alice.refusal() == errc::cancelled);
  CHECK_FALSE(f.bob.refusal());
}

TEST_CASE("nothing waits any longer for a caller that is gone",
          "[waiting_requests]") {
  waiting_fixture f;
  f.add(f.alice, 0);
  f.add(f.alice, 3);
  f.waiting.drop(f.alice.address());
  CHECK(f.waiting.empty());
}

TEST_CASE("all who wait are refused at the end of the pool",
          "[waiting_requests]") {
  waiting_fixture f;
  f.add(f.alice, 0);
  f.add(f.bob, 3);
  f.waiting.refuse_all(errc::shutting_down, "the pool is ending");
  CHECK(f.alice.refusal() == errc::shutting_down);
  CHECK(f.bob.refusal() == errc::shutting_down);
  CHECK(f.waiting.empty());
}

TEST_CASE("a request waits until its patience is over", "[waiting_requests]") {
  waiting_fixture f;
  auto request = make_call(f.alice);
  auto end = event_loop::clock::now();
  request.ticket = {.position = 1, .patience = end};
  f.waiting.add(std::move(request));
  // Due later, so it comes later.
  event_loop::timer stop{f.loop, end + 1ms, [&] {
                           f.loop.stop();
                         }};
  f.loop.run();
  CHECK(f.alice.refusal() == errc::no_snake);
  CHECK(f.waiting.empty());
}

TEST_CASE("a call that finds no memory for its arguments does not wait",
          "[waiting_requests]") {
  waiting_fixture f;
  auto first = make_call(f.alice, {}, {"m", "f", std::string(700'000, 'x')});
  auto second = make_call(f.bob, {}, {"m", "f", std::string(700'000, 'y')});
  CHECK(f.waiting.reserve_memory(first));
  CHECK_FALSE(f.waiting.reserve_memory(second));
  CHECK(f.bob.refusal() == errc::queue_full);
  auto lease = make_lease(f.bob);
  CHECK(f.waiting.reserve_memory(lease));
}
