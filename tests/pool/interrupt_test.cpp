#include "tests/facades.hpp"

/// @file
/// Calls that are asked to end by an exception: because their soft timeout is
/// over, or because they are taken back. Calls that are taken back otherwise
/// are in cancel_test.cpp.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;

namespace {

const python_options soon{.timeout = forever, .soft_timeout = 50ms};

} // namespace

// -- soft timeouts ------------------------------------------------------------

TEST_CASE("a soft timeout ends a call wherever Python runs or waits, and the "
          "snake lives on",
          "[interrupt]") {
  auto args = GENERATE(values<snake_args>({
    {"time", "sleep", 1000},
    {"snakes", "spin"},
    {"interrupts", "wait_for_lock"},
    {"interrupts", "wait_for_child"},
    {"asyncio", "sleep", 1000},
    {"interrupts", "wait_for_task"},
    {"interrupts", "spin_async"},
    {"interrupts", "wait_beside_callback"},
    {"interrupts", "wait_beside_task"},
  }));
  CAPTURE(args.func());
  pool_fixture f{small_pool(1)};
  auto process = process_of(f);
  auto got = python(f.self, f.manager, args, soon);
  CHECK(code_in(got) == errc::timeout);
  CHECK_THAT(text_in(got),
             ContainsSubstring(args.func() + " ran for longer than 50 ms"));
  CHECK(process_of(f) == process);
}

TEST_CASE("the error of a soft timeout says where the call was",
          "[interrupt]") {
  pool_fixture f{small_pool(1)};
  auto got = python(f.self, f.manager, {"interrupts", "wait_for_lock"}, soon);
  CHECK_THAT(
    text_in(got),
    ContainsSubstring("in wait_for_lock") && ContainsSubstring("lock.acquire()")
      && ContainsSubstring("venomous.CallInterrupted: it ran for longer than "
                           "its soft timeout, or was canceled"));
}

TEST_CASE("the error of a soft timeout says where a coroutine waited",
          "[interrupt]") {
  auto func = GENERATE(as<std::string>{}, "wait_deeply", "wait_for_generator",
                       "wait_for_several", "wait_for_limit", "wait_for_first",
                       "wait_for_object", "wait_and_clean_up");
  CAPTURE(func);
  pool_fixture f{small_pool(1)};
  // Each attempt leaves the coroutine more time to get to where it waits.
  std::string text;
  for (auto limit = 50ms; limit < 10s && text.find("in sleep") == text.npos;
       limit *= 4)
    text = text_in(python(f.self, f.manager, {"interrupts", func},
                          {.timeout = forever, .soft_timeout = limit}));
  CAPTURE(text);
  auto begin = text.find("in " + func);
  auto end = text.find("in _nap");
  CHECK(begin < end);
  CHECK(end < text.find("in sleep"));
  CHECK_THAT(text, ContainsSubstring("await asyncio.sleep(1000)"));
  CHECK_THAT(text, !ContainsSubstring("selectors.py")
                     && !ContainsSubstring("awaiting.py"));
}

TEST_CASE("the error of a soft timeout says where a coroutine ran",
          "[interrupt]") {
  pool_fixture f{small_pool(1)};
  auto text =
    text_in(python(f.self, f.manager, {"interrupts", "spin_async"}, soon));
  CHECK_THAT(text, ContainsSubstring("in spin_async")
                     && !ContainsSubstring("asyncio"));
}

TEST_CASE("a call may take its soft timeout for a reason to hurry",
          "[interrupt]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  auto got = python<std::string>(
    f.self, f.manager, {"interrupts", "meet_until_interrupted", here.path()},
    soon);
  CHECK_THAT(checked(std::move(got)), ContainsSubstring("it ran for longer"));
}

TEST_CASE("a soft timeout has a call clean up", "[interrupt]") {
  pool_fixture f{small_pool(1)};
  temporary_folder folder;
  auto file = folder / "note";
  auto got =
    python(f.self, f.manager, {"interrupts", "clean_up", file.string()}, soon);
  CHECK(code_in(got) == errc::timeout);
  CHECK(lines_in(file) == 1);
}

TEST_CASE("a soft timeout is not taken for a file that is not there",
          "[interrupt]") {
  pool_fixture f{small_pool(1)};
  CHECK(
    code_in(python(f.self, f.manager, {"interrupts", "look_for_root"}, soon))
    == errc::timeout);
}

TEST_CASE("an import is finished before its call is interrupted",
          "[interrupt]") {
  temporary_folder folder;
  folder.write("slow.py", "import time\ntime.sleep(0.3)\ndone = True\n");
  pool_fixture f{small_pool(1)};
  auto got = python(f.self, f.manager,
                    {"interrupts", "import_slowly", folder.path()}, soon);
  CHECK(code_in(got) == errc::timeout);
  CHECK_THAT(text_in(got), ContainsSubstring("time.sleep(1000)"));
}

TEST_CASE("a call is interrupted once", "[interrupt]") {
  pool_fixture f{small_pool(1)};
  // Signals come every 100 ms as long as it runs.
  CHECK(checked(python<int>(f.self, f.manager,
                            {"interrupts", "count_interrupts", 0.35}, soon))
        == 1);
}

TEST_CASE("a call that ignores its soft timeout has the hard one",
          "[interrupt]") {
  pool_fixture f{small_pool(1)};
  // The interrupt is for the function, not for an import of its module.
  auto process = checked(
    python<pid_t>(f.self, f.manager, {"snakes", "sleep_and_tell_pid", 0.0}));
  auto got = python(f.self, f.manager, {"interrupts", "ignore_interrupts"},
                    {.timeout = 300ms, .soft_timeout = 50ms});
  CHECK(code_in(got) == errc::timeout);
  CHECK_THAT(text_in(got), EndsWith("ran for longer than 300 ms"));
  CHECK(goes_away(process));
  CHECK(process_of(f) != process);
}

TEST_CASE("what a function raises in its own name is no timeout",
          "[interrupt]") {
  pool_fixture f{small_pool(1)};
  auto got = python(f.self, f.manager, {"interrupts", "raise_interrupted"},
                    {.soft_timeout = 1h});
  REQUIRE(code_in(got) == errc::python_exception);
  CHECK(snake_error_of(got.error())->exception == "venomous.CallInterrupted");
}

TEST_CASE("an interrupt that comes too late finds no other call",
          "[interrupt]") {
  pool_fixture f{small_pool(1)};
  auto process = process_of(f);
  for (int i = 0; i < 200; ++i) {
    // Some end before the signal arrives, some after, some just then.
    auto seconds = 0.001 + i % 20 * 0.0003;
    auto got = python(f.self, f.manager, {"time", "sleep", seconds},
                      {.soft_timeout = 1ms});
    if (!got)
      REQUIRE(code_in(got) == errc::timeout);
    REQUIRE(checked(python<pid_t>(f.self, f.manager,
                                  {"snakes", "sleep_and_tell_pid", 0.003}))
            == process);
  }
}

TEST_CASE("a run may have a soft timeout, and its lease goes on",
          "[interrupt]") {
  pool_fixture f{small_pool(1)};
  auto leased = checked(retrieve_snake(f.self, f.manager));
  auto options = soon;
  options.keep_snake = true;
  CHECK(code_in(snake_run(f.self, leased, {"time", "sleep", 1000}, options))
        == errc::timeout);
  CHECK(checked(snake_run<pid_t>(f.self, leased, {"os", "getpid"}, options))
        == leased.os_pid);
}

TEST_CASE("soft-timeout-ms is for calls that say nothing else", "[interrupt]") {
  auto options = small_pool(1);
  options.soft_timeout = 50ms;
  pool_fixture f{options};
  CHECK(code_in(python(f.self, f.manager, {"time", "sleep", 1000}))
        == errc::timeout);
  CHECK(python(f.self, f.manager, {"time", "sleep", 0.2},
               {.soft_timeout = forever}));
}

TEST_CASE("a soft timeout that is negative makes no sense", "[interrupt]") {
  pool_fixture f{small_pool(1)};
  auto got = python(f.self, f.manager, {"os", "getpid"}, {.soft_timeout = -1s});
  CHECK(code_in(got) == errc::bad_options);
  CHECK_THAT(text_in(got), ContainsSubstring("soft_timeout is negative"));
}

// -- calls that are taken back ------------------------------------------------

BOTH_WAYS("a call that runs and is taken back may clean up, and its snake "
          "lives on",
          "[interrupt]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  temporary_folder folder;
  auto file = folder / "note";
  auto process = process_of(f);
  caller other{f};
  python_options options{.token = new_call_token()};
  auto call = other.start<value>(
    f.manager, python_atom_v,
    snake_args{"interrupts", "clean_up", file.string()}, options);
  CHECK(checked(api.cancel(options.token)));
  CHECK(code_in(call.get()) == errc::cancelled);
  // Only if it had begun there was something to clean up.
  if (lines_in(file) == 1)
    CHECK(text_of(file) == std::to_string(process) + "\n");
  CHECK(process_of(f) == process);
}

TEST_CASE("a call that returns all the same when it is taken back is cancelled",
          "[interrupt]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  caller other{f};
  python_options options{.token = new_call_token()};
  auto call = other.start<value>(
    f.manager, python_atom_v,
    snake_args{"interrupts", "meet_until_interrupted", here.path()}, options);
  auto process = here.arrival();
  CHECK(checked(cancel(f.self, f.manager, options.token)));
  CHECK(code_in(call.get()) == errc::cancelled);
  CHECK(process_of(f) == process);
}

TEST_CASE("a call that goes on when it is taken back ends with its snake",
          "[interrupt]") {
  auto options = small_pool(1);
  options.python_timeout = 1h;
  pool_fixture f{options};
  rendezvous here;
  caller other{f};
  auto token = new_call_token();
  auto call = other.start<value>(
    f.manager, python_atom_v,
    snake_args{"interrupts", "ignore_interrupts", here.path()},
    python_options{.token = token});
  auto process = here.arrival();
  CHECK(checked(cancel(f.self, f.manager, token)));
  CHECK(code_in(call.get()) == errc::cancelled);
  CHECK(goes_away(process));
  CHECK(process_of(f) != process);
}
