#include "tests/facades.hpp"

/// @file
/// Calls that are taken back.

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

BOTH_WAYS("a call that waits can be taken back", "[api][concurrency]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  rendezvous here;
  caller other{f};
  auto running = occupy(other, f, here);
  std::vector<call_token> tokens;
  std::vector<std::future<caf::expected<value>>> waiting;
  for (int i = 0; i < 3; ++i) {
    tokens.push_back(new_call_token());
    auto options = with_token(tokens.back());
    options.busy = when_busy::wait;
    waiting.push_back(
      other.start<value>(f.manager, python_atom_v, tell_pid(), options));
  }
  CHECK(checked(api.cancel(tokens[1])));
  CHECK(code_in(waiting[1].get()) == errc::cancelled);
  CHECK_FALSE(checked(api.cancel(tokens[1])));
  CHECK(is_pending(waiting[0]));
  here.release();
  CHECK(running.get());
  CHECK(waiting[0].get());
  CHECK(waiting[2].get());
}

BOTH_WAYS("a call that runs can be taken back, and no other one ends with it",
          "[api][concurrency]") {
  pool_fixture f{small_pool(2)};
  TestType api{f};
  rendezvous here;
  caller other{f};
  auto token = new_call_token();
  auto spared = occupy(other, f, here, with_token(new_call_token()));
  auto call = other.start<value>(
    f.manager, python_atom_v,
    snake_args{"snakes", "ignore_sigterm_and_meet", here.path()},
    with_token(token));
  auto process = here.arrival();
  CHECK(checked(api.cancel(token)));
  CHECK(code_in(call.get()) == errc::cancelled);
  CHECK_FALSE(checked(api.cancel(token)));
  CHECK(is_alive(process));
  here.close();
  CHECK(spared.get());
  CHECK(api.python_wait(tell_pid()));
}

BOTH_WAYS("a run is taken back before the lease that has its token",
          "[api][concurrency]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  rendezvous here;
  caller other{f};
  auto token = new_call_token();
  auto options = with_token(token);
  options.keep_snake = true;
  auto leased = checked(
    other.ask<snake>(f.manager, retrieve_snake_atom_v, with_token(token)));
  CHECK(other.ask<value>(leased.worker, snake_run_atom_v, leased, tell_pid(),
                         options));
  auto run = other.start<value>(leased.worker, snake_run_atom_v, leased,
                                here.call(), options);
  here.arrival();
  CHECK(checked(api.cancel(token)));
  CHECK(code_in(run.get()) == errc::cancelled);
  here.close();
  // The lease goes on. Without a run it is that which goes back.
  CHECK(checked(api.template snake_run<int32_t>(leased, tell_pid(), options))
        == leased.os_pid);
  CHECK(checked(api.cancel(token)));
  CHECK(code_in(api.snake_run(leased, tell_pid())) == errc::snake_gone);
  CHECK(f.all_ready(1));
}

BOTH_WAYS("a run on a leased snake can be taken back", "[api][concurrency]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  rendezvous here;
  auto options = keep_snake();
  options.token = new_call_token();
  auto leased = checked(api.retrieve_snake());
  auto run = api.start_snake_run(leased, here.call(), options);
  here.arrival();
  REQUIRE(eventually([&] { return f.count(snake_status::busy) == 1; }));
  CHECK(checked(api.cancel(options.token)));
  CHECK(code_in(run.get()) == errc::cancelled);
  CHECK(checked(api.template snake_run<int32_t>(leased, tell_pid()))
        == leased.os_pid);
}

BOTH_WAYS("a run that waits for another one of its lease can be taken back",
          "[api][concurrency]") {
  pool_fixture f;
  TestType api{f};
  rendezvous here;
  caller other{f};
  auto leased = checked(api.retrieve_snake());
  auto running = other.start<value>(leased.worker, snake_run_atom_v, leased,
                                    here.call(), keep_snake());
  here.arrival();
  auto options = keep_snake();
  options.token = new_call_token();
  auto waiting = other.start<value>(leased.worker, snake_run_atom_v, leased,
                                    tell_pid(), options);
  CHECK(checked(api.cancel(options.token)));
  here.release();
  CHECK(running.get());
  CHECK(code_in(waiting.get()) == errc::cancelled);
  CHECK(api.snake_run(leased, tell_pid()));
}

TEST_CASE("to take back a call while the pool ends is answered",
          "[api][concurrency]") {
  for (int i = 0; i < 10; ++i) {
    pool_fixture f{small_pool(1)};
    rendezvous here;
    caller other{f};
    auto token = new_call_token();
    auto call = other.start<value>(f.manager, python_atom_v, here.call(),
                                   with_token(token));
    here.arrival();
    std::vector<std::future<caf::expected<bool>>> cancelled;
    for (int n = 0; n < 3; ++n)
      cancelled.push_back(other.start<bool>(f.manager, cancel_atom_v, token));
    f.stop();
    CHECK(is_answered(call));
    for (auto& answer : cancelled)
      CHECK(is_answered(answer));
    here.close();
  }
}

TEST_CASE("a call that has just begun can be taken back right behind it",
          "[api][concurrency]") {
  pool_fixture f{small_pool(2)};
  python_options options;
  options.timeout = 1s;
  snake_args endless{"time", "sleep", 1'000};
  bool leased = false;
  SECTION("on any snake") {
    leased = false;
  }
  SECTION("on a leased one") {
    leased = true;
  }
  for (int i = 0; i < 30; ++i) {
    INFO("round " << i);
    auto on = checked(retrieve_snake_wait(f.self, f.manager));
    options.token = new_call_token();
    if (!leased)
      REQUIRE(checked(release_snake(f.self, f.manager, on)));
    auto call =
      leased ? f.self->request(on.worker, 10s, snake_run_atom_v, on, endless,
                               options)
             : f.self->request(f.manager, 10s, python_atom_v, endless, options);
    auto canceling =
      f.self->request(f.manager, 10s, cancel_atom_v, options.token);
    errc code = {};
    bool found = false;
    call.receive(
      [](const value&) {},
      [&](const caf::error& err) { code = code_of(err).value_or(errc{}); });
    canceling.receive([&](bool x) { found = x; }, [](const caf::error&) {});
    REQUIRE(code == errc::cancelled);
    REQUIRE(found);
  }
}

TEST_CASE("20,000 calls that wait can be taken back, newest first",
          "[api][concurrency]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  caller other{f};
  auto running = occupy(other, f, here, {.timeout = forever});
  std::vector<std::future<caf::expected<value>>> waiting;
  std::vector<std::future<caf::expected<bool>>> cancelled;
  std::vector<call_token> tokens;
  for (int i = 0; i < 20'000; ++i) {
    tokens.push_back(new_call_token());
    auto options = with_token(tokens.back());
    options.busy = when_busy::wait;
    options.timeout = forever;
    waiting.push_back(
      other.start<value>(f.manager, python_atom_v, tell_pid(), options));
  }
  for (auto token = tokens.rbegin(); token != tokens.rend(); ++token)
    cancelled.push_back(other.start<bool>(f.manager, cancel_atom_v, *token));
  for (auto& answer : cancelled)
    REQUIRE(checked(answer.get()));
  for (auto& answer : waiting)
    REQUIRE(code_in(answer.get()) == errc::cancelled);
  here.release();
  CHECK(running.get());
  REQUIRE(f.all_ready(1));
  CHECK(f.alive().at(0).calls_done == 1);
}

BOTH_WAYS("what is not there cannot be taken back", "[api][concurrency]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  rendezvous here;
  caller other{f};
  // A call without a token has none, not the token 0.
  auto running = occupy(other, f, here);
  auto waiting =
    other.start<value>(f.manager, python_atom_v, tell_pid(), patient);
  CHECK_FALSE(checked(api.cancel(0)));
  CHECK_FALSE(checked(api.cancel(new_call_token())));
  here.release();
  CHECK(running.get());
  CHECK(waiting.get());
  auto done = new_call_token();
  CHECK(api.python_wait(tell_pid(), with_token(done)));
  REQUIRE(f.all_ready(1));
  CHECK_FALSE(checked(api.cancel(done)));
  CHECK(f.all_ready(1));
}
