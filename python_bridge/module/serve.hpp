#pragma once

#include "channel.hpp"

#include "python_bridge/ledger.hpp"

#include <pybind11/pybind11.h>

#include <sys/types.h>

#include <string>

namespace venomous::bridge {

/// What the user's code may put between the wire and the functions.
struct hooks {
  /// Applied to each result.
  pybind11::object encoder;
  /// Applied to each argument.
  pybind11::object decoder;
};

/// Returns the hooks of this process.
hooks& current_hooks();

/// Answers calls, one after the other.
class server {
public:
  /// @param spin_us microseconds to poll for the next call before going to
  ///                sleep.
  /// @param describe function that makes (type, text, traceback) of an
  ///                 exception.
  /// @param await function that runs an awaitable to its end.
  /// @throws std::system_error if `ledger` is the descriptor of none.
  server(int fd, int ledger, int arena, int spin_us, pybind11::object describe,
         pybind11::object await);

  /// Tells the host that this snake will not take calls.
  void start_failed(const std::string& exception, const std::string& error,
                    const std::string& backtrace);

  /// Tells the host that this snake takes calls and answers them until the
  /// other end closes.
  /// @returns whether SIGTERM ended it, otherwise the end of file did.
  bool serve();

private:
  /// @returns whether the other end still takes answers.
  bool answer(const frame& x);

  pybind11::object run(pybind11::handle func, pybind11::object args,
                       pybind11::object kwargs);

  /// Ends a process that a call has forked and that comes out of the call: the
  /// answer is the parent's.
  void leave_if_forked(int status) const;

  bool send_exception(uint64_t call_id, pybind11::error_already_set& error);

  bool send_text(frame_kind kind, uint64_t call_id, const std::string& text);

  channel channel_;
  ledger ledger_;
  pybind11::object describe_;
  pybind11::object await_;
  pid_t owner_;
};

} // namespace venomous::bridge
