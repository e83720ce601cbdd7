#pragma once

#include "tests/catch.hpp"
#include "tests/leftovers.hpp"

#include "venomous/calls.hpp"
#include "venomous/config.hpp"
#include "venomous/pool.hpp"

#include <caf/event_based_actor.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

namespace venomous::test {

/// Keeps a process from doing anything for as long as this object lives.
class stopped_process {
public:
  explicit stopped_process(pid_t pid);

  ~stopped_process();

  stopped_process(const stopped_process&) = delete;

  stopped_process& operator=(const stopped_process&) = delete;

private:
  pid_t pid_;
};

/// Options for tests: few snakes, none of them started ahead, modules of the
/// tests importable.
pool_options small_pool(size_t max_children = 4);

/// Has a module preloaded that is made of `text`.
pool_options with_preload(pool_options options, const temporary_folder& folder,
                          const std::string& text);

/// A call that waits in line.
inline const python_options patient{.busy = when_busy::wait};

inline snake_args tell_pid() {
  return {"os", "getpid"};
}

inline constexpr size_t megabyte = size_t{1} << 20;

/// An actor system with a pool, and a check that nothing is left of them.
class pool_fixture {
public:
  explicit pool_fixture(pool_options options = small_pool());

  /// Ends the pool, then the system, and counts what is left.
  ~pool_fixture();

private:
  leftovers before_ = leftovers::now();
  config cfg_;
  std::optional<caf::actor_system> system_;
  std::optional<venomous::pool> pool_;
  std::optional<caf::scoped_actor> self_;

public:
  // -- what tests use ---------------------------------------------------------

  caf::actor_system& system;
  venomous::pool& pool;
  caf::scoped_actor& self;
  const snake_manager_actor& manager;

  /// Ends the pool ahead of time.
  void stop();

  /// Sends a request from an actor of its own, not from a blocking function.
  template <class T, class Handle, class... Ts>
  std::future<caf::expected<T>> ask_later(const Handle& receiver,
                                          const Ts&... xs) {
    auto answer = std::make_shared<std::promise<caf::expected<T>>>();
    // CAF 0.17.6 dereferences a null pointer when a function is spawned without
    // arguments, which checked builds do not forgive.
    system.spawn(
      [xs...](caf::event_based_actor* self, const Handle& receiver,
              const std::shared_ptr<std::promise<caf::expected<T>>>& answer) {
        self->request(receiver, caf::infinite, xs...)
          .then([=](T& x) { answer->set_value(std::move(x)); },
                [=](caf::error& err) { answer->set_value(std::move(err)); });
      },
      receiver, answer);
    return answer->get_future();
  }

  /// Sends a call, waiting in line unless `options` say otherwise.
  std::future<caf::expected<value>> call_later(snake_args args,
                                               python_options options = {
                                                 .busy = when_busy::wait}) {
    return ask_later<value>(manager, python_atom_v, args, options);
  }

  /// Sends a request from an actor and waits for the answer.
  template <class T, class Handle, class... Ts>
  caf::expected<T> ask(const Handle& receiver, const Ts&... xs) {
    return ask_later<T>(receiver, xs...).get();
  }

  /// Starts a request from an actor of its own and returns that actor, whose
  /// end is the end of the caller.
  caf::actor start_call(snake_args args, python_options options = {});

  std::vector<snake_info> alive();

  size_t count(snake_status status);

  /// Waits until as many snakes are alive, all of them ready.
  bool all_ready(size_t n);
};

/// Has some snake answer a call. Returns its process.
pid_t process_of(pool_fixture& f);

/// A place where a test and Python functions meet: `snakes.meet(path)` reports
/// here and stays until it is let go. So a test knows that a call runs, and
/// decides when it ends.
class rendezvous {
public:
  rendezvous();

  ~rendezvous();

  rendezvous(const rendezvous&) = delete;

  rendezvous& operator=(const rendezvous&) = delete;

  /// A call that comes here.
  snake_args call() const {
    return {"snakes", "meet", path_};
  }

  const std::string& path() const noexcept {
    return path_;
  }

  /// Waits for the next one to come.
  /// @returns its process.
  pid_t arrival();

  /// Lets the one go that came first of those still here.
  void release(const std::string& word = "go");

  /// Lets all go, and everybody who comes later.
  void close();

private:
  std::string path_;
  int listener_ = -1;
  std::vector<int> here_;
};

/// What a `caller` is told to do.
struct caller_job {
  std::function<void(caf::event_based_actor*)> run;
};

} // namespace venomous::test

CAF_BEGIN_TYPE_ID_BLOCK(venomous_tests, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(venomous_tests, (venomous::test::caller_job))
CAF_END_TYPE_ID_BLOCK(venomous_tests)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(venomous::test::caller_job)

namespace venomous::test {

/// An actor that lives as long as a test wants, so that it can hold leases and
/// have several requests under way.
class caller {
public:
  explicit caller(pool_fixture& f);

  ~caller();

  caller(caller&& other) noexcept = default;

  /// Sends a request and returns at once: what is sent after that by anybody
  /// arrives after it.
  template <class T, class Handle, class... Ts>
  std::future<caf::expected<T>> start(const Handle& receiver, const Ts&... xs) {
    auto answer = std::make_shared<std::promise<caf::expected<T>>>();
    auto sent = std::make_shared<std::promise<void>>();
    caf::anon_send(
      actor_, caller_job{[=](caf::event_based_actor* self) {
        self->request(receiver, caf::infinite, xs...)
          .then([=](T& x) { answer->set_value(std::move(x)); },
                [=](caf::error& err) { answer->set_value(std::move(err)); });
        sent->set_value();
      }});
    sent->get_future().wait();
    return answer->get_future();
  }

  /// Sends a request and returns the answer.
  template <class T, class Handle, class... Ts>
  caf::expected<T> ask(const Handle& receiver, const Ts&... xs) {
    return start<T>(receiver, xs...).get();
  }

  /// Ends the actor, whatever it waits for.
  void kill();

  const caf::actor& handle() const noexcept {
    return actor_;
  }

private:
  caf::actor actor_;
};

/// Whether there is no answer, and none within a moment.
template <class T>
bool is_pending(const std::future<T>& answer) {
  return answer.wait_for(std::chrono::milliseconds(20))
         == std::future_status::timeout;
}

/// Whether there is an answer in time.
template <class T>
bool is_answered(const std::future<T>& answer,
                 std::chrono::seconds limit = std::chrono::seconds(10)) {
  return answer.wait_for(limit) == std::future_status::ready;
}

/// Returns the code of the error in `result`.
/// @pre `result` is an error of this library.
template <class T>
errc code_in(const caf::expected<T>& result) {
  REQUIRE_FALSE(result);
  INFO(describe(result.error()));
  auto code = code_of(result.error());
  REQUIRE(code);
  return *code;
}

/// Returns the text of the error in `result`.
template <class T>
std::string text_in(const caf::expected<T>& result) {
  REQUIRE_FALSE(result);
  return describe(result.error());
}

/// Returns the value in `result`, failing the test with the error if there is
/// none.
template <class T>
T checked(caf::expected<T> result) {
  if (!result)
    FAIL(describe(result.error()));
  return std::move(*result);
}

} // namespace venomous::test

namespace Catch {

template <>
struct StringMaker<venomous::errc> {
  static std::string convert(venomous::errc code) {
    return venomous::to_string(code);
  }
};

template <>
struct StringMaker<venomous::snake_status> {
  static std::string convert(venomous::snake_status status) {
    return venomous::to_string(status);
  }
};

} // namespace Catch
