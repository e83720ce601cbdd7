#pragma once

#include "python_bridge/module/channel/channel.hpp"
#include "python_bridge/module/channel/termination.hpp"
#include "python_bridge/module/codec/codec.hpp"
#include "python_bridge/module/codec/function.hpp"
#include "python_bridge/module/codec/records.hpp"
#include "python_bridge/module/codec/text.hpp"
#include "python_bridge/module/process/process.hpp"

#include "python_bridge/memory/ledger.hpp"

#include <pybind11/pybind11.h>

#include <string>

namespace venomous::bridge {

/// Hooks of the user between the wire and the functions.
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
  /// @param max_result the maximum size of a result, in bytes.
  /// @param describe function that returns (type, text, traceback) of an
  ///                 exception.
  /// @param await function that runs an awaitable to its end.
  /// @param end_child function that ends a process that a call has forked and
  ///                  that came out of the call. Its argument is the exception
  ///                  that the process came out with, or None.
  /// @throws std::system_error if `ledger` is not the descriptor of a ledger.
  server(int fd, int ledger, int arena, int spin_us, size_t max_result,
         pybind11::object describe, pybind11::object await,
         pybind11::object end_child);

  /// Tells the host that this snake will not take calls.
  void start_failed(const std::string& exception, const std::string& error,
                    const std::string& backtrace);

  /// Tells the host that this snake takes calls and answers them until the
  /// other end closes.
  /// @returns whether SIGTERM ended it, otherwise the end of file did.
  bool serve();

  /// Returns whether user code runs, or was running when SIGTERM came.
  bool is_busy() const {
    return busy_;
  }

  /// Returns whether to interrupt the call whose code runs now. Says so once:
  /// how the call handles the exception is its own business.
  static bool take_interrupt();

private:
  // Each of these returns whether the other end still takes answers.

  bool take(const frame& x);

  bool answer(const frame& x);

  /// Releases kept objects. Their finalizers may run user code.
  bool release(const frame& x);

  /// After user code has run, ends a process that must not go on.
  void leave_if_asked() const;

  /// Calls a function for one item after the other.
  bool map(const frame& x);

  /// Appends the result of `func` for the item in `bytes`.
  void call_with(pybind11::handle func, const argument_converter& convert,
                 std::string_view bytes, buffer& out);

  /// Calls `f()`, which appends a value to `out`. If that fails, appends the
  /// reason.
  /// @param subject the name of the host's data in an error.
  /// @returns the kind of frame for what it appended.
  template <class F>
  frame_kind attempt(buffer& out, const char* subject, F f);

  /// Turns the return value of a function into the value to send.
  pybind11::object finish(pybind11::object result);

  /// Ends a process that a call has forked and that comes out of the call: only
  /// the parent answers.
  void leave_if_forked() const;

  /// Does the same for a process that comes out with an exception.
  void leave_if_forked(const pybind11::error_already_set& error) const;

  /// Does the same for a process whose result cannot be sent.
  void leave_if_forked(const std::string& complaint) const;

  [[noreturn]] void end_child(pybind11::handle exception) const;

  /// Appends type, text and traceback of an exception.
  void describe(buffer& out, pybind11::error_already_set& error);

  channel channel_;
  ledger ledger_;
  size_t max_result_;
  pybind11::object describe_;
  pybind11::object await_;
  pybind11::object end_child_;
  own_process owner_;
  /// The number of calls so far, which is also the number of the last one.
  uint64_t received_ = 0;
  bool busy_ = false;
  /// The call whose code runs, 0 if no interruptible call does.
  uint64_t running_ = 0;
};

template <class F>
frame_kind server::attempt(buffer& out, const char* subject, F f) {
  auto start = out.size();
  auto fail = [&](frame_kind kind, const std::string& text) {
    leave_if_forked(text);
    if (termination_noted())
      throw terminated{};
    out.truncate(start);
    encode_text(out, shortened(text));
    return kind;
  };
  auto raise = [&](pybind11::error_already_set& error) {
    leave_if_forked(error);
    out.truncate(start);
    describe(out, error);
    return frame_kind::exception;
  };
  try {
    buffer::bound limit{out, max_result_};
    f();
    // User code also runs while results are packed and arguments dropped.
    leave_if_asked();
    return frame_kind::value;
  } catch (const undecodable& error) {
    return fail(frame_kind::undecodable,
                subject + std::string{" cannot be decoded: "} + error.what());
  } catch (const unencodable& error) {
    return fail(frame_kind::unencodable,
                std::string{"the result cannot be sent: "} + error.what());
  } catch (const buffer_full&) {
    return fail(frame_kind::unencodable,
                "the result cannot be sent: it takes more than the "
                  + std::to_string(max_result_)
                  + " bytes that max-frame-mb permits");
  } catch (pybind11::error_already_set& error) {
    return raise(error);
  } catch (const pybind11::cast_error&) {
    return fail(frame_kind::unencodable,
                "the result cannot be sent: a str in there has surrogates, "
                "which UTF-8 does not permit");
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
    pybind11::error_already_set error;
    return raise(error);
  }
}

} // namespace venomous::bridge
