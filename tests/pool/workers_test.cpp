#include "tests/pool_fixture.hpp"

#include <signal.h>

#include <fstream>
#include <set>

/// @file
/// A worker and its process: what the end of one means to the other, and to
/// those who wait.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

using Catch::Matchers::ContainsSubstring;

namespace {

const python_options keep{.keep_snake = true};

/// The process of the only snake that is busy, once there is one other than
/// `before`.
pid_t busy_process(pool_fixture& f, pid_t before) {
  pid_t result = 0;
  REQUIRE(eventually([&] {
    for (auto& x : f.alive())
      if (x.status == snake_status::busy && x.os_pid != before)
        result = x.os_pid;
    return result != 0;
  }));
  return result;
}

} // namespace

// -- workers ------------------------------------------------------------------

TEST_CASE("the death of a worker actor answers its callers and frees its place",
          "[workers][concurrency]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  caller holder{f};
  auto leased = checked(
    holder.ask<snake>(f.manager, retrieve_snake_atom_v, python_options{}));
  auto running = holder.start<value>(leased.worker, snake_run_atom_v, leased,
                                     here.call(), keep);
  auto process = here.arrival();
  auto waiting = holder.start<value>(leased.worker, snake_run_atom_v, leased,
                                     snake_args{"os", "getpid"}, keep);
  caf::anon_send_exit(leased.worker, caf::exit_reason::kill);
  CHECK(goes_away(process));
  REQUIRE(is_answered(running));
  CHECK(code_in(running.get()) == errc::python_died);
  REQUIRE(is_answered(waiting));
  auto code = code_in(waiting.get());
  CHECK((code == errc::snake_gone || code == errc::python_died));
  CHECK(process_of(f) != process);
}

TEST_CASE("a run on a snake that is dead is answered although nobody asked for "
          "an answer",
          "[workers]") {
  pool_fixture f{small_pool(1)};
  auto leased = checked(retrieve_snake(f.self, f.manager));
  SECTION("because its lease is over") {
    CHECK(checked(release_snake(f.self, f.manager, leased)));
  }
  SECTION("because its process died") {
    ::kill(leased.os_pid, SIGKILL);
    CHECK(eventually([&] { return f.alive().empty(); }));
    // Its actor has ended as well when its place is another one's. That takes a
    // moment: a snake that dies before its first call counts as a failed start.
    CHECK(eventually([&] {
      return bool(python_wait(f.self, f.manager, {"os", "getpid"}));
    }));
  }
  SECTION("because the pool has ended") {
    f.stop();
  }
  f.self->send(leased.worker, snake_run_atom_v, leased,
               snake_args{"os", "getpid"}, python_options{});
  f.self->receive(
    [](const caf::error& err) { CHECK(code_of(err) == errc::snake_gone); },
    [](const value&) { FAIL("it ran"); },
    caf::after(10s) >> [] { FAIL("no answer"); });
}

TEST_CASE("one crashed Python ends one snake", "[workers][concurrency]") {
  auto how = GENERATE(as<std::string>{}, "segfault", "kill", "exit");
  pool_fixture f{small_pool(4)};
  rendezvous here;
  std::vector<std::future<caf::expected<value>>> calls;
  std::set<pid_t> processes;
  for (int i = 0; i < 4; ++i) {
    calls.push_back(
      f.call_later({"snakes", "meet_and_crash", here.path()}, patient));
    processes.insert(here.arrival());
  }
  REQUIRE(processes.size() == 4);
  // The first to come is the first to go.
  here.release(how);
  CHECK(code_in(calls.front().get()) == errc::python_died);
  CHECK(eventually([&] { return f.alive().size() == 3; }));
  here.close();
  std::set<pid_t> left;
  for (size_t i = 1; i < calls.size(); ++i)
    left.insert(checked(checked(calls[i].get()).as<pid_t>()));
  CHECK(left.size() == 3);
  REQUIRE(f.all_ready(3));
  for (auto& x : f.alive()) {
    CHECK(left.contains(x.os_pid));
    CHECK(processes.contains(x.os_pid));
  }
}

// -- places -------------------------------------------------------------------

TEST_CASE("a place is not given away while its process takes its time to end",
          "[workers][concurrency]") {
  auto options = small_pool(1);
  options.grace = 1s;
  pool_fixture f{options};
  rendezvous here;
  auto slow = f.call_later({"snakes", "ignore_sigterm_and_meet", here.path()});
  auto process = here.arrival();
  CHECK(checked(slay_python_worker(f.self, f.manager, f.alive().at(0))));
  CHECK(code_in(slow.get()) == errc::python_died);
  CHECK(is_alive(process));
  auto next = f.call_later({"os", "getpid"});
  CHECK(is_pending(next));
  auto other = checked(checked(next.get()).as<pid_t>());
  CHECK_FALSE(is_alive(process));
  CHECK(other != process);
}

// -- calls that were never taken ----------------------------------------------

TEST_CASE("a call whose snake died before it took it goes to another one twice "
          "at most",
          "[workers][concurrency]") {
  pool_fixture f{small_pool(3)};
  temporary_folder folder;
  auto notes = folder / "notes";
  caller holder{f};
  auto all = checked(holder.ask<std::vector<snake>>(
    f.manager, get_snakes_ready_atom_v, size_t{3}));
  REQUIRE(all.size() == 3);
  for (auto& x : all) {
    REQUIRE(::kill(x.os_pid, SIGSTOP) == 0);
    REQUIRE(checked(release_snake(f.self, f.manager, x)));
  }
  auto call = f.call_later({"snakes", "note", notes.string()});
  auto first = busy_process(f, 0);
  ::kill(first, SIGKILL);
  auto second = busy_process(f, first);
  ::kill(second, SIGKILL);
  auto third = busy_process(f, second);
  CHECK(third != first);
  SECTION("and is run by the last one if that lives") {
    ::kill(third, SIGCONT);
    CHECK(checked(checked(call.get()).as<pid_t>()) == third);
    CHECK(text_of(notes) == std::to_string(third) + "\n");
  }
  SECTION("and ends with the third snake that dies of it") {
    ::kill(third, SIGKILL);
    auto got = call.get();
    CHECK(code_in(got) == errc::python_died);
    CHECK_THAT(text_in(got), ContainsSubstring("snakes.note"));
    CHECK_FALSE(std::filesystem::exists(notes));
  }
  CHECK(process_of(f) != first);
}

TEST_CASE("a call that is handed back waits no longer than its max_wait",
          "[workers][concurrency]") {
  temporary_folder folder;
  rendezvous here;
  folder.write("beginning.py", "import snakes\n"
                               "def start(): snakes.meet('"
                                 + here.path() + "')\n");
  auto options = small_pool(1);
  options.module_paths.push_back(folder.path());
  options.encoder = encoder_call{"beginning", "start", {}};
  pool_fixture f{options};
  auto first = f.call_later({"os", "getpid"});
  auto process = here.arrival();
  here.release();
  CHECK(first.get());
  REQUIRE(f.all_ready(1));
  REQUIRE(::kill(process, SIGSTOP) == 0);
  auto call = f.call_later({"os", "getpid"},
                           {.busy = when_busy::wait, .max_wait = 300ms});
  busy_process(f, 0);
  ::kill(process, SIGKILL);
  // The next snake is about to start, and stays so.
  here.arrival();
  REQUIRE(is_answered(call));
  CHECK(code_in(call.get()) == errc::no_snake);
  here.close();
}

// -- lost sockets -------------------------------------------------------------

TEST_CASE(
  "a call whose snake lost its socket ends at its own deadline although "
  "its zygote hangs",
  "[workers][concurrency]") {
  auto options = small_pool(1);
  options.grace = 1h;
  pool_fixture f{options};
  auto process = process_of(f);
  REQUIRE(f.all_ready(1));
  stopped_process zygote{parent_process(process)};
  auto begin = std::chrono::steady_clock::now();
  auto call =
    f.call_later({"forging", "close_all_and_stay"}, {.timeout = 500ms});
  REQUIRE(is_answered(call));
  CHECK(std::chrono::steady_clock::now() - begin >= 500ms);
  CHECK(code_in(call.get()) == errc::timeout);
}

TEST_CASE("a snake that lost its socket is ended", "[workers]") {
  auto options = small_pool(1);
  options.grace = 1h;
  pool_fixture f{options};
  auto process = process_of(f);
  CHECK(
    code_in(python_wait(f.self, f.manager, {"forging", "close_all_and_stay"},
                        {.timeout = forever}))
    == errc::python_died);
  CHECK(goes_away(process));
  CHECK(process_of(f) != process);
}
