#include "tests/pool_fixture.hpp"

#include <signal.h>

#include <algorithm>
#include <memory>
#include <sstream>

/// @file
/// Zygotes that die or hang, and what becomes of their snakes and their calls.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

/// The zygote of the only pool, which may have to start one for that: a pool
/// does without until somebody needs a snake.
pid_t zygote_of(pool_fixture& f) {
  pid_t result = 0;
  REQUIRE(eventually([&] {
    REQUIRE(python_wait(f.self, f.manager, {"os", "getpid"}));
    for (auto pid : processes_of_pools())
      if (parent_process(pid) == ::getpid() && is_alive(pid))
        result = pid;
    return result != 0;
  }));
  return result;
}

} // namespace

// -- death --------------------------------------------------------------------

TEST_CASE("perpetual snakes return after the death of their zygote",
          "[zygote]") {
  auto options = small_pool(4);
  options.perpetual_workers = 3;
  pool_fixture f{options};
  for (int round = 0; round < 2; ++round) {
    REQUIRE(f.all_ready(3));
    auto before = f.alive();
    auto zygote = parent_process(before[0].os_pid);
    ::kill(zygote, SIGKILL);
    CHECK(eventually([&] {
      auto now = f.alive();
      return now.size() == 3 && now[0].id > before[2].id;
    }));
    for (auto& x : f.alive())
      CHECK(parent_process(x.os_pid) != zygote);
    // The answer that ends the count of zygotes that died unproved.
    CHECK(python(f.self, f.manager, {"os", "getpid"}));
  }
}

TEST_CASE("the third zygote in a row that dies before an answer is a failure",
          "[zygote]") {
  bool in_a_call = false;
  SECTION("while its snake idles") {
    in_a_call = false;
  }
  SECTION("while its snake runs a call") {
    in_a_call = true;
  }
  pool_fixture f{small_pool(1)};
  rendezvous here;
  int died = 0;
  // Each one more doubles the time for which all starts are refused, so that it
  // is met at last, however slow this process is.
  while (died < 10) {
    caller holder{f};
    auto leased = holder.ask<snake>(f.manager, retrieve_snake_atom_v,
                                    python_options{.busy = when_busy::wait});
    if (!leased) {
      CHECK(code_in(leased) == errc::start_failed);
      CHECK_THAT(text_in(leased), ContainsSubstring("the zygote"));
      break;
    }
    if (in_a_call) {
      auto run = holder.start<value>(leased->worker, snake_run_atom_v, *leased,
                                     here.call(), python_options{});
      CHECK(here.arrival() == leased->os_pid);
      ::kill(parent_process(leased->os_pid), SIGKILL);
      CHECK(code_in(run.get()) == errc::python_died);
    } else {
      ::kill(parent_process(leased->os_pid), SIGKILL);
    }
    REQUIRE(eventually([&] { return f.alive().empty(); }));
    ++died;
  }
  CHECK(died >= 3);
  CHECK(died < 10);
  // It is over by itself.
  CHECK(eventually([&] {
    return bool(python_wait(f.self, f.manager, {"os", "getpid"}));
  }));
}

TEST_CASE("an answer in between is the end of the count of zygotes that died",
          "[zygote]") {
  pool_fixture f{small_pool(1)};
  for (int round = 0; round < 6; ++round) {
    auto process = process_of(f);
    ::kill(parent_process(process), SIGKILL);
    REQUIRE(eventually([&] { return f.alive().empty(); }));
  }
  CHECK(process_of(f) != 0);
}

TEST_CASE("calls that a dying zygote's snakes never took keep their order",
          "[zygote][concurrency]") {
  temporary_folder folder;
  auto notes = folder / "notes";
  rendezvous here;
  folder.write("beginning.py", "import snakes\n"
                               "def start(): snakes.meet('"
                                 + here.path() + "')\n");
  auto options = small_pool(4);
  options.module_paths.push_back(folder.path());
  options.encoder = encoder_call{"beginning", "start", {}};
  pool_fixture f{options};
  caller holder{f};
  auto getting = holder.start<std::vector<snake>>(
    f.manager, get_snakes_ready_atom_v, size_t{4});
  for (int i = 0; i < 4; ++i) {
    here.arrival();
    here.release();
  }
  auto all = checked(getting.get());
  REQUIRE(all.size() == 4);
  std::sort(all.begin(), all.end(),
            [](auto& x, auto& y) { return x.id < y.id; });
  // The order in which calls came shall not be that of their snakes' numbers.
  for (auto i : {1, 3, 0, 2}) {
    REQUIRE(::kill(all[i].os_pid, SIGSTOP) == 0);
    REQUIRE(checked(release_snake(f.self, f.manager, all[i])));
  }
  REQUIRE(f.all_ready(4));
  std::vector<std::future<caf::expected<value>>> calls;
  std::string expected;
  // Four on a snake each, three in line.
  for (int i = 0; i < 7; ++i) {
    auto word = std::to_string(i);
    expected += word + "\n";
    calls.push_back(holder.start<value>(
      f.manager, python_atom_v,
      snake_args{"snakes", "note_word", notes.string(), word}, patient));
  }
  REQUIRE(eventually([&] { return f.count(snake_status::busy) == 4; }));
  ::kill(parent_process(all[0].os_pid), SIGKILL);
  // One snake only gets to work, so that it has to run them one by one.
  here.arrival();
  here.release();
  for (auto& x : calls) {
    REQUIRE(is_answered(x));
    CHECK(x.get());
  }
  CHECK(text_of(notes) == expected);
}

TEST_CASE("what a preload has started ends with its zygote", "[zygote]") {
  temporary_folder folder;
  auto children = folder / "children";
  auto start = "import os, subprocess, time\n"
               "child = subprocess.Popen(['sleep', '3600'], "
               "start_new_session=True)\n"
               "with open('"
               + children.string()
               + "', 'a') as log: log.write(f'{child.pid}\\n')\n";
  auto leaves_one = [&](const std::string& then, auto act) {
    auto known = lines_in(children);
    {
      pool_fixture f{with_preload(small_pool(2), folder, start + then)};
      act(f);
    }
    CHECK(lines_in(children) > known);
    CHECK(processes_of_pools().empty());
  };
  SECTION("that dies in service") {
    leaves_one("", [&](pool_fixture& f) {
      REQUIRE(python(f.self, f.manager, {"os", "getpid"}));
      auto child = std::stoi(text_of(children));
      CHECK(is_alive(child));
      ::kill(zygote_of(f), SIGKILL);
      CHECK(goes_away(child));
    });
  }
  SECTION("that cannot start") {
    leaves_one("raise LookupError\n", [](pool_fixture& f) {
      CHECK(code_in(python(f.self, f.manager, {"os", "getpid"}))
            == errc::start_failed);
    });
  }
  SECTION("that says that all is well, and ends") {
    leaves_one("os._exit(0)\n", [](pool_fixture& f) {
      CHECK(code_in(python(f.self, f.manager, {"os", "getpid"}))
            == errc::start_failed);
    });
  }
  SECTION("that is stopped before it is ready") {
    leaves_one("time.sleep(3600)\n", [&](pool_fixture&) {
      REQUIRE(eventually([&] { return lines_in(children) == 1; }));
    });
  }
}

TEST_CASE("a call is never told that its snake is gone", "[zygote]") {
  pool_fixture f;
  for (int round = 0; round < 20; ++round) {
    auto zygote = zygote_of(f);
    std::vector<std::future<caf::expected<value>>> calls;
    for (int i = 0; i < 20; ++i) {
      calls.push_back(f.call_later({"os", "getpid"}));
      if (i == 10)
        ::kill(zygote, SIGKILL);
    }
    for (auto& call : calls) {
      auto got = call.get();
      INFO("round " << round);
      if (!got)
        CHECK_THAT(text_in(got), StartsWith("python_died"));
    }
  }
}

// -- preloads -----------------------------------------------------------------

TEST_CASE("threads of a preload do not keep the zygote from seeing ends",
          "[zygote]") {
  temporary_folder folder;
  pool_fixture f{
    with_preload(small_pool(2), folder,
                 "import threading\n"
                 "threading.Thread(target=threading.Event().wait, daemon=True)"
                 ".start()\n")};
  for (int i = 0; i < 5; ++i)
    CHECK_THAT(text_in(python(f.self, f.manager, {"os", "_exit", 3})),
               ContainsSubstring("exited with code 3"));
}

TEST_CASE("a preload that ignores SIGCHLD does not keep the zygote from seeing "
          "ends",
          "[zygote]") {
  temporary_folder folder;
  pool_fixture f{
    with_preload(small_pool(2), folder,
                 "import signal\n"
                 "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n")};
  CHECK_THAT(text_in(python(f.self, f.manager, {"os", "_exit", 3})),
             ContainsSubstring("exited with code 3"));
}

// -- hanging ------------------------------------------------------------------

namespace {

/// Has `stuck` snakes fail to end one after another, half a watchdog's time
/// apart, because their zygote hangs.
void check_hanging_zygote(size_t stuck) {
  auto options = small_pool(stuck);
  options.grace = 100ms;
  pool_fixture f{options};
  rendezvous here;
  auto leased = checked(get_snakes_ready(f.self, f.manager, stuck));
  REQUIRE(leased.size() == stuck);
  auto hanging = parent_process(leased[0].os_pid);
  stopped_process zygote{hanging};
  std::vector<std::future<caf::expected<value>>> calls;
  for (size_t i = 0; i < stuck; ++i) {
    REQUIRE(checked(release_snake(f.self, f.manager, leased[i])));
    calls.push_back(f.call_later(here.call(), {.timeout = 500ms + i * 2500ms}));
  }
  for (auto& x : calls)
    CHECK(code_in(x.get()) == errc::timeout);
  // There is no place for it before the zygote and its snakes are gone.
  auto next = f.call_later({"os", "getppid"});
  REQUIRE(is_answered(next, 30s));
  CHECK(checked(checked(next.get()).as<pid_t>()) != hanging);
  CHECK_FALSE(is_alive(hanging));
  for (auto& x : leased)
    CHECK_FALSE(is_alive(x.os_pid));
}

} // namespace

TEST_CASE("a zygote that hangs while a snake should end is found out and "
          "replaced",
          "[zygote]") {
  check_hanging_zygote(1);
}

TEST_CASE("a zygote that hangs is found out although snakes get stuck again "
          "and again",
          "[zygote]") {
  check_hanging_zygote(2);
}
