#pragma once

#include "venomous/detail/compat.hpp"
#include "venomous/options.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace venomous {

/// Number of a snake: unique within its pool, counted from 1, never reused.
using snake_id = uint64_t;

/// What a snake is doing.
enum class snake_status : uint8_t {
  /// Waits for work.
  ready,
  /// Leased to a caller and idle.
  retrieved,
  /// Runs a call.
  busy,
  /// Has run all its calls, gets no more, and ends when its successor is ready.
  spent,
};

/// @relates snake_status
std::string to_string(snake_status status);

/// Reads what `to_string` returns.
/// @returns whether there is an enumerator of that name.
/// @relates snake_status
bool from_string(std::string_view name, snake_status& x);

/// @returns whether there is an enumerator of that number.
/// @relates snake_status
bool from_integer(uint8_t number, snake_status& x);

/// What to do when all snakes are busy at `max-children`.
enum class when_busy : uint8_t {
  /// Answer `no_snake`.
  fail,
  /// Wait in the queue, first come, first served.
  wait,
};

/// @relates when_busy
std::string to_string(when_busy x);

/// Reads what `to_string` returns.
/// @returns whether there is an enumerator of that name.
/// @relates when_busy
bool from_string(std::string_view name, when_busy& x);

/// @returns whether there is an enumerator of that number.
/// @relates when_busy
bool from_integer(uint8_t number, when_busy& x);

/// Names a call so that any actor can cancel it. 0 names none.
using call_token = uint64_t;

/// Returns a token that no other call of this process has.
call_token new_call_token();

/// A duration that stands for the pool's own setting.
inline constexpr caf::timespan pool_default{0};

/// A duration that stands for "no limit".
inline constexpr caf::timespan forever = caf::timespan::max();

/// How to run one call, or to get one lease. A lease does not run anything yet,
/// so it ignores `timeout` and `keep_snake`.
struct python_options {
  /// How long the Python function may run once it has a snake. Then the caller
  /// gets `timeout` and the snake is ended. `pool_default` for
  /// `python-timeout-ms`.
  caf::timespan timeout = pool_default;

  /// The time after which `venomous.CallInterrupted`, a `BaseException`, is
  /// raised inside the function. If that ends the call, the caller gets
  /// `timeout` with the traceback, and the snake stays. `pool_default` for
  /// `soft-timeout-ms`, `forever` for never.
  caf::timespan soft_timeout = pool_default;

  /// What to do when all snakes are busy.
  when_busy busy = when_busy::fail;

  /// How long to wait in the queue: for a snake, or for an earlier run of the
  /// same lease. Then the caller gets `no_snake`.
  caf::timespan max_wait = forever;

  /// Lets `cancel` find the call or lease.
  call_token token = 0;

  /// Whether a leased snake stays leased after the call. Otherwise it goes back
  /// to the pool, as in Venomous. Ignored by a call without a lease.
  bool keep_snake = false;
};

/// Checks options as the pool does.
/// @returns `bad_options` with a text that names the invalid option.
/// @relates python_options
caf::error check(const python_options& options);

/// @relates python_options
template <class Inspector>
compat::inspect_result<Inspector> inspect(Inspector& f, python_options& x) {
  return compat::inspect_fields(
    f, x, "venomous::python_options", compat::field("timeout", x.timeout),
    compat::field("soft_timeout", x.soft_timeout),
    compat::field("busy", x.busy), compat::field("max_wait", x.max_wait),
    compat::field("token", x.token), compat::field("keep_snake", x.keep_snake));
}

} // namespace venomous
