#include "python_bridge/module/server/interrupt.hpp"

#include "python_bridge/module/server/serve.hpp"

#include <string>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

/// Not an `OSError` like `TimeoutError`: half of the standard library takes
/// that for a missing file. Not an `Exception` either, because it has nothing
/// to do with the code that it interrupts.
PyObject* call_interrupted = nullptr;

struct place {
  explicit place(const py::object& frame)
    : module(py::str(frame.attr("f_globals").attr("get")("__name__"))),
      func(py::str(frame.attr("f_code").attr("co_name"))) {}

  /// Half a module would stay behind for later calls.
  bool is_import() const {
    return module.rfind("importlib._bootstrap", 0) == 0
           || module.rfind("_frozen_importlib", 0) == 0;
  }

  /// Logs exceptions instead of passing them on.
  bool is_event_of_asyncio() const {
    return module == "asyncio.events" && func == "_run";
  }

  /// The coroutine of the call.
  bool is_awaited() const {
    return module == "venomous.awaiting" && func == "wait";
  }

  std::string module;
  std::string func;
};

/// Returns whether an exception raised in `frame` would be lost, or do harm.
/// The host sends the signal again.
bool comes_amiss(py::object frame) {
  for (auto awaited = false; !frame.is_none(); frame = frame.attr("f_back")) {
    place here{frame};
    awaited |= here.is_awaited();
    if (here.is_import() || (here.is_event_of_asyncio() && !awaited))
      return true;
  }
  return false;
}

} // namespace

void register_call_interrupted(py::module_& m) {
  call_interrupted = PyErr_NewExceptionWithDoc(
    "venomous.CallInterrupted",
    "The call has run for longer than its soft timeout, or was canceled.",
    PyExc_BaseException, nullptr);
  if (call_interrupted == nullptr)
    throw py::error_already_set{};
  m.attr("CallInterrupted") = py::handle{call_interrupted};
}

void on_interrupt(int, const py::object& frame) {
  if (comes_amiss(frame) || !server::take_interrupt())
    return;
  auto error = py::handle{call_interrupted}(
    "it ran for longer than its soft timeout, or was canceled");
  // A waiting coroutine has no frame on the stack. Its traceback goes in front
  // of this one.
  py::object awaited = py::none();
  try {
    awaited =
      py::module_::import("venomous.awaiting").attr("traceback_of_awaited")();
  } catch (const py::error_already_set&) {
    // A failure to say where must not end the call.
  }
  if (!awaited.is_none())
    PyException_SetTraceback(error.ptr(), awaited.ptr());
  PyErr_SetObject(call_interrupted, error.ptr());
  throw py::error_already_set{};
}

} // namespace venomous::bridge
