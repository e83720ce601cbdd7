#include "python_bridge/module/codec/opaque.hpp"

#include <cstring>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

/// The first protocol for large objects, which Python 3.8 already has.
constexpr int protocol = 5;

bool permitted = false;

/// Returns the text of an exception, for use in another error.
/// @throws error_already_set if the error is not about the object.
std::string text_of(py::error_already_set& error) {
  if (!error.matches(PyExc_Exception) || error.matches(PyExc_MemoryError))
    throw py::error_already_set{error};
  auto* type = reinterpret_cast<PyTypeObject*>(error.type().ptr());
  try {
    return type_name(type) + ": " + py::str(error.value()).cast<std::string>();
  } catch (const std::exception&) {
    return type_name(type);
  }
}

py::object unpickled(std::string_view pickle) {
  try {
    return py::module_::import("pickle").attr("loads")(
      py::bytes{pickle.data(), pickle.size()});
  } catch (py::error_already_set& error) {
    throw undecodable{"an opaque object cannot be unpickled: "
                      + text_of(error)};
  }
}

} // namespace

void permit_opaque() {
  permitted = true;
}

bool opaque_is_permitted() {
  return permitted;
}

void put_opaque(encoder& out, PyObject* x, const std::string& reason,
                const step* at) {
  if (!permitted)
    out.fail(at, reason);
  if (out.put_pickle_again(x))
    return;
  py::object pickle;
  try {
    pickle =
      py::module_::import("pickle").attr("dumps")(py::handle{x}, protocol);
  } catch (py::error_already_set& error) {
    out.refuse(at, reason + " and cannot be pickled: " + text_of(error));
  }
  char* bytes = nullptr;
  Py_ssize_t size = 0;
  if (PyBytes_AsStringAndSize(pickle.ptr(), &bytes, &size) != 0)
    throw py::error_already_set{};
  out.put_pickle(x, {bytes, static_cast<size_t>(size)}, at);
}

py::object make_opaque(std::string_view payload, shared_objects& shared) {
  if (!permitted)
    throw undecodable{
      "an opaque object, which pickle-fallback does not permit"};
  uint64_t token = 0;
  if (payload.size() < sizeof(token))
    throw undecodable{"an opaque object that is cut off"};
  std::memcpy(&token, payload.data(), sizeof(token));
  if (auto known = shared.find(token))
    return known;
  auto object = unpickled(payload.substr(sizeof(token)));
  if (token != 0)
    shared.add(token, object);
  return object;
}

} // namespace venomous::bridge
