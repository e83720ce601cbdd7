#include "tests/pool_fixture.hpp"

#include "venomous/function.hpp"

#include <atomic>
#include <coroutine>
#include <exception>
#include <thread>

/// @file
/// Calls of threads without an actor: handlers, futures and coroutines.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

// -- handlers -----------------------------------------------------------------

TEST_CASE("a thread without an actor submits a call, and its handler runs on "
          "the thread of the pool",
          "[submit]") {
  pool_fixture f;
  std::promise<std::string> name;
  auto kept = std::make_shared<int>(0);
  std::weak_ptr<int> watch = kept;
  submit(f.manager, {"math", "sqrt", 2.25}, {},
         [&name, kept = std::move(kept)](caf::expected<value> result) {
           char text[16] = {};
           pthread_getname_np(pthread_self(), text, sizeof(text));
           name.set_value(checked(checked(result).as<double>()) == 1.5 ? text
                                                                       : "");
         });
  CHECK(name.get_future().get() == "venomous.pool");
  // The handler is gone after that.
  CHECK(eventually([&] { return watch.expired(); }));
}

TEST_CASE("every submitted call is answered once when the pool ends",
          "[submit][concurrency]") {
  constexpr int calls_per_thread = 50;
  pool_fixture f{small_pool(1)};
  rendezvous here;
  std::atomic<int> answers = 0;
  std::atomic<int> refused = 0;
  auto count = [&](const caf::expected<value>& result) {
    ++answers;
    if (!result && code_of(result.error()) == errc::shutting_down)
      ++refused;
  };
  submit(f.manager, here.call(), patient, count);
  here.arrival();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < calls_per_thread; ++j)
        submit(f.manager, tell_pid(), patient, count);
    });
  f.stop();
  threads.clear();
  CHECK(answers == 2 * calls_per_thread + 1);
  CHECK(refused == answers);
}

TEST_CASE("a call for no manager is answered at once", "[submit]") {
  auto answered = false;
  submit({}, tell_pid(), {},
         [&](const caf::expected<value>& result) { answered = !result; });
  CHECK(answered);
}

namespace {

/// What a program may use in place of a pool in its own tests.
caf::behavior echo_name(caf::event_based_actor*, int) {
  return {[](python_atom, const snake_args& args, const python_options&) {
    return value{args.func()};
  }};
}

} // namespace

TEST_CASE("a stand-in for the manager gets submitted calls, too", "[submit]") {
  config cfg;
  caf::actor_system system{cfg};
  auto stand_in = system.spawn(echo_name, 0);
  auto manager = caf::actor_cast<snake_manager_actor>(stand_in);
  function<std::string()> call{"module", "func"};
  CHECK(checked(call.async(manager).get()) == "func");
  caf::anon_send_exit(stand_in, caf::exit_reason::kill);
  CHECK(eventually([&] { return !call.async(manager).get(); }));
}

// -- futures ------------------------------------------------------------------

TEST_CASE("a future has the result of a call", "[submit]") {
  pool_fixture f;
  function<double(double)> square_root{"math", "sqrt"};
  auto good = square_root.async(f.manager, 2.25);
  auto bad = square_root.async(f.manager, -1);
  CHECK(checked(good.get()) == 1.5);
  CHECK(code_in(bad.get()) == errc::python_exception);
}

TEST_CASE("a future that nobody waits for does no harm", "[submit]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  static_cast<void>(
    function<void(std::string)>{"snakes", "meet"}.async(f.pool, here.path()));
  here.arrival();
}

// -- coroutines ---------------------------------------------------------------

namespace {

/// A coroutine that runs until its end by itself.
struct detached {
  struct promise_type {
    detached get_return_object() {
      return {};
    }
    std::suspend_never initial_suspend() noexcept {
      return {};
    }
    std::suspend_never final_suspend() noexcept {
      return {};
    }
    void return_void() {
      // nop
    }
    void unhandled_exception() {
      std::terminate();
    }
  };
};

detached fourth_root(const snake_manager_actor& manager, double x,
                     std::promise<caf::expected<double>>& result) {
  function<double(double)> square_root{"math", "sqrt"};
  auto root = co_await square_root.await(manager, x);
  if (root)
    root = co_await square_root.await(manager, *root);
  result.set_value(std::move(root));
}

detached call_often(const snake_manager_actor& manager, size_t n,
                    std::promise<size_t>& refused) {
  function<int()> pid{"os", "getpid"};
  size_t count = 0;
  for (size_t i = 0; i < n; ++i) {
    auto result = co_await pid.await(manager);
    if (!result && code_of(result.error()) == errc::shutting_down)
      ++count;
  }
  refused.set_value(count);
}

} // namespace

TEST_CASE("a coroutine awaits one call after the other", "[submit]") {
  pool_fixture f;
  std::promise<caf::expected<double>> good;
  std::promise<caf::expected<double>> bad;
  fourth_root(f.manager, 16, good);
  fourth_root(f.manager, -1, bad);
  CHECK(checked(good.get_future().get()) == 2);
  CHECK(code_in(bad.get_future().get()) == errc::python_exception);
}

TEST_CASE("a coroutine that waits goes on with shutting_down when the pool "
          "ends",
          "[submit][concurrency]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  function<std::string(std::string)> meet{"snakes", "meet"};
  auto occupied = meet.async(f.manager, here.path());
  here.arrival();
  std::promise<size_t> refused;
  // Each of the later calls is refused on the spot, without a deeper stack.
  call_often(f.manager, 100'000, refused);
  f.stop();
  CHECK(refused.get_future().get() == 100'000);
  CHECK(code_in(occupied.get()) == errc::shutting_down);
}

// -- what handlers may not do -------------------------------------------------

namespace {

/// Decodes as nothing, and says so by an exception.
struct undecodable_by_throw {};

/// Submits the next call from the handler of the last one.
void submit_in_turn(const snake_manager_actor& manager, int left, int& done) {
  submit(manager, {"math", "sqrt", 4.0}, {},
         [&manager, left, &done](caf::expected<value>) {
           ++done;
           if (left > 1)
             submit_in_turn(manager, left - 1, done);
         });
}

} // namespace

template <>
struct venomous::codec<undecodable_by_throw> {
  static bool decode(decoder&, undecodable_by_throw&) {
    throw std::runtime_error("a decoder that throws");
  }

  static bool is_exact(detail::kind) {
    return true;
  }
};

TEST_CASE("what a decoder throws reaches the one who waits for the future",
          "[submit]") {
  pool_fixture f;
  const function<undecodable_by_throw(double)> square_root{"math", "sqrt"};
  auto answer = square_root.async(f.manager, 4.0);
  CHECK_THROWS_WITH(answer.get(), "a decoder that throws");
}

TEST_CASE("handlers that submit to an ended pool do not fill the stack",
          "[submit]") {
  constexpr int calls = 100'000;
  pool_fixture f;
  f.pool.stop();
  int done = 0;
  submit_in_turn(f.manager, calls, done);
  CHECK(done == calls);
}

TEST_CASE("a handler that would wait for the pool gets an error at once",
          "[submit]") {
  pool_fixture f;
  std::promise<std::vector<caf::error>> errors;
  submit(f.manager, {"math", "sqrt", 4.0}, {}, [&](caf::expected<value>) {
    std::vector<caf::error> result;
    const function<double(double)> square_root{"math", "sqrt"};
    result.push_back(square_root(f.manager, 4.0).error());
    result.push_back(python(f.self, f.manager, {"math", "sqrt", 4.0}).error());
    result.push_back(cancel(f.self, f.manager, 1).error());
    result.push_back(
      python_map(f.self, f.manager, {"math", "sqrt", std::vector{4.0}})
        .error());
    errors.set_value(std::move(result));
  });
  for (auto& err : errors.get_future().get())
    CHECK(code_of(err) == errc::bad_options);
}

TEST_CASE("a handler may own the pool that it ends", "[submit]") {
  caf::actor_system_config cfg;
  caf::actor_system system{cfg};
  std::promise<void> ended;
  auto pool = std::make_shared<venomous::pool>(system, small_pool(1));
  auto manager = pool->manager();
  submit(manager, {"math", "sqrt", 4.0}, {},
         [&, pool = std::move(pool)](caf::expected<value>) mutable {
           pool.reset();
           ended.set_value();
         });
  ended.get_future().get();
}
