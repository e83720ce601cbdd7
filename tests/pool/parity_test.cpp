#include "tests/pool_fixture.hpp"

#include <set>

/// @file
/// What the tests of Venomous, the library for Elixir, demand of it.

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

using future_answer = std::future<caf::expected<value>>;

std::vector<caller> make_callers(pool_fixture& f, size_t n) {
  std::vector<caller> result;
  result.reserve(n);
  for (size_t i = 0; i < n; ++i)
    result.emplace_back(f);
  return result;
}

} // namespace

// -- snakes are reused --------------------------------------------------------

TEST_CASE("three calls in a row run on the same snake", "[parity]") {
  pool_fixture f;
  std::set<int32_t> processes;
  for (int i = 0; i < 3; ++i) {
    processes.insert(checked(python<int32_t>(f.self, f.manager, tell_pid())));
    REQUIRE(f.all_ready(1));
  }
  CHECK(processes.size() == 1);
  CHECK(f.alive().at(0).calls_done == 3);
}

TEST_CASE("leases in a row are of the same snake", "[parity]") {
  pool_fixture f;
  std::set<int32_t> processes;
  for (int i = 0; i < 3; ++i) {
    auto leased = checked(retrieve_snake(f.self, f.manager));
    processes.insert(checked(snake_run<int32_t>(f.self, leased, tell_pid())));
    REQUIRE(f.all_ready(1));
  }
  CHECK(processes.size() == 1);
}

// -- timeouts -----------------------------------------------------------------

TEST_CASE("a snake that timed out cannot be run on again", "[parity]") {
  pool_fixture f;
  auto leased = checked(retrieve_snake(f.self, f.manager));
  python_options options;
  options.timeout = 50ms;
  options.keep_snake = true;
  CHECK(code_in(snake_run(f.self, leased, {"time", "sleep", 100}, options))
        == errc::timeout);
  CHECK(code_in(snake_run(f.self, leased, tell_pid())) == errc::snake_gone);
  CHECK(eventually([&] { return !is_alive(leased.os_pid); }));
  CHECK(code_in(snake_run(f.self, leased, tell_pid())) == errc::snake_gone);
  CHECK(checked(python_wait<int32_t>(f.self, f.manager, tell_pid()))
        != leased.os_pid);
}

TEST_CASE("calls that time out leave the pool as large as it was",
          "[parity][concurrency]") {
  pool_fixture f{small_pool(4)};
  caller all{f};
  std::vector<future_answer> answers;
  for (int i = 0; i < 12; ++i)
    answers.push_back(all.start<value>(
      f.manager, python_atom_v, snake_args{"time", "sleep", 100},
      python_options{.timeout = 50ms, .busy = when_busy::wait}));
  for (auto& answer : answers)
    CHECK(code_in(answer.get()) == errc::timeout);
  CHECK(eventually([&] {
    // What is left is the zygote.
    return f.alive().empty() && processes_of_pools().size() == 1;
  }));
  CHECK(checked(get_snakes_ready(f.self, f.manager, 10)).size() == 4);
}

// -- exceptions ---------------------------------------------------------------

TEST_CASE("an exception comes with type, text and traceback", "[parity]") {
  pool_fixture f;
  auto result =
    python(f.self, f.manager, {"snakes", "raise_from_above", "no luck"});
  CHECK(code_in(result) == errc::python_exception);
  auto raised = snake_error_of(result.error());
  REQUIRE(raised != nullptr);
  CHECK(raised->exception == "snakes.Misfortune");
  CHECK(raised->error == "no luck");
  CHECK_THAT(raised->backtrace,
             StartsWith("Traceback (most recent call last):")
               && ContainsSubstring("snakes.py")
               && ContainsSubstring("in raise_from_above")
               && ContainsSubstring("in _raise")
               && ContainsSubstring("snakes.Misfortune: no luck"));
  // The snake is as good as before.
  REQUIRE(f.all_ready(1));
  auto pid = f.alive().at(0).os_pid;
  CHECK(checked(python<int32_t>(f.self, f.manager, tell_pid())) == pid);
}

TEST_CASE("what there is not in Python is an exception of Python", "[parity]") {
  pool_fixture f{small_pool(1)};
  auto raised_by = [&](snake_args args) {
    auto result = python_wait(f.self, f.manager, std::move(args));
    CHECK(code_in(result) == errc::python_exception);
    auto raised = snake_error_of(result.error());
    REQUIRE(raised != nullptr);
    return *raised;
  };
  auto no_module = raised_by({"no_such_module", "func"});
  CHECK(no_module.exception == "ModuleNotFoundError");
  CHECK(no_module.error == "No module named 'no_such_module'");
  auto no_function = raised_by({"math", "no_such_function"});
  CHECK(no_function.exception == "AttributeError");
  CHECK_THAT(no_function.error, ContainsSubstring("no_such_function"));
  auto no_method = raised_by({"snakes", "account.no_such_method"});
  CHECK(no_method.exception == "AttributeError");
  auto no_argument = raised_by({"math", "sqrt"});
  CHECK(no_argument.exception == "TypeError");
  auto no_callable = raised_by({"math", "pi"});
  CHECK(no_callable.exception == "TypeError");
}

// -- slaying ------------------------------------------------------------------

TEST_CASE("of ten snakes nine are left when one is slain",
          "[parity][concurrency]") {
  pool_fixture f{small_pool(10)};
  auto take_ten = [&] {
    auto result = checked(get_snakes_ready(f.self, f.manager, 10));
    REQUIRE(result.size() == 10);
    return result;
  };
  take_ten();
  for (auto& victim : f.alive())
    CHECK(checked(slay_python_worker(f.self, f.manager, victim)));
  CHECK(f.alive().empty());
  CHECK(eventually([] { return processes_of_pools().size() == 1; }));

  auto leased = take_ten();
  std::set<int32_t> processes;
  for (auto& lease : leased)
    processes.insert(checked(snake_run<int32_t>(f.self, lease, tell_pid())));
  CHECK(processes.size() == 10);
  REQUIRE(f.all_ready(10));
  auto victim = f.alive().at(4);
  CHECK(checked(slay_python_worker(f.self, f.manager, victim)));
  auto left = f.alive();
  CHECK(left.size() == 9);
  for (auto& info : left) {
    CHECK(info.status == snake_status::ready);
    CHECK(info.id != victim.id);
  }
  // The nine and the zygote.
  CHECK(eventually([] { return processes_of_pools().size() == 10; }));
}

// -- many at once -------------------------------------------------------------

TEST_CASE("snakes are made ready up to max-children", "[parity]") {
  pool_fixture f{small_pool(12)};
  CHECK(checked(get_snakes_ready(f.self, f.manager, 5)).size() == 5);
  CHECK(checked(get_snakes_ready(f.self, f.manager, 50)).size() == 7);
  CHECK(checked(get_snakes_ready(f.self, f.manager, 50)).empty());
  CHECK(f.alive().size() == 12);
}

TEST_CASE("all snakes are ready after 100 callers with 20 calls each",
          "[parity][concurrency]") {
  pool_fixture f{small_pool(8)};
  auto callers = make_callers(f, 100);
  std::vector<future_answer> answers;
  for (auto& x : callers)
    for (int i = 0; i < 20; ++i)
      answers.push_back(x.start<value>(
        f.manager, python_atom_v,
        snake_args{"time", "sleep", 0.001 * (1 + i % 10)}, patient));
  for (auto& answer : answers)
    CHECK(checked(answer.get()).is_none());
  REQUIRE(f.all_ready(8));
  uint64_t calls_done = 0;
  for (auto& info : f.alive()) {
    CHECK(info.calls_done > 0);
    calls_done += info.calls_done;
  }
  CHECK(calls_done == 2'000);
}

TEST_CASE("no process of 100 callers that are killed in a call is left",
          "[parity][concurrency]") {
  auto options = small_pool(100);
  options.grace = 1h;
  pool_fixture f{options};
  rendezvous here;
  auto callers = make_callers(f, 100);
  std::vector<future_answer> answers;
  for (auto& x : callers)
    answers.push_back(x.start<value>(
      f.manager, python_atom_v,
      snake_args{"snakes", "ignore_sigterm_and_meet", here.path()},
      python_options{.timeout = forever, .busy = when_busy::wait}));
  std::set<pid_t> processes;
  for (int i = 0; i < 100; ++i)
    processes.insert(here.arrival());
  CHECK(processes.size() == 100);
  CHECK(f.count(snake_status::busy) == 100);
  for (auto& x : callers)
    x.kill();
  // What is left is the zygote.
  CHECK(eventually([] { return processes_of_pools().size() == 1; }));
  for (auto process : processes)
    CHECK(goes_away(process));
  CHECK(f.alive().empty());
}

TEST_CASE("neither calls that run nor calls that wait are left of 100 callers "
          "that are killed",
          "[parity][concurrency]") {
  auto options = small_pool(8);
  options.max_queue = 92;
  pool_fixture f{options};
  // Whoever waits for a snake that is about to start is in line, too.
  for (auto& lease : checked(get_snakes_ready(f.self, f.manager, 8)))
    REQUIRE(checked(release_snake(f.self, f.manager, lease)));
  REQUIRE(f.all_ready(8));
  rendezvous here;
  auto callers = make_callers(f, 100);
  std::vector<future_answer> answers;
  for (auto& x : callers)
    answers.push_back(x.start<value>(
      f.manager, python_atom_v, here.call(),
      python_options{.timeout = forever, .busy = when_busy::wait}));
  std::vector<pid_t> processes;
  for (int i = 0; i < 8; ++i)
    processes.push_back(here.arrival());
  // The other 92 are in line.
  CHECK(f.count(snake_status::busy) == 8);
  CHECK(code_in(python_wait(f.self, f.manager, tell_pid()))
        == errc::queue_full);
  for (auto& x : callers)
    x.kill();
  for (auto process : processes)
    CHECK(eventually([&] { return !is_alive(process); }));
  // Nobody holds any of the requests, and no process works for one.
  for (auto& answer : answers)
    CHECK(answer.wait_for(10s) == std::future_status::ready);
  CHECK(eventually([&] {
    auto idle = f.count(snake_status::ready);
    return idle == f.alive().size() && processes_of_pools().size() == idle + 1;
  }));
  // If somebody were in line still, a snake would be kept from us.
  std::vector<snake> leased;
  CHECK(eventually([&] {
    for (auto& lease : checked(get_snakes_ready(f.self, f.manager, 8)))
      leased.push_back(lease);
    return leased.size() == 8;
  }));
  for (auto& lease : leased)
    CHECK(checked(snake_run<int32_t>(f.self, lease, tell_pid()))
          == lease.os_pid);
  CHECK(f.all_ready(8));
}

TEST_CASE("the end of some callers is not the end of the calls of others",
          "[parity][concurrency]") {
  pool_fixture f{small_pool(4)};
  rendezvous here;
  auto doomed = make_callers(f, 20);
  auto others = make_callers(f, 20);
  std::vector<future_answer> given_up;
  std::vector<future_answer> answers;
  for (size_t i = 0; i < 20; ++i) {
    given_up.push_back(doomed[i].start<value>(
      f.manager, python_atom_v, here.call(),
      python_options{.timeout = forever, .busy = when_busy::wait}));
    answers.push_back(others[i].start<value>(
      f.manager, python_atom_v, snake_args{"snakes", "identity", i}, patient));
  }
  here.arrival();
  for (auto& x : doomed)
    x.kill();
  for (size_t i = 0; i < 20; ++i)
    CHECK(checked(checked(answers[i].get()).as<size_t>()) == i);
}

TEST_CASE("each of 1,000 sums at the same time reaches who asked for it",
          "[parity][concurrency]") {
  pool_fixture f{small_pool(8)};
  auto callers = make_callers(f, 10);
  std::vector<future_answer> answers;
  for (int i = 0; i < 1'000; ++i)
    answers.push_back(callers[i % 10].start<value>(
      f.manager, python_atom_v,
      snake_args{"builtins", "sum", std::vector{i, 2 * i, 1'000'000}},
      patient));
  for (int i = 0; i < 1'000; ++i)
    REQUIRE(checked(checked(answers[i].get()).as<int>()) == 3 * i + 1'000'000);
  CHECK(eventually(
    [&] { return f.count(snake_status::ready) == f.alive().size(); }));
}
