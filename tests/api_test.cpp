#include "tests/pool_fixture.hpp"

#include <signal.h>
#include <unistd.h>

#include <cmath>
#include <limits>
#include <set>

/// @file
/// Everything that callers can ask for, each both as a blocking function and as
/// a message from an actor.

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

namespace {

// -- the two ways to ask ------------------------------------------------------

/// The functions of `calls.hpp`.
class blocking_functions {
public:
  explicit blocking_functions(pool_fixture& f) : f_(f), waiter_(f.system) {
    // nop
  }

  template <class T = value>
  caf::expected<T> python(const snake_args& args,
                          const python_options& options = {}) {
    return venomous::python<T>(f_.self, f_.manager, args, options);
  }

  template <class T = value>
  caf::expected<T> python_wait(const snake_args& args,
                               const python_options& options = {}) {
    return venomous::python_wait<T>(f_.self, f_.manager, args, options);
  }

  std::future<caf::expected<value>> start_python_wait(
    const snake_args& args, const python_options& options = {}) {
    return std::async(std::launch::async, [=, this] {
      caf::scoped_actor self{f_.system};
      return venomous::python_wait(self, f_.manager, args, options);
    });
  }

  caf::expected<snake> retrieve_snake() {
    return venomous::retrieve_snake(f_.self, f_.manager);
  }

  caf::expected<snake> retrieve_snake_wait() {
    return venomous::retrieve_snake_wait(f_.self, f_.manager);
  }

  /// @pre No other one is under way.
  std::future<caf::expected<snake>> start_retrieve_snake_wait() {
    return std::async(std::launch::async, [this] {
      return venomous::retrieve_snake_wait(waiter_, f_.manager);
    });
  }

  caf::expected<std::vector<snake>> get_snakes_ready(size_t n) {
    return venomous::get_snakes_ready(f_.self, f_.manager, n);
  }

  template <class T = value>
  caf::expected<T> snake_run(const snake& on, const snake_args& args,
                             const python_options& options = {}) {
    return venomous::snake_run<T>(f_.self, on, args, options);
  }

  std::future<caf::expected<value>> start_snake_run(
    const snake& on, const snake_args& args,
    const python_options& options = {}) {
    return std::async(std::launch::async, [=, this] {
      caf::scoped_actor self{f_.system};
      return venomous::snake_run(self, on, args, options);
    });
  }

  caf::expected<bool> release_snake(const snake& leased) {
    return venomous::release_snake(f_.self, f_.manager, leased);
  }

  caf::expected<bool> slay_python_worker(
    const snake& victim, termination_style style = termination_style::polite) {
    return venomous::slay_python_worker(f_.self, f_.manager, victim, style);
  }

  caf::expected<std::vector<snake_info>> list_alive_snakes() {
    return venomous::list_alive_snakes(f_.self, f_.manager);
  }

  caf::expected<size_t> clean_inactive_snakes() {
    return venomous::clean_inactive_snakes(f_.self, f_.manager);
  }

  caf::expected<bool> cancel(call_token token) {
    return venomous::cancel(f_.self, f_.manager, token);
  }

private:
  pool_fixture& f_;
  caf::scoped_actor waiter_;
};

/// The messages of `messages.hpp`, sent by an event-based actor.
class messages {
public:
  explicit messages(pool_fixture& f) : f_(f), actor_(f) {
    // nop
  }

  template <class T = value>
  caf::expected<T> python(const snake_args& args,
                          const python_options& options = {}) {
    return converted<T>(
      actor_.ask<value>(f_.manager, python_atom_v, args, options));
  }

  template <class T = value>
  caf::expected<T> python_wait(const snake_args& args,
                               const python_options& options = {}) {
    return converted<T>(start_python_wait(args, options).get());
  }

  std::future<caf::expected<value>> start_python_wait(
    const snake_args& args, python_options options = {}) {
    options.busy = when_busy::wait;
    return actor_.start<value>(f_.manager, python_atom_v, args, options);
  }

  caf::expected<snake> retrieve_snake() {
    return actor_.ask<snake>(f_.manager, retrieve_snake_atom_v,
                             python_options{});
  }

  caf::expected<snake> retrieve_snake_wait() {
    return start_retrieve_snake_wait().get();
  }

  std::future<caf::expected<snake>> start_retrieve_snake_wait() {
    return actor_.start<snake>(f_.manager, retrieve_snake_atom_v,
                               python_options{.busy = when_busy::wait});
  }

  caf::expected<std::vector<snake>> get_snakes_ready(size_t n) {
    return actor_.ask<std::vector<snake>>(f_.manager, get_snakes_ready_atom_v,
                                          n);
  }

  template <class T = value>
  caf::expected<T> snake_run(const snake& on, const snake_args& args,
                             const python_options& options = {}) {
    return converted<T>(start_snake_run(on, args, options).get());
  }

  std::future<caf::expected<value>> start_snake_run(
    const snake& on, const snake_args& args,
    const python_options& options = {}) {
    return actor_.start<value>(on.worker, snake_run_atom_v, on, args, options);
  }

  caf::expected<bool> release_snake(const snake& leased) {
    return actor_.ask<bool>(f_.manager, release_snake_atom_v, leased);
  }

  caf::expected<bool> slay_python_worker(
    const snake& victim, termination_style style = termination_style::polite) {
    return actor_.ask<bool>(f_.manager, slay_python_worker_atom_v, victim,
                            style);
  }

  caf::expected<std::vector<snake_info>> list_alive_snakes() {
    return actor_.ask<std::vector<snake_info>>(f_.manager,
                                               list_alive_snakes_atom_v);
  }

  caf::expected<size_t> clean_inactive_snakes() {
    return actor_.ask<size_t>(f_.manager, clean_inactive_snakes_atom_v);
  }

  caf::expected<bool> cancel(call_token token) {
    return actor_.ask<bool>(f_.manager, cancel_atom_v, token);
  }

private:
  template <class T>
  static caf::expected<T> converted(caf::expected<value> result) {
    return detail::result_as<T>(std::move(result));
  }

  pool_fixture& f_;
  caller actor_;
};

// -- helpers ------------------------------------------------------------------

/// A call that is under way and stays so until `here` lets it go.
/// @pre A snake is free.
std::future<caf::expected<value>> occupy(caller& by, pool_fixture& f,
                                         rendezvous& here,
                                         python_options options = {}) {
  auto result = by.start<value>(f.manager, python_atom_v, here.call(), options);
  here.arrival();
  return result;
}

python_options wait_in_line() {
  python_options result;
  result.busy = when_busy::wait;
  return result;
}

python_options keep_snake() {
  python_options result;
  result.keep_snake = true;
  return result;
}

python_options with_timeout(caf::timespan timeout) {
  python_options result;
  result.timeout = timeout;
  return result;
}

python_options with_token(call_token token) {
  python_options result;
  result.token = token;
  return result;
}

snake_args tell_pid() {
  return {"os", "getpid"};
}

std::set<int32_t> processes_of(const std::vector<snake>& snakes) {
  std::set<int32_t> result;
  for (auto& what : snakes)
    result.insert(what.os_pid);
  return result;
}

} // namespace

#define BOTH_WAYS(name, tags)                                                  \
  TEMPLATE_TEST_CASE(name, tags, blocking_functions, messages)

// -- python -------------------------------------------------------------------

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
  CHECK_THAT(text_in(refused), Catch::Contains("max-children=2"));
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
  CHECK_THAT(text_in(refused), Catch::Contains("max_wait"));
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
                                                  here.call(), wait_in_line()));
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
  auto call =
    other.start<value>(f.manager, python_atom_v, tell_pid(), wait_in_line());
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
    other.start<value>(f.manager, python_atom_v, tell_pid(), wait_in_line());
  auto second =
    other.start<value>(f.manager, python_atom_v, tell_pid(), wait_in_line());
  auto refused = api.python_wait(tell_pid());
  CHECK(code_in(refused) == errc::queue_full);
  CHECK_THAT(text_in(refused), Catch::Contains("2 callers"));
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
      other.start<value>(f.manager, python_atom_v, tell_pid(), wait_in_line()));
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
             Catch::StartsWith("Traceback (most recent call last):")
               && Catch::Contains("in raise_from_above")
               && Catch::Contains("snakes.Misfortune: no luck"));
}

// -- leases -------------------------------------------------------------------

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
  for (auto& what : leased)
    CHECK(checked(api.template snake_run<int32_t>(what, tell_pid()))
          == what.os_pid);
  CHECK(f.all_ready(3));
  for (auto& what : leased)
    CHECK(code_in(api.snake_run(what, tell_pid())) == errc::snake_gone);
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
    auto call = holder.start<value>(f.manager, python_atom_v,
                                    snake_args{"snakes", "identity", -1 - i},
                                    wait_in_line());
    REQUIRE(run.wait_for(10s) == std::future_status::ready);
    REQUIRE(checked(checked(run.get()).as<int>()) == i);
    REQUIRE(checked(released.get()));
    REQUIRE(call.wait_for(10s) == std::future_status::ready);
    REQUIRE(checked(checked(call.get()).as<int>()) == -1 - i);
  }
  CHECK(f.all_ready(1));
}

// -- supervision --------------------------------------------------------------

BOTH_WAYS("a snake that idles can be slain", "[api]") {
  pool_fixture f;
  TestType api{f};
  REQUIRE(api.python(tell_pid()));
  REQUIRE(f.all_ready(1));
  auto victim = f.alive().at(0);
  CHECK(checked(api.slay_python_worker(victim)));
  CHECK(checked(api.list_alive_snakes()).empty());
  CHECK(eventually([&] { return !is_alive(victim.os_pid); }));
  CHECK_FALSE(checked(api.slay_python_worker(victim)));
  CHECK(checked(api.template python_wait<int32_t>(tell_pid()))
        != victim.os_pid);
}

BOTH_WAYS("the call of a snake that is slain ends with python_died",
          "[api][concurrency]") {
  auto style = GENERATE(termination_style::polite, termination_style::brutal);
  pool_fixture f;
  TestType api{f};
  rendezvous here;
  caller other{f};
  auto call = occupy(other, f, here);
  auto victim = f.alive().at(0);
  CHECK(checked(api.slay_python_worker(victim, style)));
  auto ended = call.get();
  CHECK(code_in(ended) == errc::python_died);
  CHECK_THAT(text_in(ended), Catch::Contains("slain"));
  CHECK(eventually([&] { return !is_alive(victim.os_pid); }));
}

BOTH_WAYS("a lease is none any more when its snake is slain", "[api]") {
  pool_fixture f;
  TestType api{f};
  auto leased = checked(api.retrieve_snake());
  CHECK(checked(api.slay_python_worker(leased)));
  CHECK(code_in(api.snake_run(leased, tell_pid())) == errc::snake_gone);
  CHECK_FALSE(checked(api.release_snake(leased)));
  CHECK(eventually([&] { return !is_alive(leased.os_pid); }));
  CHECK_FALSE(checked(api.slay_python_worker(leased)));
  CHECK(code_in(api.snake_run(leased, tell_pid())) == errc::snake_gone);
}

BOTH_WAYS("a snake is asked to end only if it is slain politely", "[api]") {
  namespace fs = std::filesystem;
  pool_fixture f;
  TestType api{f};
  rendezvous here;
  caller other{f};
  auto file = here.path() + "-noted";
  snake_args args{"snakes", "meet_and_note_sigterm", here.path(), file};
  for (auto style : {termination_style::brutal, termination_style::polite}) {
    auto call =
      other.start<value>(f.manager, python_atom_v, args, python_options{});
    auto process = here.arrival();
    auto busy = checked(api.list_alive_snakes());
    REQUIRE(busy.size() == 1);
    CHECK(busy[0].os_pid == process);
    CHECK(checked(api.slay_python_worker(busy[0], style)));
    CHECK(code_in(call.get()) == errc::python_died);
    CHECK(eventually([&] { return !is_alive(process); }));
    CHECK(fs::exists(file) == (style == termination_style::polite));
  }
  fs::remove(file);
}

BOTH_WAYS("all is known of a snake, whatever it does", "[api]") {
  pool_fixture f;
  TestType api{f};
  rendezvous here;
  auto only = [&] {
    auto all = checked(api.list_alive_snakes());
    REQUIRE(all.size() == 1);
    return all[0];
  };
  auto before = caf::make_timestamp();
  auto leased = checked(api.retrieve_snake());
  auto retrieved = only();
  CHECK(retrieved.status == snake_status::retrieved);
  CHECK(retrieved.id == leased.id);
  CHECK(retrieved.os_pid == leased.os_pid);
  CHECK(retrieved.worker == leased.worker);
  CHECK(retrieved.lease == 0);
  CHECK(retrieved.calls_done == 0);
  CHECK(is_alive(retrieved.os_pid));
  CHECK(retrieved.resident_memory > 1'000'000);
  CHECK(retrieved.resident_memory < 10'000'000'000);
  CHECK(retrieved.last_update >= before);
  CHECK(retrieved.last_update <= caf::make_timestamp());

  auto run = api.start_snake_run(leased, here.call());
  here.arrival();
  REQUIRE(eventually([&] { return only().status == snake_status::busy; }));
  auto busy = only();
  CHECK(busy.id == leased.id);
  CHECK(busy.last_update > retrieved.last_update);
  CHECK(busy.calls_done == 0);
  CHECK(only().last_update == busy.last_update);

  here.release();
  CHECK(run.get());
  REQUIRE(f.all_ready(1));
  auto ready = only();
  CHECK(ready.id == leased.id);
  CHECK(ready.last_update > busy.last_update);
  CHECK(ready.calls_done == 1);
}

BOTH_WAYS("calls are counted, those that raise too", "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  for (int i = 0; i < 3; ++i)
    CHECK(api.python_wait(tell_pid()));
  CHECK(code_in(api.python_wait({"math", "sqrt", -1}))
        == errc::python_exception);
  REQUIRE(f.all_ready(1));
  CHECK(checked(api.list_alive_snakes()).at(0).calls_done == 4);
}

BOTH_WAYS("snakes are listed in the order of their numbers", "[api]") {
  pool_fixture f{small_pool(4)};
  TestType api{f};
  CHECK(checked(api.list_alive_snakes()).empty());
  CHECK(checked(api.get_snakes_ready(4)).size() == 4);
  auto all = checked(api.list_alive_snakes());
  REQUIRE(all.size() == 4);
  for (size_t i = 0; i < all.size(); ++i) {
    CHECK(all[i].id == i + 1);
    CHECK(is_alive(all[i].os_pid));
  }
  CHECK(checked(api.slay_python_worker(all[1])));
  auto left = checked(api.list_alive_snakes());
  REQUIRE(left.size() == 3);
  CHECK(left[0].id == 1);
  CHECK(left[1].id == 3);
  CHECK(left[2].id == 4);
}

// -- time to live -------------------------------------------------------------

namespace {

/// Options of a pool whose snakes are too old at once, and whose cleaner never
/// comes by itself.
pool_options short_lived() {
  auto result = small_pool(4);
  result.snake_ttl = 1ms;
  result.cleaner_interval = 1h;
  return result;
}

/// Cleans until `n` snakes are gone.
template <class Api>
bool cleans(Api& api, size_t n) {
  size_t cleaned = 0;
  auto enough = eventually(
    [&] { return (cleaned += checked(api.clean_inactive_snakes())) >= n; });
  return enough && cleaned == n;
}

} // namespace

BOTH_WAYS("snakes that idle for too long are cleaned and counted", "[api]") {
  pool_fixture f{short_lived()};
  TestType api{f};
  auto leased = checked(api.get_snakes_ready(3));
  REQUIRE(leased.size() == 3);
  for (auto& what : leased)
    REQUIRE(checked(api.release_snake(what)));
  CHECK(cleans(api, 3));
  CHECK(f.alive().empty());
  for (auto& what : leased)
    CHECK(eventually([&] { return !is_alive(what.os_pid); }));
  CHECK(checked(api.clean_inactive_snakes()) == 0);
}

BOTH_WAYS("snakes that work or are leased are not cleaned",
          "[api][concurrency]") {
  pool_fixture f{short_lived()};
  TestType api{f};
  rendezvous here;
  caller other{f};
  auto running = occupy(other, f, here);
  auto leased = checked(api.get_snakes_ready(2));
  REQUIRE(leased.size() == 2);
  CHECK(checked(api.release_snake(leased[0])));
  CHECK(cleans(api, 1));
  CHECK(checked(api.clean_inactive_snakes()) == 0);
  CHECK(f.count(snake_status::busy) == 1);
  CHECK(f.count(snake_status::retrieved) == 1);
  CHECK(checked(api.template snake_run<int32_t>(leased[1], tell_pid()))
        == leased[1].os_pid);
  here.release();
  CHECK(running.get());
}

BOTH_WAYS("snakes are not cleaned before their time to live is over", "[api]") {
  auto options = short_lived();
  options.snake_ttl = 1h;
  pool_fixture f{options};
  TestType api{f};
  REQUIRE(api.python(tell_pid()));
  REQUIRE(f.all_ready(1));
  CHECK(checked(api.clean_inactive_snakes()) == 0);
  CHECK(f.alive().size() == 1);
}

BOTH_WAYS("as many snakes as are perpetual are not cleaned", "[api]") {
  auto options = short_lived();
  options.perpetual_workers = 2;
  pool_fixture f{options};
  TestType api{f};
  auto leased = checked(api.get_snakes_ready(4));
  REQUIRE(leased.size() == 4);
  for (auto& what : leased)
    REQUIRE(checked(api.release_snake(what)));
  CHECK(cleans(api, 2));
  // Those that idled for the shortest time are spared.
  auto left = f.alive();
  REQUIRE(left.size() == 2);
  CHECK(std::set{left[0].os_pid, left[1].os_pid}
        == std::set{leased[2].os_pid, leased[3].os_pid});
  CHECK(checked(api.clean_inactive_snakes()) == 0);
}

TEST_CASE("the cleaner comes by itself, again and again", "[api]") {
  auto options = short_lived();
  options.cleaner_interval = 20ms;
  pool_fixture f{options};
  for (int i = 0; i < 3; ++i) {
    auto pid = checked(python_wait<int32_t>(f.self, f.manager, tell_pid()));
    CHECK(eventually([&] { return f.alive().empty(); }));
    CHECK(eventually([&] { return !is_alive(pid); }));
  }
}

TEST_CASE("the cleaner spares perpetual snakes", "[api]") {
  auto options = short_lived();
  options.cleaner_interval = 10ms;
  options.perpetual_workers = 2;
  pool_fixture f{options};
  caller holder{f};
  CHECK(checked(holder.ask<std::vector<snake>>(
                  f.manager, get_snakes_ready_atom_v, size_t{4}))
          .size()
        == 4);
  holder.kill();
  REQUIRE(f.all_ready(2));
  auto before = f.alive();
  // Five more rounds of the cleaner.
  std::this_thread::sleep_for(50ms);
  auto after = f.alive();
  REQUIRE(after.size() == 2);
  CHECK(after[0].os_pid == before[0].os_pid);
  CHECK(after[1].os_pid == before[1].os_pid);
}

TEST_CASE("perpetual snakes are there before anybody asks", "[api]") {
  auto options = small_pool(4);
  options.perpetual_workers = 3;
  pool_fixture f{options};
  CHECK(f.all_ready(3));
}

TEST_CASE("perpetual snakes that die are replaced", "[api]") {
  auto options = small_pool(4);
  options.perpetual_workers = 2;
  pool_fixture f{options};
  REQUIRE(f.all_ready(2));
  auto before = f.alive();
  SECTION("when all are killed from outside") {
    for (auto& what : before)
      REQUIRE(::kill(what.os_pid, SIGKILL) == 0);
    REQUIRE(eventually([&] {
      auto now = f.alive();
      return now.size() == 2 && now[0].id > before[1].id;
    }));
  }
  SECTION("when one is killed from outside") {
    REQUIRE(::kill(before[0].os_pid, SIGKILL) == 0);
    REQUIRE(eventually([&] {
      auto now = f.alive();
      return now.size() == 2 && now[1].id > before[1].id;
    }));
    CHECK(f.alive()[0].os_pid == before[1].os_pid);
  }
  SECTION("when one is slain") {
    CHECK(checked(slay_python_worker(f.self, f.manager, before[0])));
    REQUIRE(eventually([&] {
      auto now = f.alive();
      return now.size() == 2 && now[1].id > before[1].id;
    }));
  }
  CHECK(f.all_ready(2));
  for (auto& what : f.alive())
    CHECK(is_alive(what.os_pid));
}

// -- timeouts and other options -----------------------------------------------

BOTH_WAYS("a call runs for as long as the pool permits unless it says more",
          "[api]") {
  auto options = small_pool(1);
  options.python_timeout = 100ms;
  pool_fixture f{options};
  TestType api{f};
  rendezvous here;
  auto ended = api.python(here.call());
  CHECK(code_in(ended) == errc::timeout);
  CHECK_THAT(text_in(ended),
             Catch::Contains("snakes.meet") && Catch::Contains("100 ms"));
  snake_args longer{"snakes", "sleep_and_return", 0.3, "done"};
  CHECK(
    checked(api.template python_wait<std::string>(longer, with_timeout(15s)))
    == "done");
  CHECK(checked(
          api.template python_wait<std::string>(longer, with_timeout(forever)))
        == "done");
}

BOTH_WAYS("a call that runs for longer than it may is ended with its process",
          "[api]") {
  pool_fixture f;
  TestType api{f};
  auto process = checked(api.template python<int32_t>(tell_pid()));
  REQUIRE(f.all_ready(1));
  snake_args endless{"time", "sleep", 1'000};
  SECTION("on any snake") {
    auto ended = api.python(endless, with_timeout(50ms));
    CHECK(code_in(ended) == errc::timeout);
    CHECK_THAT(text_in(ended), Catch::Contains("50 ms"));
  }
  SECTION("on a leased one") {
    auto leased = checked(api.retrieve_snake());
    CHECK(leased.os_pid == process);
    CHECK(code_in(api.snake_run(leased, endless, with_timeout(50ms)))
          == errc::timeout);
  }
  CHECK(eventually([&] { return !is_alive(process); }));
  CHECK(f.alive().empty());
}

BOTH_WAYS("the longest time short of forever is not over at once", "[api]") {
  pool_fixture f;
  TestType api{f};
  python_options options;
  options.timeout = forever - caf::timespan{1};
  options.max_wait = forever - caf::timespan{1};
  CHECK(checked(api.template python_wait<std::string>(
          {"snakes", "sleep_and_return", 0.05, "done"}, options))
        == "done");
}

BOTH_WAYS("options that make no sense are an error", "[api]") {
  pool_fixture f;
  TestType api{f};
  auto negative = api.python(tell_pid(), with_timeout(-1ms));
  CHECK(code_in(negative) == errc::bad_options);
  CHECK_THAT(text_in(negative), Catch::Contains("timeout"));
  CHECK(code_in(api.python_wait(tell_pid(), with_timeout(-1ms)))
        == errc::bad_options);
  python_options options;
  options.max_wait = -1ms;
  negative = api.python_wait(tell_pid(), options);
  CHECK(code_in(negative) == errc::bad_options);
  CHECK_THAT(text_in(negative), Catch::Contains("max_wait"));
  CHECK(f.alive().empty());
  auto leased = checked(api.retrieve_snake());
  CHECK(code_in(api.snake_run(leased, tell_pid(), with_timeout(-1ms)))
        == errc::bad_options);
  CHECK(code_in(api.snake_run(leased, tell_pid(), options))
        == errc::bad_options);
  // Which is not the end of the lease.
  CHECK(api.snake_run(leased, tell_pid()));
}

// -- cancel -------------------------------------------------------------------

BOTH_WAYS("a call that waits can be taken back", "[api][concurrency]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  rendezvous here;
  caller other{f};
  auto running = occupy(other, f, here);
  std::vector<call_token> tokens;
  std::vector<std::future<caf::expected<value>>> waiting;
  for (int i = 0; i < 3; ++i) {
    tokens.push_back(new_call_token());
    auto options = with_token(tokens.back());
    options.busy = when_busy::wait;
    waiting.push_back(
      other.start<value>(f.manager, python_atom_v, tell_pid(), options));
  }
  CHECK(checked(api.cancel(tokens[1])));
  CHECK(code_in(waiting[1].get()) == errc::cancelled);
  CHECK_FALSE(checked(api.cancel(tokens[1])));
  CHECK(is_pending(waiting[0]));
  here.release();
  CHECK(running.get());
  CHECK(waiting[0].get());
  CHECK(waiting[2].get());
}

BOTH_WAYS("a call that runs can be taken back, which ends its process at once",
          "[api][concurrency]") {
  auto options = small_pool(2);
  options.grace = 1h;
  pool_fixture f{options};
  TestType api{f};
  rendezvous here;
  caller other{f};
  auto token = new_call_token();
  auto spared = occupy(other, f, here, with_token(new_call_token()));
  auto call = other.start<value>(
    f.manager, python_atom_v,
    snake_args{"snakes", "ignore_sigterm_and_meet", here.path()},
    with_token(token));
  auto process = here.arrival();
  CHECK(checked(api.cancel(token)));
  CHECK(code_in(call.get()) == errc::cancelled);
  CHECK(goes_away(process));
  CHECK_FALSE(checked(api.cancel(token)));
  here.close();
  CHECK(spared.get());
  CHECK(api.python_wait(tell_pid()));
}

BOTH_WAYS("a run on a leased snake can be taken back", "[api][concurrency]") {
  auto options = small_pool(1);
  options.grace = 1h;
  pool_fixture f{options};
  TestType api{f};
  rendezvous here;
  snake_args stubborn{"snakes", "ignore_sigterm_and_meet", here.path()};
  auto token = new_call_token();
  auto leased = checked(api.retrieve_snake());
  auto run = api.start_snake_run(leased, stubborn, with_token(token));
  auto process = here.arrival();
  REQUIRE(eventually([&] { return f.count(snake_status::busy) == 1; }));
  CHECK(checked(api.cancel(token)));
  CHECK(code_in(run.get()) == errc::cancelled);
  CHECK(goes_away(process));
  CHECK(code_in(api.snake_run(leased, tell_pid())) == errc::snake_gone);
}

BOTH_WAYS("a run that waits for another one of its lease can be taken back",
          "[api][concurrency]") {
  pool_fixture f;
  TestType api{f};
  rendezvous here;
  caller other{f};
  auto leased = checked(api.retrieve_snake());
  auto running = other.start<value>(leased.worker, snake_run_atom_v, leased,
                                    here.call(), keep_snake());
  here.arrival();
  auto options = keep_snake();
  options.token = new_call_token();
  auto waiting = other.start<value>(leased.worker, snake_run_atom_v, leased,
                                    tell_pid(), options);
  CHECK(checked(api.cancel(options.token)));
  here.release();
  CHECK(running.get());
  CHECK(code_in(waiting.get()) == errc::cancelled);
  CHECK(api.snake_run(leased, tell_pid()));
}

TEST_CASE("a call that has just begun can be taken back right behind it",
          "[api][concurrency]") {
  pool_fixture f{small_pool(2)};
  python_options options;
  options.timeout = 1s;
  snake_args endless{"time", "sleep", 1'000};
  bool leased = false;
  SECTION("on any snake") {
    leased = false;
  }
  SECTION("on a leased one") {
    leased = true;
  }
  for (int i = 0; i < 30; ++i) {
    INFO("round " << i);
    auto on = checked(retrieve_snake_wait(f.self, f.manager));
    options.token = new_call_token();
    if (!leased)
      REQUIRE(checked(release_snake(f.self, f.manager, on)));
    auto call =
      leased ? f.self->request(on.worker, 10s, snake_run_atom_v, on, endless,
                               options)
             : f.self->request(f.manager, 10s, python_atom_v, endless, options);
    auto cancelling =
      f.self->request(f.manager, 10s, cancel_atom_v, options.token);
    errc code = {};
    bool found = false;
    call.receive(
      [](const value&) {},
      [&](const caf::error& err) { code = code_of(err).value_or(errc{}); });
    cancelling.receive([&](bool x) { found = x; }, [](const caf::error&) {});
    REQUIRE(code == errc::cancelled);
    REQUIRE(found);
  }
}

TEST_CASE("20,000 calls that wait can be taken back, newest first",
          "[api][concurrency]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  caller other{f};
  auto running = occupy(other, f, here);
  std::vector<std::future<caf::expected<value>>> waiting;
  std::vector<std::future<caf::expected<bool>>> cancelled;
  std::vector<call_token> tokens;
  for (int i = 0; i < 20'000; ++i) {
    tokens.push_back(new_call_token());
    auto options = with_token(tokens.back());
    options.busy = when_busy::wait;
    waiting.push_back(
      other.start<value>(f.manager, python_atom_v, tell_pid(), options));
  }
  for (auto token = tokens.rbegin(); token != tokens.rend(); ++token)
    cancelled.push_back(other.start<bool>(f.manager, cancel_atom_v, *token));
  for (auto& what : cancelled)
    REQUIRE(checked(what.get()));
  for (auto& what : waiting)
    REQUIRE(code_in(what.get()) == errc::cancelled);
  here.release();
  CHECK(running.get());
  REQUIRE(f.all_ready(1));
  CHECK(f.alive().at(0).calls_done == 1);
}

BOTH_WAYS("what is not there cannot be taken back", "[api][concurrency]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  rendezvous here;
  caller other{f};
  // A call without a token has none, not the token 0.
  auto running = occupy(other, f, here);
  auto waiting =
    other.start<value>(f.manager, python_atom_v, tell_pid(), wait_in_line());
  CHECK_FALSE(checked(api.cancel(0)));
  CHECK_FALSE(checked(api.cancel(new_call_token())));
  here.release();
  CHECK(running.get());
  CHECK(waiting.get());
  auto done = new_call_token();
  CHECK(api.python_wait(tell_pid(), with_token(done)));
  REQUIRE(f.all_ready(1));
  CHECK_FALSE(checked(api.cancel(done)));
  CHECK(f.all_ready(1));
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
  CHECK_THAT(text_in(wrong), Catch::Contains("expected int, got str"));
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

// -- values -------------------------------------------------------------------

namespace {

/// Sends `x` through Python and checks that the same comes back, bit by bit,
/// and that Python had what it should.
template <class Api, class T>
void check_passes(Api& api, const T& x, const std::string& shown) {
  INFO(shown);
  CHECK(checked(api.template python_wait<std::string>({"snakes", "show", x}))
        == shown);
  auto back = checked(api.python_wait({"snakes", "identity", x}));
  CHECK(back == value{x});
  CHECK(checked(back.template as<T>()) == x);
}

} // namespace

BOTH_WAYS("scalars pass through Python unchanged", "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  CHECK(checked(api.python_wait({"snakes", "identity", nullptr})).is_none());
  check_passes(api, std::optional<int>{}, "NoneType None");
  check_passes(api, true, "bool True");
  check_passes(api, false, "bool False");
  check_passes(api, 0, "int 0");
  check_passes(api, -1, "int -1");
  check_passes(api, std::numeric_limits<int64_t>::max(),
               "int 9223372036854775807");
  check_passes(api, std::numeric_limits<int64_t>::min(),
               "int -9223372036854775808");
  check_passes(api, std::numeric_limits<uint64_t>::max(),
               "int 18446744073709551615");
  auto digits = "1" + std::string(40, '0');
  check_passes(api, checked(big_integer::parse(digits)), "int " + digits);
  check_passes(api, checked(big_integer::parse("-" + digits)),
               "int -" + digits);
  check_passes(api, 2.0, "float 2.0");
  check_passes(api, 0.1, "float 0.1");
  check_passes(api, -0.0, "float -0.0");
  check_passes(api, std::numeric_limits<double>::infinity(), "float inf");
  check_passes(api, -std::numeric_limits<double>::infinity(), "float -inf");
  auto nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(checked(api.template python_wait<bool>({"math", "isnan", nan})));
  CHECK(std::isnan(
    checked(api.template python_wait<double>({"snakes", "identity", nan}))));
}

BOTH_WAYS("text and bytes pass through Python unchanged", "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  check_passes(api, ""s, "str ''");
  check_passes(api, "sn\u00e4ke \U0001F40D"s, "str 'sn\u00e4ke \U0001F40D'");
  check_passes(api, "a\0b"s, "str 'a\\x00b'");
  check_passes(api, bytes{}, "bytes b''");
  check_passes(api, bytes{std::byte{0}, std::byte{255}, std::byte{'a'}},
               "bytes b'\\x00\\xffa'");
  auto long_text = std::string(1'000'000, 'x');
  CHECK(checked(api.template python_wait<std::string>(
          {"snakes", "identity", long_text}))
        == long_text);
}

BOTH_WAYS("containers pass through Python unchanged", "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  check_passes(api, std::vector<int>{}, "list []");
  check_passes(api, std::vector<double>{1, 2.5}, "list [1.0, 2.5]");
  check_passes(api, std::tuple{1, "a"s, true}, "tuple (1, 'a', True)");
  check_passes(api, std::tuple<>{}, "tuple ()");
  check_passes(api, std::map<std::string, int>{}, "dict {}");
  check_passes(api, std::map<int, std::string>{{1, "a"}, {2, "b"}},
               "dict {1: 'a', 2: 'b'}");
  using key = std::tuple<int, std::string>;
  using inner = std::map<std::string, std::vector<std::optional<double>>>;
  check_passes(
    api,
    std::map<key, inner>{{{1, "a"}, {{"x", {1.0, std::nullopt}}, {"y", {}}}},
                         {{2, "b"}, {}}},
    "dict {(1, 'a'): {'x': [1.0, None], 'y': []}, (2, 'b'): {}}");
  check_passes(api, std::vector<value>{1, 1.0, "1", nullptr, std::tuple{1}},
               "list [1, 1.0, '1', None, (1,)]");
}

namespace {

struct offer {
  std::string what;
  double price = 0;
  std::vector<std::string> tags;
  std::optional<int64_t> stock;

  bool operator==(const offer&) const = default;

  MSGPACK_DEFINE_MAP(what, price, tags, stock)
};

} // namespace

BOTH_WAYS("a struct is a dict in Python and a struct again", "[api]") {
  pool_fixture f;
  TestType api{f};
  offer before{"egg", 2.0, {"white"}, std::nullopt};
  check_passes(api, before,
               "dict {'what': 'egg', 'price': 2.0, 'tags': ['white'], "
               "'stock': None}");
  CHECK(checked(api.template python_wait<offer>(
          {"snakes", "raise_price", before, 1.5}))
        == offer{"egg", 3.0, {"white", "new"}, std::nullopt});
}

BOTH_WAYS("the encoder of the options translates arguments and results",
          "[api]") {
  auto options = small_pool();
  options.encoder =
    encoder_call{"snakes", "translate", {std::string{"= "}, int64_t{10}}};
  pool_fixture f{options};
  TestType api{f};
  CHECK(checked(api.template python_wait<std::string>({"snakes", "half", 1}))
        == "= 11/2");
  CHECK(checked(api.template python_wait<int>({"snakes", "identity", 1}))
        == 11);
  auto leased = checked(api.get_snakes_ready(3));
  REQUIRE(leased.size() == 3);
  for (auto& what : leased)
    CHECK(
      checked(api.template snake_run<std::string>(what, {"snakes", "half", 1}))
      == "= 11/2");
}

BOTH_WAYS("without an encoder a type that has no mapping is an error",
          "[api]") {
  pool_fixture f;
  TestType api{f};
  auto result = api.python({"snakes", "half", 1});
  CHECK(code_in(result) == errc::unencodable);
  CHECK_THAT(text_in(result), Catch::Contains("Half"));
}
