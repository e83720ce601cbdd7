#include "tests/pool/maps.hpp"

/// @file
/// Maps: one function for each item of a vector.

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

using Catch::Matchers::ContainsSubstring;

// -- results ------------------------------------------------------------------

BOTH_WAYS("a map has its results in the order of the items", "[map]") {
  pool_fixture f{small_pool(2)};
  TestType api{f};
  for (int n : {0, 1, 2, 10'000}) {
    std::vector<int> items;
    for (auto x : numbers(n))
      items.push_back(-x);
    auto got =
      checked(api.template python_map<int>({"builtins", "abs", items}));
    CHECK(got.values == numbers(n));
    CHECK(got.errors.empty());
  }
}

BOTH_WAYS("the results of a map are what was asked for", "[map]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  std::vector<value> items{1, 2.5, "three", 4};
  map_args args{"snakes", "echo", items};
  auto plain = checked(api.python_map(args));
  CHECK(plain.values == items);
  auto got = checked(api.template python_map<int>(args));
  CHECK(got.values == std::vector<int>{1, 0, 0, 4});
  REQUIRE(got.errors.size() == 2);
  CHECK(got.errors[0].index == 1);
  CHECK(got.errors[1].index == 2);
  CHECK(describe(got.errors[1].why) == "undecodable: expected int, got str");
}

TEST_CASE("items and results of any size are mapped", "[map]") {
  pool_fixture f{small_pool(2)};
  std::vector<std::string> items;
  for (size_t i = 0; i < 40; ++i)
    items.emplace_back(i % 4 == 0 ? 200'000 + i : 10'000, 'x');
  items.emplace_back(6'000'000, 'y');
  items.emplace_back();
  auto got = checked(
    python_map<std::string>(f.self, f.manager, {"snakes", "echo", items}));
  CHECK(got.errors.empty());
  CHECK(got.values == items);
}

TEST_CASE("a map awaits, and uses encoder and decoder, as calls do", "[map]") {
  auto options = small_pool(1);
  options.encoder = encoder_call{"snakes", "translate", {"=", int64_t{100}}};
  pool_fixture f{options};
  auto later = checked(python_map<int>(
    f.self, f.manager, {"snakes", "negate_later", std::vector{1, 2}}));
  CHECK(later.values == std::vector{-101, -102});
  auto half = checked(python_map<std::string>(
    f.self, f.manager, {"snakes", "half", std::vector{1, 2}}));
  CHECK(half.values == std::vector{"=101/2"s, "=102/2"s});
}

// -- errors of items ----------------------------------------------------------

BOTH_WAYS("an error names its item and costs no other", "[map]") {
  pool_fixture f{small_pool(2)};
  TestType api{f};
  temporary_folder folder;
  auto items = tasks(300, folder / "notes");
  items[0].action = "raise";
  items[150].action = "unencodable";
  items[299].action = "raise";
  auto got = checked(api.python_map(work(items)));
  REQUIRE(got.errors.size() == 3);
  CHECK(has_numbers(got));
  CHECK(each_ran_once(folder / "notes", 300));
  CHECK(got.errors[0].index == 0);
  auto raised = snake_error_of(got.errors[0].why);
  REQUIRE(raised);
  CHECK(raised->exception == "snakes.Misfortune");
  CHECK(raised->error == "at 0");
  CHECK_THAT(raised->backtrace, ContainsSubstring("in work"));
  CHECK(got.errors[1].index == 150);
  CHECK(code_of_error(got, 1) == errc::unencodable);
  CHECK_THAT(describe(got.errors[1].why),
             ContainsSubstring("result[\"inside\"]"));
  CHECK(got.errors[2].index == 299);
}

TEST_CASE("an item that is no value costs no other", "[map]") {
  pool_fixture f{small_pool(1)};
  std::vector<value> items(60, value{7});
  items[20] = value::from_bytes("\xd9");
  items[21] = value{"\xff"};
  items[22] = value::from_bytes("\x01\x02");
  items[23] = value::from_bytes({});
  auto got = checked(python_map(f.self, f.manager, {"snakes", "echo", items}));
  REQUIRE(got.errors.size() == 4);
  for (size_t i = 0; i < 4; ++i) {
    CHECK(got.errors[i].index == 20 + i);
    CHECK(code_of_error(got, i) == errc::undecodable);
  }
  CHECK(got.values[24] == value{7});
}

TEST_CASE("a function that is not there is an error of each item", "[map]") {
  pool_fixture f{small_pool(2)};
  auto got =
    checked(python_map(f.self, f.manager, {"nowhere", "func", numbers(50)}));
  REQUIRE(got.errors.size() == 50);
  for (size_t i = 0; i < 50; ++i) {
    CHECK(got.errors[i].index == i);
    auto raised = snake_error_of(got.errors[i].why);
    REQUIRE(raised);
    CHECK(raised->exception == "ModuleNotFoundError");
  }
}

// -- the end of a map ---------------------------------------------------------

BOTH_WAYS("a map that runs can be taken back", "[map][concurrency]") {
  pool_fixture f{small_pool(2)};
  TestType api{f};
  temporary_folder folder;
  rendezvous here;
  auto items = tasks(100, folder / "notes");
  for (auto& item : items) {
    item.action = "meet";
    item.path = here.path();
  }
  map_options options{.token = new_call_token()};
  auto map = api.start_python_map(work(items), options);
  auto first = here.arrival();
  auto second = here.arrival();
  CHECK(checked(api.cancel(options.token)));
  CHECK(code_in(map.get()) == errc::cancelled);
  CHECK(goes_away(first));
  CHECK(goes_away(second));
  CHECK_FALSE(checked(api.cancel(options.token)));
  here.close();
  CHECK(counts(folder / "notes").size() == 2);
  CHECK(api.python_wait(tell_pid()));
}

BOTH_WAYS("a map that waits can be taken back", "[map][concurrency]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  rendezvous here;
  caller other{f};
  auto running = occupy(other, f, here);
  messages starter{f};
  map_options options{.token = new_call_token()};
  auto map = starter.start_python_map({"builtins", "abs", numbers(9)}, options);
  CHECK(is_pending(map));
  CHECK(checked(api.cancel(options.token)));
  CHECK(code_in(map.get()) == errc::cancelled);
  here.release();
  CHECK(running.get());
  CHECK(f.all_ready(1));
}

TEST_CASE("a map ends with its caller", "[map][concurrency]") {
  pool_fixture f{small_pool(1)};
  temporary_folder folder;
  rendezvous here;
  auto items = tasks(10, folder / "notes");
  for (auto& item : items) {
    item.action = "meet";
    item.path = here.path();
  }
  caller other{f};
  auto map = other.start<map_results>(f.manager, python_map_atom_v, work(items),
                                      map_options{});
  auto process = here.arrival();
  other.kill();
  CHECK(goes_away(process));
  CHECK(python_wait(f.self, f.manager, tell_pid()));
  CHECK(counts(folder / "notes").size() == 1);
}

TEST_CASE("a map ends with its pool", "[map][concurrency]") {
  pool_fixture f{small_pool(1)};
  temporary_folder folder;
  rendezvous here;
  auto items = tasks(10, folder / "notes");
  items[3].action = "meet";
  items[3].path = here.path();
  messages api{f};
  auto map = api.start_python_map(work(items));
  here.arrival();
  f.stop();
  REQUIRE(is_answered(map));
  CHECK(code_in(map.get()) == errc::shutting_down);
  CHECK(code_in(api.python_map(work(items))) == errc::shutting_down);
}

BOTH_WAYS("a map that makes no sense or gets no snake is an error as a whole",
          "[map]") {
  SECTION("with a negative timeout") {
    pool_fixture f{small_pool(1)};
    TestType api{f};
    CHECK(code_in(api.python_map({"builtins", "abs", numbers(9)},
                                 with_timeout_of_item(-1s)))
          == errc::bad_options);
  }
  SECTION("behind a call that takes longer than max_wait") {
    pool_fixture f{small_pool(1)};
    TestType api{f};
    rendezvous here;
    caller other{f};
    auto running = occupy(other, f, here);
    CHECK(code_in(
            api.python_map({"builtins", "abs", numbers(9)}, {.max_wait = 50ms}))
          == errc::no_snake);
    here.release();
    CHECK(running.get());
    CHECK(f.all_ready(1));
  }
  SECTION("where no interpreter can be started") {
    auto options = small_pool(2);
    options.python_executable = "/nowhere/python3";
    pool_fixture f{options};
    TestType api{f};
    auto got = api.python_map({"builtins", "abs", numbers(9)});
    CHECK(code_in(got) == errc::start_failed);
    CHECK_THAT(text_in(got), ContainsSubstring("/nowhere/python3"));
  }
}

// -- company ------------------------------------------------------------------

TEST_CASE("a map tells how far it is", "[map]") {
  pool_fixture f{small_pool(2)};
  std::vector<double> items(100, 0.002);
  std::vector<size_t> seen;
  auto thread = std::this_thread::get_id();
  auto progress = [&](size_t done, size_t total) {
    CHECK(total == 100);
    CHECK(std::this_thread::get_id() == thread);
    seen.push_back(done);
  };
  CHECK(python_map(f.self, f.manager, {"snakes", "sleep_and_tell_pid", items},
                   {}, progress));
  CHECK(seen.size() > 2);
  CHECK(std::ranges::is_sorted(seen));
  REQUIRE_FALSE(seen.empty());
  CHECK(seen.back() == 100);
}

TEST_CASE("what a progress function throws ends the map", "[map]") {
  pool_fixture f{small_pool(1)};
  std::vector<double> items(1'000, 1);
  items[0] = 0;
  auto progress = [](size_t, size_t) {
    throw std::runtime_error{"enough"};
  };
  CHECK_THROWS_WITH(python_map(f.self, f.manager,
                               {"snakes", "sleep_and_tell_pid", items}, {},
                               progress),
                    "enough");
  CHECK(python_wait(f.self, f.manager, tell_pid()));
}

TEST_CASE("an observer hears how far a map is", "[map]") {
  pool_fixture f{small_pool(1)};
  map_options options{.token = new_call_token(), .observer = {f.self}};
  messages api{f};
  CHECK(api.python_map({"builtins", "abs", numbers(5'000)}, options));
  uint64_t last = 0;
  while (last < 5'000) {
    f.self->receive(
      [&](map_progress_atom, call_token token, uint64_t done, uint64_t total) {
        CHECK(token == options.token);
        CHECK(total == 5'000);
        CHECK(done >= last);
        last = done;
      },
      caf::after(10s) >> [&] { FAIL("no progress"); });
  }
}

TEST_CASE("a call is served between the chunks of a map",
          "[map][concurrency]") {
  pool_fixture f{small_pool(1)};
  // The first ones make believe that all are short.
  std::vector<double> items(10'000, 0);
  for (size_t i = 1'000; i < items.size(); ++i)
    items[i] = 0.005;
  map_options options{.token = new_call_token()};
  messages api{f};
  auto map =
    api.start_python_map({"snakes", "sleep_and_tell_pid", items}, options);
  REQUIRE(eventually([&] { return f.count(snake_status::busy) == 1; }));
  for (int i = 0; i < 5; ++i)
    CHECK(python_wait(f.self, f.manager, tell_pid(), {.max_wait = 5s}));
  CHECK(is_pending(map));
  CHECK(checked(cancel(f.self, f.manager, options.token)));
}

TEST_CASE("a map uses as many snakes as it may", "[map][concurrency]") {
  pool_fixture f{small_pool(3)};
  std::vector<double> items(60, 0.01);
  auto processes = [&](size_t snakes) {
    auto got = checked(python_map<pid_t>(
      f.self, f.manager, {"snakes", "sleep_and_tell_pid", items},
      {.snakes = snakes}));
    CHECK(got.errors.empty());
    return std::set<pid_t>(got.values.begin(), got.values.end()).size();
  };
  CHECK(processes(1) == 1);
  CHECK(processes(0) == 3);
  CHECK(processes(2) <= 2);
  CHECK(f.all_ready(3));
}
