#include "python_bridge/module/codec/standard.hpp"

namespace py = pybind11;

namespace venomous::bridge {

PyTypeObject* loaded_type(const char* module, const char* name) {
  auto modules = py::handle(PyImport_GetModuleDict());
  auto* found = PyDict_GetItemString(modules.ptr(), module);
  if (found == nullptr)
    return nullptr;
  auto type = py::getattr(found, name, py::none());
  return PyType_Check(type.ptr()) ? reinterpret_cast<PyTypeObject*>(type.ptr())
                                  : nullptr;
}

py::object imported(const char* module, const char* name) {
  return py::module_::import(module).attr(name);
}

py::object with_hash(const py::object& x) {
  auto modules = py::handle(PyImport_GetModuleDict());
  auto* frozen = PyDict_GetItemString(modules.ptr(), "venomous.frozen");
  return frozen == nullptr ? x : py::handle(frozen).attr("with_hash")(x);
}

} // namespace venomous::bridge
