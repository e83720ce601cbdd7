#include "python_bridge/module/codec/twin.hpp"

namespace py = pybind11;

namespace venomous::bridge {

py::object twin_of(const char* module, encoder& out, PyObject* x,
                   const step* at) {
  py::object failure;
  try {
    return py::module_::import(module).attr("twin_of")(py::handle{x});
  } catch (py::error_already_set& error) {
    auto bridge = py::module_::import("venomous._bridge");
    if (!error.matches(bridge.attr("Unencodable")))
      throw;
    failure = error.value();
  }
  auto reason = py::str(failure).cast<std::string>();
  auto label = py::getattr(failure, "label", py::none());
  if (label.is_none())
    out.fail(at, reason);
  step part{at, label.ptr(), 0, at == nullptr ? 1 : at->depth + 1};
  out.fail(&part, reason);
}

} // namespace venomous::bridge
