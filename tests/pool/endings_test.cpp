#include "tests/pool_fixture.hpp"

#include <signal.h>

#include <map>

/// @file
/// How a call can end, told by its error. What the two ways to ask have in
/// common is in calls_test.cpp, cancel_test.cpp and options_test.cpp; starts
/// that fail are in start_failed_test.cpp.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;

namespace {

using answer = caf::expected<value>;

python_options within(caf::timespan timeout) {
  return {.timeout = timeout};
}

snake_error exception_in(const answer& result) {
  REQUIRE(code_in(result) == errc::python_exception);
  auto raised = snake_error_of(result.error());
  REQUIRE(raised);
  return *raised;
}

} // namespace

// -- value --------------------------------------------------------------------

TEST_CASE("a call ends with the value that its function returns", "[endings]") {
  pool_fixture f;
  CHECK(checked(python<std::string>(f.self, f.manager, {"snakes", "echo", "x"}))
        == "x");
  CHECK(
    checked(python(f.self, f.manager, {"snakes", "echo", value{}})).is_none());
}

// -- python_exception ---------------------------------------------------------

TEST_CASE("an exception comes with its qualified type, its text and its "
          "traceback, and its snake lives on",
          "[endings]") {
  struct row {
    snake_args call;
    std::string exception;
    std::string error;
    std::string backtrace;
  };
  auto it = GENERATE(values<row>({
    {{"json", "loads", "{"},
     "json.decoder.JSONDecodeError",
     "Expecting property name enclosed in double quotes: line 1 column 2 "
     "(char 1)",
     "in loads"},
    {{"snakes", "raise_key_error"},
     "KeyError",
     "'missing'",
     "in raise_key_error"},
    {{"snakes", "raise_from"},
     "RuntimeError",
     "chained",
     "The above exception was the direct cause"},
    {{"snakes", "raise_unprintable"},
     "snakes.Unprintable",
     "<exception str() failed>",
     "in raise_unprintable"},
    {{"sys", "exit", 7}, "SystemExit", "7", ""},
    {{"snakes", "interrupt_oneself"},
     "KeyboardInterrupt",
     "by hand",
     "in interrupt_oneself"},
    {{"no_such_module", "f"},
     "ModuleNotFoundError",
     "No module named 'no_such_module'",
     ""},
    {{"snakes", "no_such_function"},
     "AttributeError",
     "module 'snakes' has no attribute 'no_such_function'",
     ""},
    {{"snakes", "note"},
     "TypeError",
     "note() missing 1 required positional argument: 'path'",
     ""},
  }));
  INFO(it.call.module() << "." << it.call.func());
  pool_fixture f{small_pool(1)};
  auto before = checked(python<int>(f.self, f.manager, {"os", "getpid"}));
  auto raised = exception_in(python(f.self, f.manager, it.call));
  CHECK(raised.exception == it.exception);
  CHECK(raised.error == it.error);
  CHECK_THAT(raised.backtrace, ContainsSubstring(it.backtrace));
  CHECK(checked(python<int>(f.self, f.manager, {"os", "getpid"})) == before);
}

// -- timeout ------------------------------------------------------------------

TEST_CASE("the timeout is answered at the deadline, before the process ends, "
          "and the process is gone after the grace",
          "[endings]") {
  auto options = small_pool(1);
  options.grace = 3s;
  pool_fixture f{options};
  rendezvous here;
  auto process =
    checked(python<int>(f.self, f.manager, {"snakes", "ignore_termination"}));
  auto begin = std::chrono::steady_clock::now();
  auto result = python(f.self, f.manager, here.call(), within(200ms));
  auto took = std::chrono::steady_clock::now() - begin;
  CHECK(is_alive(process));
  CHECK(code_in(result) == errc::timeout);
  CHECK_THAT(text_in(result),
             ContainsSubstring("snakes.meet") && ContainsSubstring("200 ms"));
  CHECK(took >= 200ms);
  CHECK(took < 3s);
  CHECK(eventually([&] { return !is_alive(process); }));
  CHECK(std::chrono::steady_clock::now() - begin >= 3200ms);
  CHECK(python(f.self, f.manager, {"os", "getpid"}));
}

TEST_CASE("a brutal timeout does not leave the process its grace",
          "[endings]") {
  auto options = small_pool(1);
  options.style = termination_style::brutal;
  options.grace = 1h;
  pool_fixture f{options};
  rendezvous here;
  auto process =
    checked(python<int>(f.self, f.manager, {"snakes", "ignore_termination"}));
  auto result = python(f.self, f.manager, here.call(), within(200ms));
  CHECK(code_in(result) == errc::timeout);
  CHECK(eventually([&] { return !is_alive(process); }));
}

TEST_CASE("a polite timeout lets a snake that heeds SIGTERM go at once",
          "[endings]") {
  auto options = small_pool(1);
  options.grace = 1h;
  pool_fixture f{options};
  rendezvous here;
  auto process = checked(python<int>(f.self, f.manager, {"os", "getpid"}));
  CHECK(code_in(python(f.self, f.manager, here.call(), within(200ms)))
        == errc::timeout);
  CHECK(eventually([&] { return !is_alive(process); }));
}

TEST_CASE("a polite timeout ends a snake whose SystemExit is lost as well",
          "[endings]") {
  temporary_folder folder;
  auto options = small_pool(1);
  options.grace = 1h;
  options.envvars["CRASH_NOTES"] = (folder / "notes").string();
  pool_fixture f{options};
  auto process = checked(python<int>(f.self, f.manager, {"os", "getpid"}));
  // It comes as the library asks for a name, and has to do with a bad one.
  CHECK(code_in(python(f.self, f.manager, {"crashes", "be_named", "spin"},
                       within(200ms)))
        == errc::timeout);
  CHECK(goes_away(process));
}

TEST_CASE("waiting in line does not count for the timeout", "[endings]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  auto first = f.call_later(here.call());
  here.arrival();
  auto second = f.call_later({"snakes", "echo", 2},
                             {.timeout = 500ms, .busy = when_busy::wait});
  CHECK(second.wait_for(1s) == std::future_status::timeout);
  here.release();
  CHECK(first.get());
  CHECK(second.get());
}

// -- python_died --------------------------------------------------------------

TEST_CASE("the end of the process is told with its exit code or signal, and "
          "the pool goes on",
          "[endings]") {
  struct row {
    std::string how;
    std::string text;
    std::optional<int32_t> code;
    std::string signal;
  };
  auto it = GENERATE(values<row>({
    {"exit", "exited with code 3", 3, ""},
    {"kill", "was killed by SIGKILL", {}, "SIGKILL"},
    {"abort", "was killed by SIGABRT", {}, "SIGABRT"},
    {"segfault", "was killed by SIGSEGV", {}, "SIGSEGV"},
  }));
  pool_fixture f{small_pool(1)};
  auto result = python(f.self, f.manager, {"snakes", "crash", it.how});
  CHECK(code_in(result) == errc::python_died);
  auto exit = process_exit_of(result.error());
  REQUIRE(exit);
  CHECK(exit->code == it.code);
  CHECK(exit->signal == it.signal);
  // Its last words are in the text as well.
  CHECK_THAT(text_in(result), ContainsSubstring(exit->standard_error));
  CHECK_THAT(text_in(result),
             ContainsSubstring(it.text) && ContainsSubstring("snakes.crash"));
  CHECK(python(f.self, f.manager, {"os", "getpid"}));
}

TEST_CASE("a segmentation fault is told with the traceback of Python",
          "[endings]") {
  pool_fixture f;
  auto result = python(f.self, f.manager, {"snakes", "crash", "segfault"});
  CHECK_THAT(text_in(result),
             ContainsSubstring("Fatal Python error: Segmentation fault")
               && ContainsSubstring("snakes.py\", line")
               && ContainsSubstring("in crash"));
}

TEST_CASE("a process that is killed from outside ends its call", "[endings]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  auto result = f.call_later(here.call());
  ::kill(here.arrival(), SIGKILL);
  auto got = result.get();
  CHECK(code_in(got) == errc::python_died);
  CHECK_THAT(text_in(got), ContainsSubstring("was killed by SIGKILL"));
}

TEST_CASE("the last 4 KB of standard error are in the text", "[endings]") {
  pool_fixture f;
  auto result = python(f.self, f.manager, {"snakes", "lament_and_crash", 2000});
  auto text = text_in(result);
  CHECK(code_in(result) == errc::python_died);
  CHECK_THAT(text, ContainsSubstring("lament 1999\n"));
  CHECK_THAT(text, ContainsSubstring("\nlament 1720\n"));
  CHECK_THAT(text, !ContainsSubstring("lament 1\n"));
  // Whole lines only.
  auto first = text.find("lament");
  REQUIRE(first > 0);
  CHECK(text[first - 1] == '\n');
  CHECK(text.size() > 4000);
  CHECK(text.size() < 4500);
}

TEST_CASE("a call that has started is never run twice", "[endings]") {
  auto how = GENERATE(as<std::string>{}, "exit", "kill", "segfault");
  pool_fixture f;
  temporary_folder folder;
  auto notes = folder / "notes";
  // Others stand by.
  auto others = checked(get_snakes_ready(f.self, f.manager, 3));
  REQUIRE(others.size() == 3);
  for (auto& x : others)
    REQUIRE(checked(release_snake(f.self, f.manager, x)));
  REQUIRE(f.all_ready(3));
  auto result =
    f.call_later({"snakes", "note_and_crash", notes.string(), how}, patient);
  CHECK(code_in(result.get()) == errc::python_died);
  CHECK(lines_in(notes) == 1);
}

TEST_CASE("a call that its snake never took is run by another one",
          "[endings]") {
  pool_fixture f{small_pool(2)};
  temporary_folder folder;
  auto notes = folder / "notes";
  auto first = checked(python<int>(f.self, f.manager, {"os", "getpid"}));
  REQUIRE(f.all_ready(1));
  REQUIRE(::kill(first, SIGSTOP) == 0);
  auto result = f.call_later({"snakes", "note", notes.string()});
  REQUIRE(eventually([&] { return f.count(snake_status::busy) == 1; }));
  CHECK(f.alive().front().os_pid == first);
  REQUIRE(::kill(first, SIGKILL) == 0);
  auto second = checked(checked(result.get()).as<int>());
  CHECK(second != first);
  CHECK(lines_in(notes) == 1);
}

TEST_CASE("a large call that its snake had not read to its end is run by "
          "another one",
          "[endings]") {
  pool_fixture f{small_pool(2)};
  auto first = checked(python<int>(f.self, f.manager, {"os", "getpid"}));
  REQUIRE(f.all_ready(1));
  REQUIRE(::kill(first, SIGSTOP) == 0);
  auto result = f.call_later({"builtins", "len", bytes(32 << 20)});
  REQUIRE(eventually([&] { return f.count(snake_status::busy) == 1; }));
  REQUIRE(::kill(first, SIGKILL) == 0);
  CHECK(checked(checked(result.get()).as<int>()) == 32 << 20);
}

TEST_CASE("a run on a lease is not given to another snake", "[endings]") {
  pool_fixture f{small_pool(2)};
  auto leased = checked(retrieve_snake(f.self, f.manager));
  REQUIRE(::kill(leased.os_pid, SIGSTOP) == 0);
  auto result =
    f.ask_later<value>(leased.worker, snake_run_atom_v, leased,
                       snake_args{"os", "getpid"}, python_options{});
  REQUIRE(eventually([&] { return f.count(snake_status::busy) == 1; }));
  REQUIRE(::kill(leased.os_pid, SIGKILL) == 0);
  CHECK(code_in(result.get()) == errc::python_died);
}

TEST_CASE("a late reply never reaches the next call", "[endings]") {
  auto options = small_pool(2);
  options.grace = 10s;
  pool_fixture f{options};
  rendezvous here;
  auto process =
    checked(python<int>(f.self, f.manager, {"snakes", "ignore_termination"}));
  auto leased = checked(retrieve_snake(f.self, f.manager));
  REQUIRE(leased.os_pid == process);
  python_options keep{.timeout = 200ms, .keep_snake = true};
  auto late =
    snake_run(f.self, leased, {"snakes", "nothing_to_say", here.path()}, keep);
  CHECK(code_in(late) == errc::timeout);
  // The reply is sent while further calls are on their way.
  here.arrival();
  here.release();
  for (int i = 0; i < 20; ++i)
    CHECK(checked(python<int>(f.self, f.manager, {"snakes", "echo", i})) == i);
  CHECK(code_in(snake_run(f.self, leased, {"snakes", "echo", 1}))
        == errc::snake_gone);
  ::kill(process, SIGKILL);
}

// -- values that cannot be ----------------------------------------------------

TEST_CASE("a result without a mapping is named with its type and its place",
          "[endings]") {
  pool_fixture f{small_pool(1)};
  auto result = python(f.self, f.manager, {"snakes", "unencodable_inside"});
  CHECK(code_in(result) == errc::unencodable);
  CHECK_THAT(text_in(result), ContainsSubstring("enum.EnumMeta")
                                || ContainsSubstring("enum.EnumType"));
  CHECK_THAT(text_in(result), ContainsSubstring("result[\"items\"][1][\"x\"]"));
  CHECK(python(f.self, f.manager, {"os", "getpid"}));
}

TEST_CASE("an argument with a key that Python cannot hash is undecodable",
          "[endings]") {
  pool_fixture f{small_pool(1)};
  // {[]: 1}
  auto bad = value::from_bytes("\x81\x90\x01");
  auto result = python(f.self, f.manager, {"snakes", "echo", 1, bad});
  CHECK(code_in(result) == errc::undecodable);
  CHECK_THAT(text_in(result), ContainsSubstring("args[1]")
                                && ContainsSubstring("list is not hashable"));
  CHECK(python(f.self, f.manager, {"os", "getpid"}));
}

TEST_CASE("a result that is not what was asked for says both", "[endings]") {
  pool_fixture f;
  auto wrong = python<int>(f.self, f.manager, {"snakes", "echo", "text"});
  CHECK(code_in(wrong) == errc::undecodable);
  CHECK_THAT(text_in(wrong), EndsWith("expected int, got str"));
  std::map<std::string, std::vector<double>> prices{{"a", {1.5, 2.5}}};
  auto deep = python<std::map<std::string, std::vector<std::string>>>(
    f.self, f.manager, {"snakes", "echo", prices});
  CHECK(code_in(deep) == errc::undecodable);
  CHECK_THAT(text_in(deep),
             ContainsSubstring("['a'][0]: expected str, got float"));
}

// -- snake_gone ---------------------------------------------------------------

TEST_CASE("a run on what is no lease any more ends with snake_gone",
          "[endings]") {
  pool_fixture f{small_pool(2)};
  auto leased = checked(retrieve_snake(f.self, f.manager));
  SECTION("because it was given back") {
    CHECK(checked(release_snake(f.self, f.manager, leased)));
    CHECK_FALSE(checked(release_snake(f.self, f.manager, leased)));
  }
  SECTION("because a run ended it") {
    CHECK(snake_run(f.self, leased, {"os", "getpid"}));
  }
  SECTION("because it timed out") {
    rendezvous here;
    CHECK(code_in(snake_run(f.self, leased, here.call(), within(200ms)))
          == errc::timeout);
  }
  SECTION("because it was slain") {
    CHECK(checked(slay_python_worker(f.self, f.manager, leased)));
    CHECK_FALSE(checked(slay_python_worker(f.self, f.manager, leased)));
  }
  SECTION("because it died") {
    ::kill(leased.os_pid, SIGKILL);
    CHECK(eventually([&] { return f.alive().empty(); }));
  }
  SECTION("because it is leased anew") {
    CHECK(checked(release_snake(f.self, f.manager, leased)));
    auto next = checked(retrieve_snake(f.self, f.manager));
    CHECK(next.id == leased.id);
    CHECK(next.lease != leased.lease);
  }
  SECTION("because it never was one") {
    leased = snake{};
  }
  SECTION("because only its number is known") {
    auto known = f.alive().at(0);
    CHECK(known.lease == 0);
    leased = known;
  }
  CHECK(code_in(snake_run(f.self, leased, {"os", "getpid"}))
        == errc::snake_gone);
}

// -- shutting_down ------------------------------------------------------------

TEST_CASE("the end of the pool ends every call with shutting_down",
          "[endings][concurrency]") {
  pool_fixture f{small_pool(2)};
  rendezvous here;
  std::vector<std::future<answer>> calls;
  std::vector<std::future<caf::expected<snake>>> leases;
  calls.push_back(f.call_later(here.call()));
  auto process = here.arrival();
  auto leased = checked(retrieve_snake(f.self, f.manager));
  calls.push_back(f.ask_later<value>(leased.worker, snake_run_atom_v, leased,
                                     here.call(), python_options{}));
  here.arrival();
  // One more, which waits at the snake.
  caller other{f};
  calls.push_back(other.start<value>(leased.worker, snake_run_atom_v, leased,
                                     here.call(), python_options{}));
  for (int i = 0; i < 10; ++i) {
    calls.push_back(f.call_later(here.call()));
    leases.push_back(
      f.ask_later<snake>(f.manager, retrieve_snake_atom_v,
                         python_options{.busy = when_busy::wait}));
  }
  SECTION("when it is stopped") {
    f.stop();
    CHECK_FALSE(is_alive(process));
    CHECK(processes_of_pools().empty());
  }
  SECTION("when its manager gets an exit message") {
    caf::anon_send_exit(f.manager, caf::exit_reason::user_shutdown);
    CHECK(eventually([] { return processes_of_pools().empty(); }));
  }
  SECTION("when its manager is killed") {
    caf::anon_send_exit(f.manager, caf::exit_reason::kill);
    CHECK(eventually([] { return processes_of_pools().empty(); }));
  }
  for (auto& x : calls)
    CHECK(code_in(x.get()) == errc::shutting_down);
  for (auto& x : leases)
    CHECK(code_in(x.get()) == errc::shutting_down);
}

TEST_CASE("requests after the end of the pool end with shutting_down",
          "[endings]") {
  pool_fixture f;
  auto leased = checked(retrieve_snake(f.self, f.manager));
  f.stop();
  f.stop();
  auto& self = f.self;
  auto& manager = f.manager;
  CHECK(code_in(python(self, manager, {"os", "getpid"}))
        == errc::shutting_down);
  CHECK(code_in(python_wait(self, manager, {"os", "getpid"}))
        == errc::shutting_down);
  CHECK(code_in(retrieve_snake(self, manager)) == errc::shutting_down);
  CHECK(code_in(retrieve_snake_wait(self, manager)) == errc::shutting_down);
  CHECK(code_in(get_snakes_ready(self, manager, 1)) == errc::shutting_down);
  CHECK(code_in(release_snake(self, manager, leased)) == errc::shutting_down);
  CHECK(code_in(slay_python_worker(self, manager, leased))
        == errc::shutting_down);
  CHECK(code_in(list_alive_snakes(self, manager)) == errc::shutting_down);
  CHECK(code_in(clean_inactive_snakes(self, manager)) == errc::shutting_down);
  CHECK(code_in(cancel(self, manager, 1)) == errc::shutting_down);
  CHECK(code_in(snake_run(self, leased, {"os", "getpid"})) == errc::snake_gone);
}
