#include "tests/pool_fixture.hpp"

#include <signal.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <map>
#include <stdexcept>

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

using answer = caf::expected<value>;

const python_options patient{.busy = when_busy::wait};

python_options within(caf::timespan timeout) {
  return {.timeout = timeout};
}

snake_error exception_in(const answer& result) {
  REQUIRE(code_in(result) == errc::python_exception);
  auto raised = snake_error_of(result.error());
  REQUIRE(raised);
  return *raised;
}

size_t lines_in(const std::filesystem::path& file) {
  auto text = text_of(file);
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// How many attempts fit into `time` if each has to wait for the back-off of
/// the one before, at its shortest.
size_t most_attempts(std::chrono::steady_clock::duration time) {
  auto delays = std::chrono::duration<double>{time} / 50ms;
  return 1 + static_cast<size_t>(std::log2(delays + 1));
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

TEST_CASE("a snake is free again before its caller has the answer",
          "[endings]") {
  pool_fixture f{small_pool(1)};
  for (int i = 0; i < 1000; ++i)
    REQUIRE(checked(python<int>(f.self, f.manager, {"snakes", "echo", i}))
            == i);
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
  CHECK_THAT(raised.backtrace, Contains(it.backtrace));
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
  CHECK_THAT(text_in(result), Contains("snakes.meet") && Contains("200 ms"));
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

TEST_CASE("the timeout of the pool holds for calls that bring none",
          "[endings]") {
  auto options = small_pool(1);
  options.python_timeout = 200ms;
  pool_fixture f{options};
  rendezvous here;
  CHECK(code_in(python(f.self, f.manager, here.call())) == errc::timeout);
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
  };
  auto it = GENERATE(values<row>({
    {"exit", "exited with code 3"},
    {"kill", "was killed by SIGKILL"},
    {"abort", "was killed by SIGABRT"},
    {"segfault", "was killed by SIGSEGV"},
  }));
  pool_fixture f{small_pool(1)};
  auto result = python(f.self, f.manager, {"snakes", "crash", it.how});
  CHECK(code_in(result) == errc::python_died);
  CHECK_THAT(text_in(result), Contains(it.text) && Contains("snakes.crash"));
  CHECK(python(f.self, f.manager, {"os", "getpid"}));
}

TEST_CASE("a segmentation fault is told with the traceback of Python",
          "[endings]") {
  pool_fixture f;
  auto result = python(f.self, f.manager, {"snakes", "crash", "segfault"});
  CHECK_THAT(text_in(result), Contains("Fatal Python error: Segmentation fault")
                                && Contains("snakes.py\", line")
                                && Contains("in crash"));
}

TEST_CASE("a process that is killed from outside ends its call", "[endings]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  auto result = f.call_later(here.call());
  ::kill(here.arrival(), SIGKILL);
  auto got = result.get();
  CHECK(code_in(got) == errc::python_died);
  CHECK_THAT(text_in(got), Contains("was killed by SIGKILL"));
}

TEST_CASE("the last 4 KB of standard error are in the text", "[endings]") {
  pool_fixture f;
  auto result = python(f.self, f.manager, {"snakes", "lament_and_crash", 2000});
  auto text = text_in(result);
  CHECK(code_in(result) == errc::python_died);
  CHECK_THAT(text, Contains("lament 1999\n"));
  CHECK_THAT(text, Contains("\nlament 1720\n"));
  CHECK_THAT(text, !Contains("lament 1\n"));
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

// -- no_snake, queue_full, cancelled ------------------------------------------

TEST_CASE("a call is refused with no_snake when all are busy", "[endings]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  auto running = f.call_later(here.call());
  here.arrival();
  auto refused = python(f.self, f.manager, {"os", "getpid"});
  CHECK(code_in(refused) == errc::no_snake);
  CHECK_THAT(text_in(refused), Contains("max-children=1"));
  CHECK(code_in(retrieve_snake(f.self, f.manager)) == errc::no_snake);
  CHECK(checked(get_snakes_ready(f.self, f.manager, 3)).empty());
  here.release();
  CHECK(running.get());
}

TEST_CASE("a call that waited for as long as it would ends with no_snake",
          "[endings]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  auto running = f.call_later(here.call());
  here.arrival();
  python_options impatient{.max_wait = 100ms};
  auto refused = python_wait(f.self, f.manager, {"os", "getpid"}, impatient);
  CHECK(code_in(refused) == errc::no_snake);
  here.release();
  CHECK(running.get());
}

TEST_CASE("calls beyond the bound of the line end with queue_full",
          "[endings][concurrency]") {
  auto options = small_pool(1);
  options.max_queue = 2;
  pool_fixture f{options};
  rendezvous here;
  auto running = f.call_later(here.call());
  here.arrival();
  std::vector<std::future<answer>> calls;
  for (int i = 0; i < 5; ++i)
    calls.push_back(f.call_later({"snakes", "echo", i}));
  auto answered = [&] {
    return std::count_if(calls.begin(), calls.end(), [](auto& x) {
      return x.wait_for(0s) == std::future_status::ready;
    });
  };
  CHECK(eventually([&] { return answered() == 3; }));
  CHECK(code_in(retrieve_snake_wait(f.self, f.manager)) == errc::queue_full);
  here.release();
  CHECK(running.get());
  size_t refused = 0;
  for (auto& x : calls)
    if (auto got = x.get(); !got) {
      CHECK(code_in(got) == errc::queue_full);
      ++refused;
    }
  CHECK(refused == 3);
}

TEST_CASE("a call that is taken back ends with cancelled", "[endings]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  auto running_token = new_call_token();
  auto waiting_token = new_call_token();
  auto running = f.call_later(here.call(), {.token = running_token});
  auto process = here.arrival();
  auto waiting = f.call_later(
    here.call(), {.busy = when_busy::wait, .token = waiting_token});
  CHECK(eventually(
    [&] { return checked(cancel(f.self, f.manager, waiting_token)); }));
  CHECK(code_in(waiting.get()) == errc::cancelled);
  CHECK(is_alive(process));
  CHECK(checked(cancel(f.self, f.manager, running_token)));
  CHECK(code_in(running.get()) == errc::cancelled);
  CHECK(eventually([&] { return !is_alive(process); }));
  CHECK_FALSE(checked(cancel(f.self, f.manager, running_token)));
  CHECK_FALSE(checked(cancel(f.self, f.manager, 0)));
}

// -- values that cannot be ----------------------------------------------------

TEST_CASE("a result without a mapping is named with its type and its place",
          "[endings]") {
  pool_fixture f{small_pool(1)};
  auto result = python(f.self, f.manager, {"snakes", "unencodable_inside"});
  CHECK(code_in(result) == errc::unencodable);
  CHECK_THAT(text_in(result),
             Contains("enum.EnumMeta") || Contains("enum.EnumType"));
  CHECK_THAT(text_in(result), Contains("result[\"items\"][1][\"x\"]"));
  CHECK(python(f.self, f.manager, {"os", "getpid"}));
}

TEST_CASE("an argument with a key that Python cannot hash is undecodable",
          "[endings]") {
  pool_fixture f{small_pool(1)};
  // {[]: 1}
  auto bad = value::from_bytes("\x81\x90\x01");
  auto result = python(f.self, f.manager, {"snakes", "echo", 1, bad});
  CHECK(code_in(result) == errc::undecodable);
  CHECK_THAT(text_in(result),
             Contains("args[1]") && Contains("list is not hashable"));
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
  CHECK_THAT(text_in(deep), Contains("['a'][0]: expected str, got float"));
}

// -- snake_gone, bad_options --------------------------------------------------

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

TEST_CASE("options that make no sense end a call with bad_options",
          "[endings]") {
  pool_fixture f{small_pool(1)};
  auto bad = GENERATE(values<python_options>({
    {.timeout = -1ms},
    {.max_wait = -1ms},
    {.timeout = -1ms, .busy = when_busy::wait},
  }));
  auto result = python(f.self, f.manager, {"os", "getpid"}, bad);
  CHECK(code_in(result) == errc::bad_options);
  CHECK_THAT(text_in(result), Contains("is negative"));
  auto leased = checked(retrieve_snake(f.self, f.manager));
  if (bad.timeout < pool_default)
    CHECK(code_in(snake_run(f.self, leased, {"os", "getpid"}, bad))
          == errc::bad_options);
}

TEST_CASE("a call may last as long as it likes", "[endings]") {
  auto options = small_pool(1);
  options.python_timeout = 50ms;
  pool_fixture f{options};
  rendezvous here;
  auto result = f.call_later(here.call(), {.timeout = forever});
  here.arrival();
  CHECK(result.wait_for(300ms) == std::future_status::timeout);
  here.release("at last");
  CHECK(checked(result.get()).as<std::string>() == "at last");
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

// -- start_failed -------------------------------------------------------------

TEST_CASE("what keeps snakes from starting is told to everybody who waits",
          "[endings][concurrency]") {
  temporary_folder folder;
  folder.write("raises.py", "raise LookupError('not today')\n");
  folder.write("exits.py", "import os, sys\n"
                           "print('my last words', file=sys.stderr)\n"
                           "os._exit(9)\n");
  folder.write("encoders.py", "def bad(x):\n  raise LookupError(x)\n"
                              "def dies():\n"
                              "  import os\n"
                              "  os.write(2, b'my last words\\n')\n"
                              "  os._exit(9)\n");
  struct row {
    std::string name;
    std::function<void(pool_options&)> spoil;
    std::vector<std::string> texts;
  };
  auto it = GENERATE(values<row>({
    {"a missing interpreter",
     [](pool_options& x) { x.python_executable = "/no/such/python"; },
     {"/no/such/python", "No such file or directory"}},
    {"a name that is not in PATH",
     [](pool_options& x) { x.python_executable = "no-such-python"; },
     {"no-such-python", "No such file or directory"}},
    {"a file that is no program",
     [](pool_options& x) { x.python_executable = "/etc/passwd"; },
     {"/etc/passwd", "Permission denied"}},
    {"a program that ends well",
     [](pool_options& x) { x.python_executable = "/bin/true"; },
     {"/bin/true", "exited with code 0"}},
    {"a program that ends badly",
     [](pool_options& x) { x.python_executable = "/bin/false"; },
     {"/bin/false", "exited with code 1"}},
    {"a program that speaks up",
     [](pool_options& x) { x.python_executable = "/bin/ls"; },
     {"/bin/ls", "exited with code"}},
    {"a preload that raises",
     [](pool_options& x) {
       x.preload = {"json", "raises"};
     },
     {"LookupError: not today", "raises.py\", line 1"}},
    {"a preload that is missing",
     [](pool_options& x) { x.preload = {"no_such_module"}; },
     {"ModuleNotFoundError: No module named 'no_such_module'"}},
    {"a preload that exits",
     [](pool_options& x) { x.preload = {"exits"}; },
     {"exited with code 9", "my last words"}},
    {"a folder that is missing",
     [](pool_options& x) { x.cd = "/no/such/folder"; },
     {"FileNotFoundError", "/no/such/folder"}},
    {"an encoder that raises",
     [](pool_options& x) {
       x.encoder = encoder_call{"encoders", "bad", {std::string{"my reason"}}};
     },
     {"LookupError: my reason", "in bad"}},
    {"an encoder that is missing",
     [](pool_options& x) {
       x.encoder = encoder_call{"encoders", "none", {}};
     },
     {"AttributeError", "none"}},
    {"an encoder that exits",
     [](pool_options& x) {
       x.encoder = encoder_call{"encoders", "dies", {}};
     },
     {"exited with code 9", "my last words"}},
    {"an encoder that never returns",
     [](pool_options& x) {
       x.encoder = encoder_call{"time", "sleep", {int64_t{3600}}};
       x.start_timeout = 2s;
     },
     {"did not get ready within 2000 ms"}},
    {"a preload that never returns",
     [](pool_options& x) {
       x.preload = {"sleeps"};
       x.start_timeout = 500ms;
     },
     {"did not get ready within 500 ms"}},
  }));
  folder.write("sleeps.py", "import time\ntime.sleep(3600)\n");
  INFO(it.name);
  auto options = small_pool(2);
  options.module_paths.push_back(folder.path());
  it.spoil(options);
  pool_fixture f{options};
  std::vector<std::future<answer>> calls;
  for (int i = 0; i < 5; ++i)
    calls.push_back(f.call_later({"os", "getpid"}));
  auto lease = f.ask_later<snake>(f.manager, retrieve_snake_atom_v,
                                  python_options{.busy = when_busy::wait});
  auto many = f.ask_later<std::vector<snake>>(
    f.manager, get_snakes_ready_atom_v, size_t{2});
  for (auto& x : calls) {
    auto got = x.get();
    CHECK(code_in(got) == errc::start_failed);
    for (auto& text : it.texts)
      CHECK_THAT(text_in(got), Contains(text));
  }
  CHECK(code_in(lease.get()) == errc::start_failed);
  // Those in line before may have taken all there could be.
  auto none = many.get();
  if (!none)
    CHECK(code_in(none) == errc::start_failed);
  else
    CHECK(none->empty());
  CHECK(f.alive().empty());
}

TEST_CASE("an interpreter that cannot start is not started for each call",
          "[endings][concurrency]") {
  temporary_folder folder;
  auto starts = folder / "starts";
  folder.write("counted.py", "import os\n"
                             "with open('"
                               + starts.string()
                               + "', 'a') as f:\n"
                                 "  f.write('start\\n')\n"
                                 "raise LookupError('not today')\n"
                                 "def encoder():\n  pass\n");
  folder.write("encoders.py", "import os\n"
                              "def counted():\n"
                              "  with open('"
                                + starts.string()
                                + "', 'a') as f:\n"
                                  "    f.write('start\\n')\n"
                                  "  raise LookupError('not today')\n");
  auto options = small_pool(2);
  options.perpetual_workers = 1;
  options.module_paths.push_back(folder.path());
  size_t at_once = 1;
  SECTION("for a preload that raises") {
    options.preload = {"counted"};
  }
  SECTION("for an encoder that raises") {
    options.encoder = encoder_call{"encoders", "counted", {}};
    at_once = options.max_children;
  }
  auto begin = std::chrono::steady_clock::now();
  pool_fixture f{options};
  for (int round = 0; round < 10; ++round) {
    std::vector<std::future<answer>> calls;
    for (int i = 0; i < 20; ++i)
      calls.push_back(f.call_later({"os", "getpid"}));
    for (auto& x : calls) {
      auto got = x.get();
      CHECK(code_in(got) == errc::start_failed);
      CHECK_THAT(text_in(got), Contains("LookupError: not today"));
    }
  }
  auto counted = lines_in(starts);
  auto took = std::chrono::steady_clock::now() - begin;
  INFO(std::chrono::duration<double>{took}.count() << " s");
  CHECK(counted >= 1);
  CHECK(counted <= at_once * most_attempts(took));
}

TEST_CASE("the pool recovers by itself when the cause is gone", "[endings]") {
  temporary_folder folder;
  folder.write("obstacle", "");
  folder.write("careful.py", "import os\n"
                             "def check():\n"
                             "  if os.path.exists('"
                               + (folder / "obstacle").string()
                               + "'):\n"
                                 "    raise LookupError('not today')\n");
  folder.write("careful_preload.py", "import careful\ncareful.check()\n");
  auto options = small_pool(2);
  options.module_paths.push_back(folder.path());
  SECTION("a preload") {
    options.preload = {"careful_preload"};
  }
  SECTION("an encoder") {
    options.encoder = encoder_call{"careful", "check", {}};
  }
  SECTION("an encoder, with snakes to be kept warm") {
    options.encoder = encoder_call{"careful", "check", {}};
    options.perpetual_workers = 2;
  }
  pool_fixture f{options};
  CHECK(code_in(python(f.self, f.manager, {"os", "getpid"}))
        == errc::start_failed);
  std::filesystem::remove(folder / "obstacle");
  if (options.perpetual_workers > 0)
    CHECK(f.all_ready(2));
  CHECK(eventually([&] {
    return static_cast<bool>(python(f.self, f.manager, {"os", "getpid"}));
  }));
}

TEST_CASE("what an interpreter says before it gives up is in the error",
          "[endings]") {
  pool_options options = small_pool();
  temporary_folder folder;
  auto fake = folder / "python";
  folder.write("python", "#!/bin/sh\n"
                         "echo 'this is no interpreter for it' >&2\n"
                         "exit 4\n");
  std::filesystem::permissions(fake, std::filesystem::perms::owner_all);
  options.python_executable = fake.string();
  pool_fixture f{options};
  auto got = python(f.self, f.manager, {"os", "getpid"});
  CHECK(code_in(got) == errc::start_failed);
  CHECK_THAT(text_in(got), Contains("exited with code 4")
                             && Contains("this is no interpreter for it"));
}

TEST_CASE("as long as one snake lives, calls wait for it although no other "
          "one starts",
          "[endings]") {
  temporary_folder folder;
  folder.write("careful.py", "import os\n"
                             "def check():\n"
                             "  if os.path.exists('"
                               + (folder / "obstacle").string()
                               + "'):\n"
                                 "    raise LookupError('not today')\n");
  auto options = small_pool(2);
  options.module_paths.push_back(folder.path());
  options.encoder = encoder_call{"careful", "check", {}};
  pool_fixture f{options};
  rendezvous here;
  auto running = f.call_later(here.call());
  here.arrival();
  folder.write("obstacle", "");
  // This one waits for no more than a snake that starts.
  CHECK(code_in(python(f.self, f.manager, {"os", "getpid"}))
        == errc::start_failed);
  auto waiting = f.call_later({"snakes", "echo", 1});
  CHECK(waiting.wait_for(0s) == std::future_status::timeout);
  here.release();
  CHECK(running.get());
  CHECK(waiting.get());
}
