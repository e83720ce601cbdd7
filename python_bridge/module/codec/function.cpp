#include "python_bridge/module/codec/function.hpp"

#include "python_bridge/module/codec/codec.hpp"

namespace py = pybind11;

namespace venomous::bridge {

namespace {

/// Returns the module imported as `name`, null if there is none. Waits for a
/// module that another thread is importing.
py::object find_module(const py::object& name) {
  auto module =
    py::reinterpret_steal<py::object>(PyImport_GetModule(name.ptr()));
  if (!module && PyErr_Occurred() != nullptr)
    throw py::error_already_set{};
  return module;
}

/// Imports `name`. Costs only a lookup in `sys.modules` if it is already
/// imported.
py::object import(const py::object& name) {
  auto module = find_module(name);
  // None means that it cannot be imported; the import says so, too.
  if (module && !module.is_none())
    return module;
  own(
    PyImport_ImportModuleLevelObject(name.ptr(), nullptr, nullptr, nullptr, 0));
  module = find_module(name);
  if (module)
    return module;
  PyErr_Format(PyExc_ImportError, "%U is not in sys.modules", name.ptr());
  throw py::error_already_set{};
}

} // namespace

void require(bool condition, const char* reason) {
  if (!condition)
    throw undecodable{reason};
}

function_name decode_name(std::string_view body, size_t& offset) {
  function_name x;
  x.module = decode(body, offset, "module");
  require(PyUnicode_CheckExact(x.module.ptr()), "module is not a str");
  x.func = decode(body, offset, "func");
  require(PyUnicode_CheckExact(x.func.ptr()), "func is not a str");
  return x;
}

py::object find(const function_name& x) {
  auto result = import(x.module);
  auto length = PyUnicode_GET_LENGTH(x.func.ptr());
  Py_ssize_t begin = 0;
  for (;;) {
    auto dot = PyUnicode_FindChar(x.func.ptr(), '.', begin, length, 1);
    if (begin == 0 && dot < 0)
      return own(PyObject_GetAttr(result.ptr(), x.func.ptr()));
    auto end = dot < 0 ? length : dot;
    auto part = own(PyUnicode_Substring(x.func.ptr(), begin, end));
    result = own(PyObject_GetAttr(result.ptr(), part.ptr()));
    if (dot < 0)
      return result;
    begin = dot + 1;
  }
}

} // namespace venomous::bridge
