#include "tests/pool_fixture.hpp"

/// @file
/// What the end of a caller ends, and what it leaves alone.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

namespace {

const python_options keep{.keep_snake = true};

snake lease(caller& by, pool_fixture& f) {
  return checked(by.ask<snake>(f.manager, retrieve_snake_atom_v,
                               python_options{.busy = when_busy::wait}));
}

std::future<caf::expected<value>> start_run(
  caller& by, const snake& on, const snake_args& args,
  const python_options& options = keep) {
  return by.start<value>(on.worker, snake_run_atom_v, on, args, options);
}

} // namespace

TEST_CASE("a lease ends with the scoped actor that took it", "[callers]") {
  pool_fixture f{small_pool(1)};
  snake leased;
  {
    caf::scoped_actor holder{f.system};
    leased = checked(retrieve_snake(holder, f.manager));
    CHECK(f.count(snake_status::retrieved) == 1);
  }
  CHECK(f.all_ready(1));
  CHECK(checked(python<int32_t>(f.self, f.manager, {"os", "getpid"}))
        == leased.os_pid);
  CHECK(code_in(snake_run(f.self, leased, {"os", "getpid"}))
        == errc::snake_gone);
}

TEST_CASE("a dead caller's run that waits for another one of its lease is not "
          "run",
          "[callers][concurrency]") {
  auto options = small_pool(1);
  // The dead caller's place is the only one.
  options.max_queue = 1;
  pool_fixture f{options};
  rendezvous here;
  temporary_folder folder;
  auto notes = (folder / "notes").string();
  caller holder{f};
  caller other{f};
  auto leased = lease(holder, f);
  auto running = start_run(holder, leased, here.call());
  here.arrival();
  auto dropped = start_run(other, leased, {"snakes", "note", notes});
  auto refused = start_run(holder, leased, {"os", "getpid"});
  CHECK(code_in(refused.get()) == errc::queue_full);
  other.kill();
  // Once another run can be taken back, it had the place.
  auto probe = keep;
  CHECK(eventually([&] {
    probe.token = new_call_token();
    start_run(holder, leased, {"os", "getpid"}, probe);
    return checked(cancel(f.self, f.manager, probe.token));
  }));
  here.release();
  CHECK(running.get());
  CHECK(checked(start_run(holder, leased, {"os", "getpid"}).get()).as<int>()
        == leased.os_pid);
  CHECK_FALSE(std::filesystem::exists(notes));
}

TEST_CASE("a leased snake is ended at once when the caller of its run dies, "
          "although its holder lives",
          "[callers][concurrency]") {
  auto options = small_pool(1);
  options.grace = 1h;
  pool_fixture f{options};
  rendezvous here;
  caller holder{f};
  caller other{f};
  auto leased = lease(holder, f);
  auto running = start_run(other, leased,
                           {"snakes", "ignore_sigterm_and_meet", here.path()});
  CHECK(here.arrival() == leased.os_pid);
  auto waiting = start_run(holder, leased, {"os", "getpid"});
  other.kill();
  CHECK(goes_away(leased.os_pid));
  CHECK(code_in(waiting.get()) == errc::snake_gone);
  CHECK(code_in(start_run(holder, leased, {"os", "getpid"}).get())
        == errc::snake_gone);
  CHECK(python_wait(f.self, f.manager, {"os", "getpid"}));
}
