#include "opaque.hpp"

namespace py = pybind11;

namespace venomous::bridge {

namespace {

/// The first that takes large objects, and Python 3.8 has it already.
constexpr int protocol = 5;

bool permitted = false;

/// Returns what went wrong, for another error to tell.
/// @throws error_already_set if the error is not about the object.
std::string reason(py::error_already_set& error) {
  if (!error.matches(PyExc_Exception) || error.matches(PyExc_MemoryError))
    throw py::error_already_set{error};
  auto* type = reinterpret_cast<PyTypeObject*>(error.type().ptr());
  try {
    return type_name(type) + ": " + py::str(error.value()).cast<std::string>();
  } catch (const std::exception&) {
    return type_name(type);
  }
}

} // namespace

void permit_opaque() {
  permitted = true;
}

void put_opaque(encoder& out, PyObject* x, const step* at) {
  auto what = "is of type " + type_name(Py_TYPE(x));
  if (!permitted)
    out.fail(at, what);
  py::object pickle;
  try {
    pickle =
      py::module_::import("pickle").attr("dumps")(py::handle{x}, protocol);
  } catch (py::error_already_set& error) {
    out.fail(at, what + " and cannot be pickled: " + reason(error));
  }
  char* bytes = nullptr;
  Py_ssize_t size = 0;
  if (PyBytes_AsStringAndSize(pickle.ptr(), &bytes, &size) != 0)
    throw py::error_already_set{};
  out.put_payload(ext_type::opaque, {bytes, static_cast<size_t>(size)}, at);
}

py::object make_opaque(std::string_view payload) {
  if (!permitted)
    throw undecodable{
      "an opaque object, which pickle-fallback does not permit"};
  try {
    return py::module_::import("pickle").attr("loads")(
      py::bytes{payload.data(), payload.size()});
  } catch (py::error_already_set& error) {
    throw undecodable{"an opaque object cannot be unpickled: " + reason(error)};
  }
}

} // namespace venomous::bridge
