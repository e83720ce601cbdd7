#include "tests/pool_fixture.hpp"

#include "venomous/function.hpp"

#include <caf/typed_event_based_actor.hpp>

/// @file
/// Functions of Python with a signature, called in each of the ways there are.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

namespace {

const function<double(double)> square_root{"math", "sqrt"};

template <class T>
using eventual = std::shared_ptr<std::promise<caf::expected<T>>>;

template <class T>
eventual<T> make_eventual() {
  return std::make_shared<std::promise<caf::expected<T>>>();
}

/// Runs `f` in an event-based actor.
template <class F>
void in_actor(pool_fixture& f, F run) {
  f.system.spawn([](caf::event_based_actor* self, const F& run) { run(self); },
                 run);
}

} // namespace

// -- checked by the compiler --------------------------------------------------

namespace {

template <class F, class... Args>
concept can_call = requires(const F& f, caf::scoped_actor& self,
                            const snake_manager_actor& manager,
                            const Args&... args) {
  f(self, manager, args...);
};

template <class F, class... Args>
concept can_block = requires(const F& f, caf::blocking_actor* self,
                             const snake_manager_actor& manager,
                             const Args&... args) {
  f.request(self, manager, args...);
};

template <class F, class... Args>
concept can_request = requires(const F& f, caf::event_based_actor* self,
                               const snake_manager_actor& manager,
                               const Args&... args) {
  f.request(self, manager, args...);
};

template <class F, class Items>
concept can_map = requires(const F& f, caf::scoped_actor& self,
                           const snake_manager_actor& manager,
                           const Items& items) {
  f.map(self, manager, items);
};

template <class Handler>
concept can_handle =
  requires(decltype(square_root.request(std::declval<caf::event_based_actor*>(),
                                        snake_manager_actor{}, 2.0)) response,
           Handler handler) {
  response.then(handler);
};

using unary = function<double(double)>;

// What is converted in any call of C++ is converted here.
static_assert(!can_block<function<double(double)>, double>);
static_assert(can_call<unary, double>);
static_assert(can_call<unary, int>);
static_assert(can_call<function<void(std::string)>, const char*>);
static_assert(can_call<function<void(const std::string&)>, const char*>);
static_assert(can_call<function<int()>>);

static_assert(!can_call<unary, const char*>);
static_assert(!can_call<unary, std::string>);
static_assert(!can_call<unary>);
static_assert(!can_call<unary, double, double>);
static_assert(!can_request<unary, const char*>);
static_assert(can_request<unary, int>);

static_assert(can_map<unary, std::vector<double>>);
static_assert(!can_map<unary, std::vector<std::string>>);
static_assert(!can_map<function<double(double, double)>, std::vector<double>>);
static_assert(!can_map<function<void(double)>, std::vector<double>>);

static_assert(can_handle<void (*)(double)>);
static_assert(!can_handle<void (*)(std::string)>);

} // namespace

// -- blocking calls -----------------------------------------------------------

TEST_CASE("a function with a signature is called like one of C++",
          "[function]") {
  pool_fixture f;
  CHECK(checked(square_root(f.self, f.manager, 2.25)) == 1.5);
  CHECK(checked(square_root(f.self, f.pool, 4)) == 2);
  function<std::string(std::vector<int>, const std::string&)> show{"builtins",
                                                                   "format"};
  CHECK(checked(function<int()>{"os", "getpid"}(f.self, f.manager)) > 0);
  CHECK(code_in(show(f.self, f.manager, {1}, "x")) == errc::python_exception);
}

TEST_CASE("a result that is not of the signature is an error", "[function]") {
  pool_fixture f;
  function<int(std::string)> wrong{"snakes", "identity"};
  auto result = wrong(f.self, f.manager, "text");
  CHECK(code_in(result) == errc::undecodable);
  CHECK(text_in(result) == "undecodable: expected int, got str");
}

TEST_CASE("a function without a result ignores what Python returns",
          "[function]") {
  pool_fixture f;
  function<void(int)> quiet{"snakes", "identity"};
  CHECK(quiet(f.self, f.manager, 1));
  function<void(double)> loud{"math", "sqrt"};
  auto failed = loud(f.self, f.manager, -1);
  REQUIRE_FALSE(failed);
  CHECK(code_of(failed.error()) == errc::python_exception);
}

TEST_CASE("a function has keyword arguments if it is told to", "[function]") {
  pool_fixture f;
  function<int(std::string)> to_int{"builtins", "int"};
  CHECK(checked(to_int.kwargs({{"base", 16}})(f.self, f.manager, "ff")) == 255);
  CHECK(checked(to_int(f.self, f.manager, "12")) == 12);
}

TEST_CASE("a function waits in line unless it is told not to", "[function]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  function<std::string(std::string)> meet{"snakes", "meet"};
  auto first = meet.async(f.pool, here.path());
  here.arrival();
  auto second = meet.async(f.pool, here.path());
  auto refused = meet.with({.busy = when_busy::fail});
  CHECK(code_in(refused(f.self, f.manager, here.path())) == errc::no_snake);
  auto impatient = meet.with({.max_wait = 1ms});
  CHECK(code_in(impatient(f.self, f.manager, here.path())) == errc::no_snake);
  here.release("a");
  CHECK(checked(first.get()) == "a");
  here.arrival();
  here.release("b");
  CHECK(checked(second.get()) == "b");
}

TEST_CASE("the options of a function are those of its calls", "[function]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  SECTION("the timeout") {
    function<void(std::string)> meet{"snakes", "meet", {.timeout = 50ms}};
    auto result = meet(f.self, f.manager, here.path());
    REQUIRE_FALSE(result);
    CHECK(code_of(result.error()) == errc::timeout);
  }
  SECTION("the token") {
    auto token = new_call_token();
    function<std::string(std::string)> meet{"snakes", "meet", {.token = token}};
    auto result = meet.async(f.manager, here.path());
    here.arrival();
    CHECK(checked(cancel(f.self, f.manager, token)));
    CHECK(code_in(result.get()) == errc::cancelled);
  }
}

// -- maps ---------------------------------------------------------------------

TEST_CASE("a function of one argument is called for each item of a vector",
          "[function]") {
  pool_fixture f;
  auto roots =
    checked(square_root.map(f.self, f.manager, std::vector{1.0, -1.0, 4.0}));
  CHECK(roots.values == std::vector{1.0, 0.0, 2.0});
  REQUIRE(roots.errors.size() == 1);
  CHECK(roots.errors[0].index == 1);
  auto with_name = square_root.kwargs({{"x", 1}});
  CHECK(code_in(with_name.map(f.self, f.manager, {1.0})) == errc::bad_options);
}

// -- requests of actors -------------------------------------------------------

TEST_CASE("an actor gets the result of a function decoded", "[function]") {
  pool_fixture f;
  auto result = make_eventual<double>();
  in_actor(f, [&f, result](auto* self) {
    square_root.request(self, f.manager, 2.25)
      .then([result](double x) { result->set_value(x); },
            [result](const caf::error& err) { result->set_value(err); });
  });
  CHECK(checked(result->get_future().get()) == 1.5);
}

TEST_CASE("the error handler of a request gets every error", "[function]") {
  pool_fixture f;
  auto result = make_eventual<int>();
  auto ask = [&f, result](std::string module, std::string func, auto x) {
    in_actor(f, [=, &f](auto* self) {
      function<int(decltype(x))>{module, func}
        .request(self, f.manager, x)
        .then([result](int x) { result->set_value(x); },
              [result](const caf::error& err) { result->set_value(err); });
    });
    return code_in(result->get_future().get());
  };
  SECTION("of Python") {
    CHECK(ask("math", "sqrt", -1.0) == errc::python_exception);
  }
  SECTION("of decoding") {
    CHECK(ask("snakes", "identity", 0.5) == errc::undecodable);
  }
}

TEST_CASE("without an error handler the one of the actor gets the error",
          "[function]") {
  pool_fixture f;
  auto result = make_eventual<int>();
  auto x = GENERATE(-1.0, 2.0);
  in_actor(f, [&f, result, x](auto* self) {
    self->set_error_handler([result](caf::scheduled_actor*, caf::error& err) {
      result->set_value(err);
    });
    function<std::string(double)>{"math", "sqrt"}
      .request(self, f.manager, x)
      .then([result](const std::string&) { result->set_value(0); });
  });
  CHECK(code_in(result->get_future().get())
        == (x < 0 ? errc::python_exception : errc::undecodable));
}

TEST_CASE("a handler of a request may be one that can only be moved",
          "[function]") {
  pool_fixture f;
  auto result = make_eventual<int>();
  in_actor(f, [&f, result](auto* self) {
    function<void(int)>{"snakes", "identity"}
      .request(self, f.manager, 1)
      .await([result, owned = std::make_unique<int>(7)] {
        result->set_value(*owned);
      });
  });
  CHECK(checked(result->get_future().get()) == 7);
}

namespace {

using root_actor = compat::typed_actor<double(double)>;

root_actor::behavior_type root_server(root_actor::pointer self,
                                      const snake_manager_actor& manager) {
  return {[=](double x) {
    auto promise = self->make_response_promise<double>();
    square_root.request(self, manager, x)
      .then([promise](double root) mutable { promise.deliver(root); },
            [promise](caf::error& err) mutable { promise.deliver(err); });
    return promise;
  }};
}

} // namespace

TEST_CASE("a typed actor calls functions, too", "[function]") {
  pool_fixture f;
  auto server = f.system.spawn(root_server, f.manager);
  CHECK(checked(f.ask<double>(server, 6.25)) == 2.5);
  CHECK(code_in(f.ask<double>(server, -1.0)) == errc::python_exception);
  caf::anon_send_exit(server, caf::exit_reason::user_shutdown);
}
