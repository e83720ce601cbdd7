#include "tests/facades.hpp"

#include <unistd.h>

#include <map>
#include <optional>
#include <set>

/// @file
/// Calls: who gets a snake and when, and what can be called.

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

// -- who gets a snake ---------------------------------------------------------

BOTH_WAYS("a call starts a snake if there is none", "[api]") {
  pool_fixture f;
  TestType api{f};
  CHECK(f.alive().empty());
  auto pid = checked(api.template python<int32_t>(tell_pid()));
  CHECK(pid != ::getpid());
  REQUIRE(f.all_ready(1));
  CHECK(f.alive()[0].os_pid == pid);
}

BOTH_WAYS("a call is refused at once if all snakes are busy at max-children",
          "[api][concurrency]") {
  pool_fixture f{small_pool(2)};
  TestType api{f};
  rendezvous here;
  caller other{f};
  auto first = occupy(other, f, here);
  auto second = occupy(other, f, here);
  auto refused = api.python(tell_pid());
  CHECK(code_in(refused) == errc::no_snake);
  CHECK_THAT(text_in(refused), ContainsSubstring("max-children=2"));
  here.release();
  CHECK(first.get());
  REQUIRE(eventually([&] { return f.count(snake_status::ready) == 1; }));
  CHECK(api.python(tell_pid()));
}

BOTH_WAYS("a call that waits in line gets the next free snake",
          "[api][concurrency]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  rendezvous here;
  caller other{f};
  auto running = occupy(other, f, here);
  auto waiting = api.start_python_wait(tell_pid());
  CHECK(is_pending(waiting));
  auto pid = f.alive().at(0).os_pid;
  here.release();
  CHECK(checked(checked(waiting.get()).template as<int32_t>()) == pid);
  CHECK(running.get());
}

BOTH_WAYS("a call that waits runs at once if a snake is free", "[api]") {
  pool_fixture f;
  TestType api{f};
  CHECK(checked(api.template python_wait<double>({"math", "sqrt", 4.0}))
        == 2.0);
}

BOTH_WAYS("a call that has waited for max_wait gets no snake",
          "[api][concurrency]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  rendezvous here;
  caller other{f};
  auto running = occupy(other, f, here);
  python_options options;
  options.max_wait = 50ms;
  auto start = std::chrono::steady_clock::now();
  auto refused = api.python_wait(tell_pid(), options);
  CHECK(std::chrono::steady_clock::now() - start >= 50ms);
  CHECK(code_in(refused) == errc::no_snake);
  CHECK_THAT(text_in(refused), ContainsSubstring("max_wait"));
  // It is not in line any more: only who comes after it is served.
  here.release();
  CHECK(running.get());
  CHECK(api.python_wait(tell_pid()));
  REQUIRE(f.all_ready(1));
  CHECK(f.alive()[0].calls_done == 2);
}

BOTH_WAYS("a call that may wait for no time at all gets no snake",
          "[api][concurrency]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  rendezvous here;
  caller other{f};
  auto running = occupy(other, f, here);
  python_options options;
  options.max_wait = 0ms;
  CHECK(code_in(api.python_wait(tell_pid(), options)) == errc::no_snake);
}

TEST_CASE("calls start in the order in which they came", "[api][concurrency]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  std::vector<caller> callers;
  std::vector<std::future<caf::expected<value>>> answers;
  constexpr int n = 20;
  for (int i = 0; i < n; ++i) {
    callers.emplace_back(f);
    answers.push_back(callers.back().start<value>(f.manager, python_atom_v,
                                                  here.call(), patient));
  }
  for (int i = 0; i < n; ++i) {
    here.arrival();
    here.release(std::to_string(i));
  }
  for (int i = 0; i < n; ++i)
    CHECK(checked(checked(answers[i].get()).as<std::string>())
          == std::to_string(i));
}

TEST_CASE("calls and leases wait in the same line", "[api][concurrency]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  caller other{f};
  auto running = occupy(other, f, here);
  auto lease = other.start<snake>(f.manager, retrieve_snake_atom_v,
                                  python_options{.busy = when_busy::wait});
  auto call = other.start<value>(f.manager, python_atom_v, tell_pid(), patient);
  here.release();
  auto leased = checked(lease.get());
  CHECK(is_pending(call));
  CHECK(checked(release_snake(f.self, f.manager, leased)));
  CHECK(call.get());
}

BOTH_WAYS("who comes when max-queue callers wait already is turned away",
          "[api][concurrency]") {
  auto options = small_pool(1);
  options.max_queue = 2;
  pool_fixture f{options};
  TestType api{f};
  rendezvous here;
  caller other{f};
  auto running = occupy(other, f, here);
  auto first =
    other.start<value>(f.manager, python_atom_v, tell_pid(), patient);
  auto second =
    other.start<value>(f.manager, python_atom_v, tell_pid(), patient);
  auto refused = api.python_wait(tell_pid());
  CHECK(code_in(refused) == errc::queue_full);
  CHECK_THAT(text_in(refused), ContainsSubstring("2 callers"));
  CHECK(code_in(api.retrieve_snake_wait()) == errc::queue_full);
  here.release();
  CHECK(first.get());
  CHECK(second.get());
  CHECK(api.python_wait(tell_pid()));
}

TEST_CASE("who waits for a snake that is about to start is not turned away",
          "[api][concurrency]") {
  auto options = small_pool(3);
  options.max_queue = 1;
  pool_fixture f{options};
  caller other{f};
  std::vector<std::future<caf::expected<value>>> answers;
  for (int i = 0; i < 3; ++i)
    answers.push_back(
      other.start<value>(f.manager, python_atom_v, tell_pid(), patient));
  for (auto& answer : answers)
    CHECK(answer.get());
}

TEST_CASE("calls that run at the same time have a snake each",
          "[api][concurrency]") {
  pool_fixture f{small_pool(4)};
  rendezvous here;
  caller other{f};
  std::vector<std::future<caf::expected<value>>> answers;
  for (int i = 0; i < 4; ++i)
    answers.push_back(other.start<value>(f.manager, python_atom_v, here.call(),
                                         python_options{}));
  std::set<pid_t> processes;
  for (int i = 0; i < 4; ++i)
    processes.insert(here.arrival());
  CHECK(processes.size() == 4);
  CHECK(f.count(snake_status::busy) == 4);
  here.close();
  for (auto& answer : answers)
    CHECK(answer.get());
}

BOTH_WAYS("a snake is free for the next call once its answer is there",
          "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  for (int i = 0; i < 500; ++i)
    REQUIRE(checked(api.template python<int>({"operator", "add", i, 1}))
            == i + 1);
}

BOTH_WAYS("a snake is free for the next call once the answer of a lease's run "
          "is there",
          "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  for (int i = 0; i < 200; ++i) {
    auto leased = checked(api.retrieve_snake());
    REQUIRE(api.snake_run(leased, tell_pid()));
  }
}

BOTH_WAYS("an exception comes with its three fields", "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  snake_args args{"snakes", "raise_from_above", "no luck"};
  caf::expected<value> result{caf::none};
  SECTION("from any snake") {
    result = api.python(args);
  }
  SECTION("from a leased one") {
    auto leased = checked(api.retrieve_snake());
    result = api.snake_run(leased, args);
  }
  CHECK(code_in(result) == errc::python_exception);
  auto raised = snake_error_of(result.error());
  REQUIRE(raised != nullptr);
  CHECK(raised->exception == "snakes.Misfortune");
  CHECK(raised->error == "no luck");
  CHECK_THAT(raised->backtrace,
             StartsWith("Traceback (most recent call last):")
               && ContainsSubstring("in raise_from_above")
               && ContainsSubstring("snakes.Misfortune: no luck"));
}

// -- what can be called -------------------------------------------------------

BOTH_WAYS("a result comes as the type that was asked for", "[api]") {
  pool_fixture f;
  TestType api{f};
  CHECK(
    checked(api.template python_wait<std::string>({"operator", "mul", "ab", 3}))
    == "ababab");
  CHECK(checked(api.template python_wait<std::vector<int>>(
          {"builtins", "sorted", std::vector{3, 1, 2}}))
        == std::vector{1, 2, 3});
  CHECK(checked(api.template python_wait<std::map<std::string, int>>(
          {"snakes", "identity", std::map<std::string, int>{{"a", 1}}}))
        == std::map<std::string, int>{{"a", 1}});
  CHECK_FALSE(checked(api.template python_wait<std::optional<int>>(
    {"snakes", "identity", nullptr})));
  auto leased = checked(api.retrieve_snake_wait());
  CHECK(checked(api.template snake_run<double>(leased, {"math", "sqrt", 9}))
        == 3.0);
}

BOTH_WAYS("a result of another type than asked for is an error with both",
          "[api]") {
  pool_fixture f;
  TestType api{f};
  auto wrong = api.template python_wait<int>({"operator", "mul", "ab", 3});
  CHECK(code_in(wrong) == errc::undecodable);
  CHECK_THAT(text_in(wrong), ContainsSubstring("expected int, got str"));
}

BOTH_WAYS("arguments go by position and by keyword", "[api]") {
  pool_fixture f;
  TestType api{f};
  using args_and_kwargs =
    std::tuple<std::vector<int>, std::map<std::string, std::string>>;
  auto got = checked(api.template python_wait<args_and_kwargs>(
    snake_args{"snakes", "keywords", 1, 2}.kwargs(
      {{"sep", ", "}, {"\u00e4nd", "!"}})));
  CHECK(std::get<0>(got) == std::vector{1, 2});
  CHECK(
    std::get<1>(got)
    == std::map<std::string, std::string>{{"sep", ", "}, {"\u00e4nd", "!"}});
  auto leased = checked(api.retrieve_snake_wait());
  CHECK(checked(api.template snake_run<int>(
          leased, snake_args{"builtins", "int", "ff"}.kwargs({{"base", 16}})))
        == 255);
}

BOTH_WAYS("the name of a function may have dots", "[api]") {
  pool_fixture f;
  TestType api{f};
  CHECK(checked(
          api.template python_wait<std::string>({"os", "path.join", "a", "b"}))
        == "a/b");
  CHECK(checked(
          api.template python_wait<std::string>({"os.path", "basename", "a/b"}))
        == "b");
  CHECK(checked(api.template python_wait<std::string>(
          {"builtins", "str.upper", "abc"}))
        == "ABC");
}

BOTH_WAYS("the methods of a module's objects can be called", "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  CHECK(checked(api.template python_wait<int>({"snakes", "account.add", 5}))
        == 105);
  CHECK(checked(api.template python_wait<int>({"snakes", "account.add", 5}))
        == 110);
}

BOTH_WAYS("a coroutine function is run to its result", "[api]") {
  pool_fixture f;
  TestType api{f};
  CHECK(checked(api.template python_wait<int>({"snakes", "add_later", 2, 3}))
        == 5);
}
