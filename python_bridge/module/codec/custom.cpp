#include "python_bridge/module/codec/custom.hpp"

#include "python_bridge/module/codec/codec.hpp"
#include "python_bridge/module/codec/families.hpp"

#include <string>
#include <unordered_map>
#include <utility>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

struct custom_encoder {
  py::object tag;
  py::object func;
};

/// By type, each of which is kept alive by the entry.
struct custom_encoders {
  py::dict types;
  std::unordered_map<PyTypeObject*, custom_encoder> all;
};

// Never destroyed: the interpreter may be gone before static objects are.

custom_encoders& encoders() {
  static auto* instance = new custom_encoders;
  return *instance;
}

py::dict& decoders() {
  static auto* instance = new py::dict;
  return *instance;
}

void require_callable(const py::object& func) {
  if (PyCallable_Check(func.ptr()) == 0)
    throw py::type_error{"a codec must be callable"};
}

/// Returns the encoder of the first class in the order of inheritance that has
/// one, null if none has.
const custom_encoder* find_encoder(PyTypeObject* type) {
  auto* order = type->tp_mro;
  if (order == nullptr)
    return nullptr;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(order); ++i) {
    auto* base = reinterpret_cast<PyTypeObject*>(PyTuple_GET_ITEM(order, i));
    auto found = encoders().all.find(base);
    if (found != encoders().all.end())
      return &found->second;
  }
  return nullptr;
}

void put_custom(encoder& out, PyObject* x, const step* at) {
  auto* found = find_encoder(Py_TYPE(x));
  if (found == nullptr)
    out.fail(at, "is of type " + type_name(Py_TYPE(x)));
  // It may register another one while it runs.
  auto [tag, func] = *found;
  out.put_elements(ext_type::tagged, py::make_tuple(tag, func(py::handle(x))),
                   at);
}

} // namespace

void set_custom_encoder(py::object type, py::str tag, py::object func) {
  if (PyType_Check(type.ptr()) == 0)
    throw py::type_error{"an encoder is for a type"};
  require_callable(func);
  encoders().types[type] = type;
  auto* key = reinterpret_cast<PyTypeObject*>(type.ptr());
  encoders().all[key] = {std::move(tag), std::move(func)};
  forget_puts();
}

void set_custom_decoder(py::str tag, py::object func) {
  require_callable(func);
  decoders()[tag] = std::move(func);
}

py::object make_tagged(py::list elements) {
  if (elements.size() != 2 || !PyUnicode_CheckExact(elements[0].ptr()))
    throw undecodable{"a tagged value that is not a tag with a value"};
  auto tag = elements[0];
  if (!decoders().contains(tag))
    throw undecodable{"no decoder is registered for the tag "
                      + py::repr(tag).cast<std::string>()};
  auto func = py::object{decoders()[tag]};
  return func(elements[1]);
}

put_function find_custom(PyTypeObject* type) {
  return find_encoder(type) == nullptr ? nullptr : put_custom;
}

} // namespace venomous::bridge
