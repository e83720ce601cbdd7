#pragma once

#include "venomous/interfaces.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace venomous {

/// How a call can end other than by its value. Exactly one answer reaches the
/// caller: the value, or one of these as `caf::error`.
enum class errc : uint8_t {
  /// The Python function raised. The error carries a `snake_error`.
  python_exception = 1,
  /// The call ran longer than its timeout. Its Python process was ended.
  timeout,
  /// The Python process ended during the call. The error carries a
  /// `process_exit`, unless the process was slain or given up.
  python_died,
  /// All snakes were busy at `max-children` and the caller would not wait, or
  /// not any longer.
  no_snake,
  /// As many calls waited already as `max-queue` permits.
  queue_full,
  /// The result has a type that has no mapping. The text names it.
  unencodable,
  /// A value cannot be made into what was asked for. The error carries a
  /// `value_mismatch` if C++ found out, and a text in any case.
  undecodable,
  /// The lease has ended, or the snake is gone: given back, slain or dead.
  snake_gone,
  /// A call came with options that make no sense.
  bad_options,
  /// The caller took the call back.
  cancelled,
  /// The pool is ending or has ended.
  shutting_down,
  /// No Python process could be started: the interpreter, a preload or the
  /// encoder failed. The text has the true cause.
  start_failed,
  /// The memory that the pool shares with its snakes has no room for an array.
  arena_full,
};

/// @relates errc
std::string to_string(errc code);

/// Reads what `to_string` returns.
/// @returns whether there is an enumerator of that name.
/// @relates errc
bool from_string(std::string_view name, errc& x);

/// @returns whether there is an enumerator of that number.
/// @relates errc
bool from_integer(uint8_t number, errc& x);

/// An exception of Python, as the caller learns it.
struct snake_error {
  /// Qualified name of its type, e.g. `json.decoder.JSONDecodeError`.
  std::string exception;
  /// `str()` of it.
  std::string error;
  /// Formatted traceback, as Python prints it. Empty if there is none.
  std::string backtrace;
};

/// @relates snake_error
template <class Inspector>
compat::inspect_result<Inspector> inspect(Inspector& f, snake_error& x) {
  return compat::inspect_fields(
    f, x, "venomous::snake_error", compat::field("exception", x.exception),
    compat::field("error", x.error), compat::field("backtrace", x.backtrace));
}

/// How a Python process ended, as the caller of `errc::python_died` learns it.
struct process_exit {
  /// What it passed to `exit`, if it ended by itself.
  std::optional<int32_t> code;
  /// Name of the signal that ended it, e.g. `SIGSEGV`. If it is empty, and
  /// there is no code either, nobody was left to tell.
  std::string signal;
  /// The last lines of its standard error, up to 4 KB.
  std::string standard_error;
};

/// @relates process_exit
template <class Inspector>
compat::inspect_result<Inspector> inspect(Inspector& f, process_exit& x) {
  auto exited = x.code.has_value();
  auto code = x.code.value_or(0);
  auto load = [&] {
    x.code = exited ? std::optional{code} : std::nullopt;
    return caf::error{};
  };
  return compat::inspect_fields_then(
    f, x, "venomous::process_exit", load, compat::field("exited", exited),
    compat::field("code", code), compat::field("signal", x.signal),
    compat::field("standard_error", x.standard_error));
}

/// A value that is not what was asked for, see `errc::undecodable`.
struct value_mismatch {
  /// Leads to it from the result, e.g. `items[3].price`. Empty for the result
  /// itself.
  std::string path;
  /// What was asked for, as Python calls it.
  std::string expected;
  /// What was there instead.
  std::string found;
};

/// @relates value_mismatch
template <class Inspector>
compat::inspect_result<Inspector> inspect(Inspector& f, value_mismatch& x) {
  return compat::inspect_fields(
    f, x, "venomous::value_mismatch", compat::field("path", x.path),
    compat::field("expected", x.expected), compat::field("found", x.found));
}

} // namespace venomous

VENOMOUS_ERROR_CODE_ENUM(venomous::errc, "venomous")

namespace venomous {

/// Returns the code of `err` if it is one of this library.
inline std::optional<errc> code_of(const caf::error& err) {
  return compat::error_as<errc>(err);
}

/// Returns the exception of Python that `err` carries, or `nullptr`.
inline const snake_error* snake_error_of(const caf::error& err) {
  return compat::error_context<snake_error>(err);
}

/// Returns how the Python process ended that `err` reports, or `nullptr`.
inline const process_exit* process_exit_of(const caf::error& err) {
  return compat::error_context<process_exit, 1>(err);
}

/// Returns which value `err` is about that is not what was asked for, or
/// `nullptr`.
inline const value_mismatch* value_mismatch_of(const caf::error& err) {
  return compat::error_context<value_mismatch, 1>(err);
}

/// Renders any error for people: code and text of one of this library's, the
/// traceback of an exception, and what CAF has to say of its own.
std::string describe(const caf::error& err);

} // namespace venomous
