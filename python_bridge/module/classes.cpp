#include "families.hpp"
#include "function.hpp"
#include "standard.hpp"

namespace py = pybind11;

namespace venomous::bridge {

namespace {

py::handle as_object(PyTypeObject* type) {
  return py::handle(reinterpret_cast<PyObject*>(type));
}

bool is_enumeration(py::handle type) {
  auto* meta = loaded_type("enum", "EnumMeta");
  return meta != nullptr && PyObject_TypeCheck(type.ptr(), meta);
}

bool is_named_tuple(py::handle type) {
  if (!PyType_Check(type.ptr())
      || !PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(type.ptr()),
                           &PyTuple_Type))
    return false;
  auto fields = py::getattr(type, "_fields", py::none());
  return PyTuple_CheckExact(fields.ptr()) && py::hasattr(type, "_make");
}

/// Returns "module:qualname".
py::str name_of(py::handle type) {
  return py::str("{}:{}").format(type.attr("__module__"),
                                 type.attr("__qualname__"));
}

py::object find_class(py::handle name) {
  if (!PyUnicode_CheckExact(name.ptr()))
    throw undecodable{"a class whose name is no str"};
  auto parts = name.attr("partition")(":").cast<py::tuple>();
  auto what = "class " + name.cast<std::string>();
  return made(what.c_str(), [&] { return find({parts[0], parts[2]}); });
}

/// Whether `find_class` will find it again.
bool can_be_found(py::handle type) {
  try {
    return find_class(name_of(type)).is(type);
  } catch (const undecodable&) {
    return false;
  }
}

void put_unfindable(encoder& out, PyObject* x, const step* at) {
  out.fail(at, "is of type " + type_name(Py_TYPE(x))
                 + ", which cannot be found under that name");
}

/// Puts class, name and value.
void put_enumeration(encoder& out, PyObject* x, const step* at) {
  auto member = py::handle(x);
  auto elements = py::make_tuple(name_of(as_object(Py_TYPE(x))),
                                 py::getattr(member, "_name_", py::none()),
                                 member.attr("_value_"));
  out.put_elements(ext_type::enumeration, elements, at);
}

/// Puts class and names of fields, then each field.
void put_named_tuple(encoder& out, PyObject* x, const step* at) {
  auto type = as_object(Py_TYPE(x));
  auto size = PyTuple_GET_SIZE(x);
  auto elements = py::tuple(static_cast<size_t>(size) + 2);
  elements[0] = name_of(type);
  elements[1] = py::str(" ").attr("join")(type.attr("_fields"));
  for (Py_ssize_t i = 0; i < size; ++i)
    elements[static_cast<size_t>(i) + 2] = py::handle(PyTuple_GET_ITEM(x, i));
  out.put_elements(ext_type::named_tuple, elements, at);
}

} // namespace

put_function find_class_by_name(PyTypeObject* type) {
  auto object = as_object(type);
  auto is_enum = is_enumeration(object);
  if (!is_enum && !is_named_tuple(object))
    return nullptr;
  if (!can_be_found(object))
    return put_unfindable;
  return is_enum ? put_enumeration : put_named_tuple;
}

py::object make_enumeration(py::list elements) {
  if (elements.size() != 3)
    throw undecodable{"an Enum that is not class, name and value"};
  auto type = find_class(elements[0]);
  if (!is_enumeration(type))
    throw undecodable{"a class that is no Enum"};
  return made("Enum", [&]() -> py::object {
    auto members = type.attr("__members__");
    if (PyUnicode_CheckExact(py::object(elements[1]).ptr())
        && members.contains(elements[1]))
      return members[elements[1]];
    return type(elements[2]);
  });
}

py::object make_named_tuple(py::list elements) {
  if (elements.size() < 2)
    throw undecodable{"a namedtuple without class and names"};
  auto type = find_class(elements[0]);
  if (!is_named_tuple(type))
    throw undecodable{"a class that is no namedtuple"};
  if (!py::str(" ").attr("join")(type.attr("_fields")).equal(elements[1]))
    throw undecodable{"a namedtuple whose class has other fields"};
  auto fields = own(PyList_GetSlice(elements.ptr(), 2, PY_SSIZE_T_MAX));
  return made("namedtuple", [&] { return type.attr("_make")(fields); });
}

} // namespace venomous::bridge
