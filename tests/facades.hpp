#pragma once

#include "tests/pool_fixture.hpp"

#include <set>

/// @file
/// Everything that callers can ask for, each both as a blocking function and as
/// a message from an actor.

namespace venomous::test {

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

  template <class T = value>
  caf::expected<map_results_of<T>> python_map(const map_args& args,
                                              const map_options& options = {}) {
    return venomous::python_map<T>(f_.self, f_.manager, args, options);
  }

  std::future<caf::expected<map_results>> start_python_map(
    const map_args& args, const map_options& options = {}) {
    return std::async(std::launch::async, [=, this] {
      caf::scoped_actor self{f_.system};
      return venomous::python_map(self, f_.manager, args, options);
    });
  }

  caf::expected<snake> retrieve_snake() {
    return venomous::retrieve_snake(f_.self, f_.manager);
  }

  caf::expected<snake> retrieve_snake_wait(python_options options = {}) {
    return venomous::retrieve_snake_wait(f_.self, f_.manager, options);
  }

  /// @pre No other one is under way.
  std::future<caf::expected<snake>> start_retrieve_snake_wait(
    python_options options = {}) {
    return std::async(std::launch::async, [this, options] {
      return venomous::retrieve_snake_wait(waiter_, f_.manager, options);
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

  template <class T = value>
  caf::expected<map_results_of<T>> python_map(const map_args& args,
                                              const map_options& options = {}) {
    auto result = start_python_map(args, options).get();
    if constexpr (std::is_same_v<T, value>)
      return result;
    else if (result)
      return results_as<T>(std::move(*result));
    else
      return std::move(result.error());
  }

  std::future<caf::expected<map_results>> start_python_map(
    const map_args& args, const map_options& options = {}) {
    return actor_.start<map_results>(f_.manager, python_map_atom_v, args,
                                     options);
  }

  caf::expected<snake> retrieve_snake() {
    return actor_.ask<snake>(f_.manager, retrieve_snake_atom_v,
                             python_options{});
  }

  caf::expected<snake> retrieve_snake_wait(python_options options = {}) {
    return start_retrieve_snake_wait(options).get();
  }

  std::future<caf::expected<snake>> start_retrieve_snake_wait(
    python_options options = {}) {
    options.busy = when_busy::wait;
    return actor_.start<snake>(f_.manager, retrieve_snake_atom_v, options);
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
    return venomous::detail::result_as<T>(std::move(result));
  }

  pool_fixture& f_;
  caller actor_;
};

// -- helpers ------------------------------------------------------------------

/// A call that is under way and stays so until `here` lets it go.
/// @pre A snake is free.
inline std::future<caf::expected<value>> occupy(caller& by, pool_fixture& f,
                                                rendezvous& here,
                                                python_options options = {}) {
  auto result = by.start<value>(f.manager, python_atom_v, here.call(), options);
  here.arrival();
  return result;
}

inline python_options keep_snake() {
  python_options result;
  result.keep_snake = true;
  return result;
}

inline python_options with_timeout(caf::timespan timeout) {
  python_options result;
  result.timeout = timeout;
  return result;
}

inline python_options with_token(call_token token) {
  python_options result;
  result.token = token;
  return result;
}

inline std::set<int32_t> processes_of(const std::vector<snake>& snakes) {
  std::set<int32_t> result;
  for (auto& leased : snakes)
    result.insert(leased.os_pid);
  return result;
}

} // namespace venomous::test

/// Defines a test that has one of the two ways as its `TestType`.
#define BOTH_WAYS(name, tags)                                                  \
  TEMPLATE_TEST_CASE(name, tags, blocking_functions, messages)
