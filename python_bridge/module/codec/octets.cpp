#include "python_bridge/module/codec/families.hpp"
#include "python_bridge/module/codec/standard.hpp"

#include "python_bridge/wire/payload.hpp"

namespace py = pybind11;

namespace venomous::bridge {

namespace {

std::string_view view(const py::object& bytes) {
  return {PyBytes_AS_STRING(bytes.ptr()),
          static_cast<size_t>(PyBytes_GET_SIZE(bytes.ptr()))};
}

void put_bytearray(encoder& out, PyObject* x, const step* at) {
  out.put_payload(
    ext_type::bytearray,
    {PyByteArray_AS_STRING(x), static_cast<size_t>(PyByteArray_GET_SIZE(x))},
    at);
}

void put_uuid(encoder& out, PyObject* x, const step* at) {
  auto bytes = own(PyObject_GetAttrString(x, "bytes"));
  if (!PyBytes_CheckExact(bytes.ptr()) || PyBytes_GET_SIZE(bytes.ptr()) != 16)
    out.fail(at, "is a UUID without its 16 bytes");
  out.put_payload(ext_type::uuid, view(bytes), at);
}

template <char Class>
void put_path(encoder& out, PyObject* x, const step* at) {
  auto text = own(PyObject_Str(x));
  auto* bytes = PyUnicode_EncodeFSDefault(text.ptr());
  if (bytes == nullptr) {
    if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
      throw py::error_already_set{};
    PyErr_Clear();
    out.fail(at, "is a path with surrogates that stand for no byte");
  }
  std::string payload{Class};
  payload += view(own(bytes));
  out.put_payload(ext_type::path, payload, at);
}

} // namespace

put_function find_octets(PyTypeObject* type) {
  if (type == &PyByteArray_Type)
    return put_bytearray;
  if (type == loaded_type("uuid", "UUID"))
    return put_uuid;
  constexpr put_function puts[] = {put_path<0>, put_path<1>, put_path<2>};
  for (size_t i = 0; i < std::size(puts); ++i)
    if (type == loaded_type("pathlib", wire::path_classes[i]))
      return puts[i];
  return nullptr;
}

py::object make_bytearray(std::string_view payload) {
  return own(PyByteArray_FromStringAndSize(
    payload.data(), static_cast<Py_ssize_t>(payload.size())));
}

py::object make_uuid(std::string_view payload) {
  if (payload.size() != 16)
    throw undecodable{"a UUID that does not have 16 bytes"};
  auto bytes = py::bytes(payload.data(), payload.size());
  return imported("uuid", "UUID")(py::arg("bytes") = bytes);
}

py::object make_path(std::string_view payload) {
  auto path_class = wire::take_path_class(payload);
  if (!path_class)
    throw undecodable{"a path of an unknown class"};
  auto* name = wire::path_classes[static_cast<size_t>(*path_class)];
  auto type = imported("pathlib", name);
  return made("path", [&] {
    return type(own(PyUnicode_DecodeFSDefaultAndSize(
      payload.data(), static_cast<Py_ssize_t>(payload.size()))));
  });
}

} // namespace venomous::bridge
