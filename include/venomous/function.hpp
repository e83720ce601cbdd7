#pragma once

#include "venomous/calls.hpp"
#include "venomous/submit.hpp"

#include <atomic>
#include <concepts>
#include <future>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace venomous {

/// How the calls of a `function` are to be run: `python_options` for those who
/// have no lease, except that they wait in line unless told otherwise.
struct call_options {
  /// See `python_options::timeout`.
  caf::timespan timeout = pool_default;

  /// See `python_options::soft_timeout`. Means nothing to a map.
  caf::timespan soft_timeout = pool_default;

  /// What to do when all snakes are busy. A map always waits.
  when_busy busy = when_busy::wait;

  /// See `python_options::max_wait`.
  caf::timespan max_wait = forever;

  /// See `python_options::token`. It names a single call: give each one that
  /// may be cancelled a token of its own, by `with`.
  call_token token = 0;
};

namespace detail {

template <class T>
constexpr bool is_signature = false;

/// Whether `F` takes the result of a `function` that returns `R`.
template <class F, class R>
concept result_handler =
  (std::is_void_v<R> && std::invocable<F&>) || std::invocable<F&, R>;

// -- answers of messages ------------------------------------------------------

/// Stands for the answer to a request of an actor, as CAF's `response_handle`
/// does, but knows what the function returns.
template <class R, class Self, class Response>
class [[nodiscard]] function_response {
public:
  function_response(Self* self, Response response)
    : self_(self), response_(std::move(response)) {
    // nop
  }

  /// Calls `f` with the result, or `on_error` with the error. A result that is
  /// no `R` is an error, too.
  template <result_handler<R> F, std::invocable<caf::error&> OnError>
  void then(F f, OnError on_error) {
    both_handlers<F, OnError> both{std::move(f), std::move(on_error)};
    std::move(response_).then(both.for_value(), both.for_error());
  }

  /// Calls `f` with the result, or the error handler of the actor.
  template <result_handler<R> F>
  void then(F f) {
    then(std::move(f), default_error_handler());
  }

  /// Like `then`, but the actor handles no other message before the answer.
  template <result_handler<R> F, std::invocable<caf::error&> OnError>
  void await(F f, OnError on_error) {
    both_handlers<F, OnError> both{std::move(f), std::move(on_error)};
    std::move(response_).await(both.for_value(), both.for_error());
  }

  /// Likewise, with the error handler of the actor.
  template <result_handler<R> F>
  void await(F f) {
    await(std::move(f), default_error_handler());
  }

private:
  /// Shared, because an error can come in place of a value, or within it.
  template <class F, class OnError>
  class both_handlers {
  public:
    both_handlers(F f, OnError on_error)
      : both_(std::make_shared<std::pair<F, OnError>>(std::move(f),
                                                      std::move(on_error))) {
      // nop
    }

    auto for_value() const {
      return [both = both_](value& x) {
        auto result = result_as<R>(std::move(x));
        if (!result) {
          caf::error err = std::move(result.error());
          both->second(err);
        } else if constexpr (std::is_void_v<R>)
          both->first();
        else
          both->first(std::move(*result));
      };
    }

    auto for_error() const {
      return [both = both_](caf::error& err) {
        both->second(err);
      };
    }

  private:
    std::shared_ptr<std::pair<F, OnError>> both_;
  };

  auto default_error_handler() {
    return [self = self_](caf::error& err) {
      self->call_error_handler(err);
    };
  }

  Self* self_;
  Response response_;
};

// -- coroutines ---------------------------------------------------------------

/// What `co_await` takes: sends the call, and continues with its result.
template <class R>
class [[nodiscard]] function_awaiter {
public:
  function_awaiter(snake_manager_actor manager, snake_args args,
                   const python_options& options)
    : manager_(std::move(manager)), args_(std::move(args)), options_(options) {
    // nop
  }

  bool await_ready() const noexcept {
    return false;
  }

  /// Whoever comes second, this function or the answer, continues. So the
  /// coroutine is not resumed within itself, however often that happens.
  template <class Handle>
  bool await_suspend(Handle coroutine) {
    submit(manager_, std::move(args_), options_,
           [this, coroutine](caf::expected<value>&& answer) mutable {
             answer_.emplace(std::move(answer));
             if (first_is_here_.exchange(true))
               coroutine.resume();
           });
    // Not a member must be touched if the answer is to continue.
    return !first_is_here_.exchange(true);
  }

  caf::expected<R> await_resume() {
    return result_as<R>(std::move(*answer_));
  }

private:
  snake_manager_actor manager_;
  snake_args args_;
  python_options options_;
  std::optional<caf::expected<value>> answer_;
  std::atomic<bool> first_is_here_ = false;
};

} // namespace detail

/// A function of Python with the types of its parameters and of its result, for
/// example `venomous::function<double(double)> sqrt{"math", "sqrt"}`. It is
/// called on any snake of a pool, and by default waits in line for one.
///
/// Arguments are converted to the parameters as in any call of C++, and the
/// result is decoded as the type that the signature names. `void` ignores what
/// Python returns, and `value` takes anything.
///
/// Copies are cheap, and may be used by several threads at once.
template <class Signature>
class function {
  static_assert(detail::is_signature<Signature>,
                "write a signature, as in function<double(double)>");
};

template <class R, class... Params>
class function<R(Params...)> {
  static_assert(std::same_as<R, std::remove_cvref_t<R>>,
                "the result must be returned by value");
  static_assert(std::is_void_v<R> || std::default_initializable<R>,
                "the result must have a default constructor");
  static_assert(std::is_void_v<R> || decodable<R>,
                "the result must be a type that Python's values can be decoded "
                "as: see docs/values.md");
  static_assert(
    ((!std::is_lvalue_reference_v<
        Params> || std::is_const_v<std::remove_reference_t<Params>>)&&...),
    "Python cannot write to an argument: take parameters by value "
    "or by const reference");
  static_assert((encodable<std::remove_cvref_t<Params>> && ...),
                "each parameter must be a type that can be sent to Python: see "
                "docs/values.md");

public:
  // -- constructors -----------------------------------------------------------

  /// @param module What Python imports, e.g. `os.path`.
  /// @param func A name in the module, with dots for what is inside classes,
  ///             e.g. `date.replace`.
  function(std::string module, std::string func, call_options options = {})
    : module_(std::move(module)),
      func_(std::move(func)),
      options_(std::move(options)) {
    // nop
  }

  /// Returns the options of its calls.
  const call_options& options() const noexcept {
    return options_;
  }

  /// Returns the same function with `options` in place of those that it has.
  [[nodiscard]] function with(call_options options) const {
    auto result = *this;
    result.options_ = std::move(options);
    return result;
  }

  /// Returns the same function with these keyword arguments in each call, on
  /// top of those that it has. A map takes none.
  [[nodiscard]] function kwargs(
    std::initializer_list<snake_args::keyword> added) const {
    auto result = *this;
    for (auto& [name, x] : added)
      result.kwargs_.emplace_back(name, x);
    return result;
  }

  // -- calls ------------------------------------------------------------------

  /// Calls the function and waits for the result.
  caf::expected<R> operator()(
    const snake_manager_actor& manager,
    const std::remove_cvref_t<Params>&... args) const {
    return detail::result_as<R>(
      detail::python(manager, pack(args...), untyped_options()));
  }

  /// Likewise, for code that has a `self` at hand.
  caf::expected<R> operator()(
    caf::scoped_actor&, const snake_manager_actor& manager,
    const std::remove_cvref_t<Params>&... args) const {
    return (*this)(manager, args...);
  }

  /// Calls the function from an event-based actor, whose end is the end of the
  /// call. Like `request` of CAF: go on with `.then`.
  template <class Self>
  requires(!std::derived_from<Self, caf::blocking_actor>) auto request(
    Self* self, const snake_manager_actor& manager,
    const std::remove_cvref_t<Params>&... args) const {
    // The pool answers every request, and a time limit of CAF's would not end
    // the work.
    auto response =
      compat::request(*self, manager, caf::infinite, python_atom_v,
                      pack(args...), untyped_options());
    return detail::function_response<R, Self, decltype(response)>{
      self, std::move(response)};
  }

  /// Calls the function from any thread. The future has exactly one answer,
  /// also when the pool ends first. It is decoded on the thread of the pool.
  [[nodiscard]] std::future<caf::expected<R>> async(
    const snake_manager_actor& manager,
    const std::remove_cvref_t<Params>&... args) const {
    return detail::submit_for_later<R>(manager, pack(args...),
                                       untyped_options());
  }

  /// Calls the function from a coroutine, by `co_await`. The coroutine goes on
  /// where handlers of `submit` run, mostly the thread of the pool: it must
  /// neither block there nor compute for long. It must not be destroyed while
  /// it waits; each call has an answer, also when the pool ends first.
  detail::function_awaiter<R> await(
    const snake_manager_actor& manager,
    const std::remove_cvref_t<Params>&... args) const {
    return {manager, pack(args...), untyped_options()};
  }

  // -- maps -------------------------------------------------------------------

  /// Calls a function of one parameter for each item, on as many snakes as
  /// there may be, and waits for all results: see `python_map`.
  template <class Item = R>
  requires(sizeof...(Params) == 1 && decodable<Item>)
    caf::expected<map_results_of<Item>> map(
      caf::scoped_actor& self, const snake_manager_actor& manager,
      const std::vector<std::remove_cvref_t<Params>>&... items)
  const {
    if (!kwargs_.empty())
      return caf::make_error(errc::bad_options,
                             std::string{"a map takes no keyword arguments"});
    return python_map<Item>(self, manager, {module_, func_, items...},
                            {.timeout = options_.timeout,
                             .max_wait = options_.max_wait,
                             .token = options_.token});
  }

private:
  snake_args pack(const std::remove_cvref_t<Params>&... args) const {
    snake_args result{module_, func_, args...};
    if (!kwargs_.empty())
      result.kwargs(
        std::vector<snake_args::keyword>{kwargs_.begin(), kwargs_.end()});
    return result;
  }

  python_options untyped_options() const {
    return {.timeout = options_.timeout,
            .soft_timeout = options_.soft_timeout,
            .busy = options_.busy,
            .max_wait = options_.max_wait,
            .token = options_.token};
  }

  std::string module_;
  std::string func_;
  call_options options_;
  std::vector<std::pair<std::string, value>> kwargs_;
};

} // namespace venomous
