#pragma once

#include "venomous/messages.hpp"

#include <concepts>
#include <exception>
#include <future>
#include <memory>
#include <utility>

/// @file
/// Calls of threads that have no actor of their own.

namespace venomous {

namespace detail {

/// Takes the answer to one call.
class answer_handler {
public:
  virtual ~answer_handler() = default;

  /// What the handler of a user throws ends the program, on every thread that
  /// can be the one to deliver.
  virtual void handle(caf::expected<value>&& answer) noexcept = 0;
};

using answer_handler_ptr = std::unique_ptr<answer_handler>;

template <class F>
class answer_function final : public answer_handler {
public:
  explicit answer_function(F f) : f_(std::move(f)) {
    // nop
  }

  void handle(caf::expected<value>&& answer) noexcept override {
    f_(std::move(answer));
  }

private:
  F f_;
};

void submit(const snake_manager_actor& manager, snake_args&& args,
            const python_options& options, answer_handler_ptr handler);

/// Turns the result of a call into what was asked for.
template <class T>
caf::expected<T> result_as(caf::expected<value>&& result) {
  if (!result)
    return std::move(result.error());
  if constexpr (std::is_void_v<T>)
    return {};
  else if constexpr (std::is_same_v<T, value>)
    return std::move(*result);
  else
    return result->template as<T>();
}

} // namespace detail

/// Runs a Python function on any snake and calls `handler` with the result:
/// exactly once, also when the pool ends first. May be called from any thread,
/// and returns at once.
///
/// The handler runs on the thread of the pool, or on the calling one, before
/// this function returns, if the pool has ended already. All snakes wait for it
/// meanwhile, so it must not block or compute for long: functions that would
/// wait for the pool return `bad_options` there. A handler that throws ends the
/// program. Afterwards it is destroyed.
/// @param options As for `python`: waits in line only if they say so.
template <class F>
requires std::invocable<F&, caf::expected<value>>
void submit(const snake_manager_actor& manager, snake_args args,
            const python_options& options, F handler) {
  detail::submit(
    manager, std::move(args), options,
    std::make_unique<detail::answer_function<F>>(std::move(handler)));
}

namespace detail {

/// Like `submit`, for a thread that waits for the result some time.
template <class T>
std::future<caf::expected<T>> submit_for_later(
  const snake_manager_actor& manager, snake_args&& args,
  const python_options& options) {
  std::promise<caf::expected<T>> promise;
  auto result = promise.get_future();
  // The handler owns the promise, which must outlive the call of `set_value`.
  venomous::submit(
    manager, std::move(args), options,
    [promise = std::move(promise)](caf::expected<value>&& answer) mutable {
      try {
        promise.set_value(result_as<T>(std::move(answer)));
      } catch (...) {
        // A decoder of the user's.
        promise.set_exception(std::current_exception());
      }
    });
  return result;
}

} // namespace detail

} // namespace venomous
