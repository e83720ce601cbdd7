#include "tests/facades.hpp"

#include <limits>

/// @file
/// Leases: who has a snake, what runs on it, and when that is over.

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

using Catch::Matchers::ContainsSubstring;

BOTH_WAYS("a leased snake is the holder's alone", "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto leased = checked(api.retrieve_snake());
  CHECK(leased.id == 1);
  CHECK(is_alive(leased.os_pid));
  CHECK(f.count(snake_status::retrieved) == 1);
  CHECK(code_in(api.python(tell_pid())) == errc::no_snake);
  CHECK(code_in(api.retrieve_snake()) == errc::no_snake);
}

BOTH_WAYS("a lease is waited for in line", "[api][concurrency]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto first = checked(api.retrieve_snake());
  auto waiting = api.start_retrieve_snake_wait();
  CHECK(is_pending(waiting));
  CHECK(checked(api.release_snake(first)));
  auto second = checked(waiting.get());
  CHECK(second.id == first.id);
  CHECK(second.lease != first.lease);
  CHECK(f.count(snake_status::retrieved) == 1);
}

BOTH_WAYS("who has waited for max_wait gets no lease", "[api][concurrency]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto first = checked(api.retrieve_snake());
  python_options options;
  options.max_wait = 10ms;
  CHECK(code_in(api.retrieve_snake_wait(options)) == errc::no_snake);
  CHECK(checked(api.release_snake(first)));
  CHECK(f.all_ready(1));
  options.max_wait = -1ms;
  CHECK(code_in(api.retrieve_snake_wait(options)) == errc::bad_options);
}

BOTH_WAYS("a lease that is waited for can be taken back",
          "[api][concurrency]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto first = checked(api.retrieve_snake());
  auto token = new_call_token();
  auto waiting = api.start_retrieve_snake_wait(with_token(token));
  // Whoever asks blocks on another thread: the request may still be to come.
  REQUIRE(eventually([&] { return checked(api.cancel(token)); }));
  CHECK(code_in(waiting.get()) == errc::cancelled);
  CHECK(checked(api.release_snake(first)));
  CHECK(f.all_ready(1));
}

BOTH_WAYS("a lease that was given can be taken back by its token", "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto token = new_call_token();
  auto leased = checked(api.retrieve_snake_wait(with_token(token)));
  CHECK(checked(api.cancel(token)));
  CHECK(f.all_ready(1));
  CHECK(code_in(api.template snake_run<value>(leased, tell_pid()))
        == errc::snake_gone);
  CHECK_FALSE(checked(api.cancel(token)));
}

BOTH_WAYS("a lease is given at once to who would wait if there is a snake",
          "[api]") {
  pool_fixture f;
  TestType api{f};
  auto leased = checked(api.retrieve_snake_wait());
  CHECK(checked(api.template snake_run<int32_t>(leased, tell_pid()))
        == leased.os_pid);
}

BOTH_WAYS("as many snakes are leased as there are, up to what was asked for",
          "[api]") {
  pool_fixture f{small_pool(4)};
  TestType api{f};
  auto three = checked(api.get_snakes_ready(3));
  CHECK(processes_of(three).size() == 3);
  auto rest = checked(api.get_snakes_ready(3));
  REQUIRE(rest.size() == 1);
  CHECK_FALSE(processes_of(three).contains(rest[0].os_pid));
  CHECK(checked(api.get_snakes_ready(3)).empty());
  CHECK(f.count(snake_status::retrieved) == 4);
}

BOTH_WAYS("no snakes are leased if none were asked for", "[api]") {
  pool_fixture f;
  TestType api{f};
  CHECK(checked(api.get_snakes_ready(0)).empty());
  CHECK(f.alive().empty());
}

BOTH_WAYS("more snakes than max-children are not leased", "[api]") {
  pool_fixture f{small_pool(3)};
  TestType api{f};
  CHECK(processes_of(
          checked(api.get_snakes_ready(std::numeric_limits<size_t>::max())))
          .size()
        == 3);
}

BOTH_WAYS("snakes that idle are leased before others are started", "[api]") {
  pool_fixture f{small_pool(4)};
  TestType api{f};
  auto pid = checked(api.template python<int32_t>(tell_pid()));
  REQUIRE(f.all_ready(1));
  auto leased = checked(api.get_snakes_ready(1));
  CHECK(processes_of(leased) == std::set{pid});
  CHECK(f.alive().size() == 1);
}

BOTH_WAYS("a run happens on the leased snake and ends the lease", "[api]") {
  pool_fixture f;
  TestType api{f};
  auto leased = checked(api.get_snakes_ready(3));
  REQUIRE(leased.size() == 3);
  for (auto& lease : leased)
    CHECK(checked(api.template snake_run<int32_t>(lease, tell_pid()))
          == lease.os_pid);
  CHECK(f.all_ready(3));
  for (auto& lease : leased)
    CHECK(code_in(api.snake_run(lease, tell_pid())) == errc::snake_gone);
}

BOTH_WAYS("a run that raises ends the lease as well", "[api]") {
  pool_fixture f;
  TestType api{f};
  auto leased = checked(api.retrieve_snake());
  CHECK(code_in(api.snake_run(leased, {"math", "sqrt", -1}))
        == errc::python_exception);
  CHECK(f.all_ready(1));
  CHECK(code_in(api.snake_run(leased, tell_pid())) == errc::snake_gone);
}

BOTH_WAYS("a run that keeps the snake does not end the lease", "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto leased = checked(api.retrieve_snake());
  for (int i = 0; i < 3; ++i)
    CHECK(
      checked(api.template snake_run<int32_t>(leased, tell_pid(), keep_snake()))
      == leased.os_pid);
  CHECK(eventually([&] { return f.count(snake_status::retrieved) == 1; }));
  CHECK(code_in(api.python(tell_pid())) == errc::no_snake);
  CHECK(api.snake_run(leased, tell_pid()));
  CHECK(f.all_ready(1));
}

BOTH_WAYS("an old lease does not run on the next holder's snake", "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto first = checked(api.retrieve_snake());
  REQUIRE(checked(api.release_snake(first)));
  auto second = checked(api.retrieve_snake());
  REQUIRE(second.id == first.id);
  CHECK(code_in(api.snake_run(first, tell_pid())) == errc::snake_gone);
  CHECK_FALSE(checked(api.release_snake(first)));
  CHECK(checked(api.template snake_run<int32_t>(second, tell_pid()))
        == second.os_pid);
}

BOTH_WAYS("to know of a snake is not to hold it", "[api]") {
  pool_fixture f;
  TestType api{f};
  REQUIRE(api.python(tell_pid()));
  REQUIRE(f.all_ready(1));
  auto known = checked(api.list_alive_snakes()).at(0);
  CHECK(code_in(api.snake_run(known, tell_pid())) == errc::snake_gone);
  CHECK_FALSE(checked(api.release_snake(known)));
}

TEST_CASE("a snake that never was one runs nothing", "[api]") {
  pool_fixture f;
  CHECK(code_in(snake_run(f.self, snake{}, tell_pid())) == errc::snake_gone);
  CHECK_FALSE(checked(release_snake(f.self, f.manager, snake{})));
  CHECK_FALSE(checked(slay_python_worker(f.self, f.manager, snake{})));
}

TEST_CASE("runs on one lease take place one after another",
          "[api][concurrency]") {
  pool_fixture f;
  rendezvous here;
  caller holder{f};
  auto leased = checked(
    holder.ask<snake>(f.manager, retrieve_snake_atom_v, python_options{}));
  std::vector<std::future<caf::expected<value>>> runs;
  for (int i = 0; i < 5; ++i)
    runs.push_back(holder.start<value>(leased.worker, snake_run_atom_v, leased,
                                       here.call(), keep_snake()));
  for (int i = 0; i < 5; ++i) {
    CHECK(here.arrival() == leased.os_pid);
    CHECK(is_pending(runs[i]));
    here.release(std::to_string(i));
    CHECK(checked(checked(runs[i].get()).as<std::string>())
          == std::to_string(i));
  }
  CHECK(f.alive().size() == 1);
}

TEST_CASE("a run waits behind another one of its lease for max_wait",
          "[api][concurrency]") {
  pool_fixture f;
  rendezvous here;
  caller holder{f};
  auto leased = checked(
    holder.ask<snake>(f.manager, retrieve_snake_atom_v, python_options{}));
  auto running = holder.start<value>(leased.worker, snake_run_atom_v, leased,
                                     here.call(), keep_snake());
  here.arrival();
  auto options = keep_snake();
  options.max_wait = 10ms;
  CHECK(code_in(holder.ask<value>(leased.worker, snake_run_atom_v, leased,
                                  tell_pid(), options))
        == errc::no_snake);
  options.max_wait = 1h;
  auto patient = holder.start<value>(leased.worker, snake_run_atom_v, leased,
                                     tell_pid(), options);
  here.release();
  CHECK(running.get());
  CHECK(patient.get());
}

TEST_CASE("a run that waits behind the last one of its lease is not run",
          "[api][concurrency]") {
  pool_fixture f;
  rendezvous here;
  caller holder{f};
  auto leased = checked(
    holder.ask<snake>(f.manager, retrieve_snake_atom_v, python_options{}));
  auto last = holder.start<value>(leased.worker, snake_run_atom_v, leased,
                                  here.call(), python_options{});
  here.arrival();
  auto behind = holder.start<value>(leased.worker, snake_run_atom_v, leased,
                                    tell_pid(), python_options{});
  CHECK(is_pending(behind));
  here.release();
  CHECK(last.get());
  CHECK(code_in(behind.get()) == errc::snake_gone);
  CHECK(f.all_ready(1));
}

BOTH_WAYS("a lease serves others than its holder while the holder lives",
          "[api][concurrency]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  caller holder{f};
  auto leased = checked(
    holder.ask<snake>(f.manager, retrieve_snake_atom_v, python_options{}));
  CHECK(
    checked(api.template snake_run<int32_t>(leased, tell_pid(), keep_snake()))
    == leased.os_pid);
  CHECK(eventually([&] { return f.count(snake_status::retrieved) == 1; }));
  holder.kill();
  CHECK(f.all_ready(1));
  CHECK(code_in(api.snake_run(leased, tell_pid())) == errc::snake_gone);
  CHECK(f.alive().at(0).os_pid == leased.os_pid);
}

BOTH_WAYS("a lease that is given back ends without a run", "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto leased = checked(api.retrieve_snake());
  CHECK(checked(api.release_snake(leased)));
  CHECK(f.count(snake_status::ready) == 1);
  CHECK(code_in(api.snake_run(leased, tell_pid())) == errc::snake_gone);
  CHECK_FALSE(checked(api.release_snake(leased)));
  CHECK(checked(api.template python<int32_t>(tell_pid())) == leased.os_pid);
}

BOTH_WAYS("a run under way goes on when its lease is given back",
          "[api][concurrency]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  rendezvous here;
  auto leased = checked(api.retrieve_snake());
  auto run = api.start_snake_run(leased, here.call(), keep_snake());
  CHECK(here.arrival() == leased.os_pid);
  REQUIRE(eventually([&] { return f.count(snake_status::busy) == 1; }));
  CHECK(checked(api.release_snake(leased)));
  CHECK(f.count(snake_status::busy) == 1);
  here.release("done");
  CHECK(checked(checked(run.get()).template as<std::string>()) == "done");
  // It was the last one of the lease, whatever its options say.
  CHECK(f.all_ready(1));
  CHECK(code_in(api.snake_run(leased, tell_pid())) == errc::snake_gone);
}

TEST_CASE("a run goes on when its lease is given back right behind it",
          "[api][concurrency]") {
  pool_fixture f{small_pool(1)};
  caller holder{f};
  for (int i = 0; i < 50; ++i) {
    auto leased =
      checked(holder.ask<snake>(f.manager, retrieve_snake_atom_v,
                                python_options{.busy = when_busy::wait}));
    auto run =
      holder.start<value>(leased.worker, snake_run_atom_v, leased,
                          snake_args{"snakes", "identity", i}, keep_snake());
    auto released = holder.start<bool>(f.manager, release_snake_atom_v, leased);
    auto call =
      holder.start<value>(f.manager, python_atom_v,
                          snake_args{"snakes", "identity", -1 - i}, patient);
    REQUIRE(run.wait_for(10s) == std::future_status::ready);
    REQUIRE(checked(checked(run.get()).as<int>()) == i);
    REQUIRE(checked(released.get()));
    REQUIRE(call.wait_for(10s) == std::future_status::ready);
    REQUIRE(checked(checked(call.get()).as<int>()) == -1 - i);
  }
  CHECK(f.all_ready(1));
}

TEST_CASE("runs beyond the bound of their lease's line end with queue_full",
          "[api][concurrency]") {
  auto options = small_pool(1);
  options.max_queue = 2;
  pool_fixture f{options};
  rendezvous here;
  caller holder{f};
  auto leased = checked(
    holder.ask<snake>(f.manager, retrieve_snake_atom_v, python_options{}));
  auto start_run = [&](const snake_args& args) {
    return holder.start<value>(leased.worker, snake_run_atom_v, leased, args,
                               keep_snake());
  };
  auto running = start_run(here.call());
  here.arrival();
  std::vector<std::future<caf::expected<value>>> waiting;
  for (int i = 0; i < 2; ++i)
    waiting.push_back(start_run(snake_args{"snakes", "identity", i}));
  auto refused = start_run(snake_args{"os", "getpid"}).get();
  CHECK(code_in(refused) == errc::queue_full);
  CHECK_THAT(text_in(refused), ContainsSubstring("2 calls"));
  here.release();
  CHECK(running.get());
  for (int i = 0; i < 2; ++i)
    CHECK(checked(checked(waiting[i].get()).as<int>()) == i);
  CHECK(start_run(snake_args{"os", "getpid"}).get());
}

TEST_CASE("a lease that nobody holds is not given", "[api]") {
  pool_fixture f{small_pool(1)};
  caf::anon_send(f.manager, retrieve_snake_atom_v,
                 python_options{.busy = when_busy::wait});
  caf::anon_send(f.manager, get_snakes_ready_atom_v, size_t{1});
  CHECK(python(f.self, f.manager, {"os", "getpid"}));
}

TEST_CASE("the snakes of one pool mean nothing to another one", "[api]") {
  pool_fixture f{small_pool(1)};
  pool other{f.system, small_pool(1)};
  auto ours = checked(retrieve_snake(f.self, f.manager));
  auto theirs = checked(retrieve_snake(f.self, other.manager()));
  REQUIRE(ours.id == theirs.id);
  CHECK_FALSE(checked(release_snake(f.self, other.manager(), ours)));
  CHECK_FALSE(checked(slay_python_worker(f.self, other.manager(), ours)));
  CHECK(snake_run(f.self, theirs, {"os", "getpid"}));
  CHECK(snake_run(f.self, ours, {"os", "getpid"}));
}
