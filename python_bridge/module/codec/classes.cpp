#include "python_bridge/module/codec/classes.hpp"

#include "python_bridge/module/codec/families.hpp"
#include "python_bridge/module/codec/fielded.hpp"
#include "python_bridge/module/codec/function.hpp"
#include "python_bridge/module/codec/standard.hpp"

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

py::object find_class(py::handle name) {
  if (!PyUnicode_CheckExact(name.ptr()))
    throw undecodable{"a class whose name is not a str"};
  auto parts = name.attr("partition")(":").cast<py::tuple>();
  auto title = "class " + name.cast<std::string>();
  return made(title.c_str(), [&] { return find({parts[0], parts[2]}); });
}

/// Whether `find_class` will find it again.
bool can_be_found(py::handle type) {
  try {
    return find_class(name_of_class(type)).is(type);
  } catch (const undecodable&) {
    return false;
  }
}

void put_unfindable(encoder& out, PyObject* x, const step* at) {
  out.fail(at, "is of type " + type_name(Py_TYPE(x))
                 + ", which cannot be found under that name");
}

/// Writes class, name and value.
void put_enumeration(encoder& out, PyObject* x, const step* at) {
  auto member = py::handle(x);
  auto elements = py::make_tuple(name_of_class(as_object(Py_TYPE(x))),
                                 py::getattr(member, "_name_", py::none()),
                                 member.attr("_value_"));
  out.put_elements(ext_type::enumeration, elements, at);
}

/// Writes class and names of fields, then each field.
void put_named_tuple(encoder& out, PyObject* x, const step* at) {
  auto type = as_object(Py_TYPE(x));
  auto** more = _PyObject_GetDictPtr(x);
  if (more != nullptr && *more != nullptr && PyDict_Size(*more) > 0)
    out.fail(at, "is of type " + type_name(Py_TYPE(x))
                   + ", with attributes that are not fields");
  auto size = PyTuple_GET_SIZE(x);
  auto elements = py::tuple(static_cast<size_t>(size) + 2);
  elements[0] = name_of_class(type);
  elements[1] = py::str(" ").attr("join")(type.attr("_fields"));
  for (Py_ssize_t i = 0; i < size; ++i)
    elements[static_cast<size_t>(i) + 2] = py::handle(PyTuple_GET_ITEM(x, i));
  out.put_elements(ext_type::named_tuple, elements, at);
}

/// Whether a Flag has all bits of the number that it was made from: some
/// classes discard bits that no member has.
bool has_all_bits(const py::object& x, const py::object& number) {
  auto* flag = loaded_type("enum", "Flag");
  return flag == nullptr || !PyObject_TypeCheck(x.ptr(), flag)
         || number.equal(py::object{x.attr("_value_")});
}

} // namespace

py::str name_of_class(py::handle type) {
  return py::str("{}:{}").format(type.attr("__module__"),
                                 type.attr("__qualname__"));
}

put_function find_class_by_name(PyTypeObject* type) {
  auto object = as_object(type);
  if (is_struct_sequence(object)) {
    auto put = find_struct_sequence(object, can_be_found(object));
    return put == nullptr ? put_unfindable : put;
  }
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
    throw undecodable{"a class that is not an Enum"};
  auto result = made("Enum", [&]() -> py::object {
    auto members = type.attr("__members__");
    if (PyUnicode_CheckExact(py::object(elements[1]).ptr())
        && members.contains(elements[1]))
      return members[elements[1]];
    return type(elements[2]);
  });
  if (!has_all_bits(result, elements[2]))
    throw undecodable{"a Flag with bits that no member of "
                      + py::str(elements[0]).cast<std::string>() + " has"};
  return result;
}

py::object make_named_tuple(py::list elements) {
  if (elements.size() < 2)
    throw undecodable{"a namedtuple without class and names"};
  auto type = find_class(elements[0]);
  auto fields = own(PyList_GetSlice(elements.ptr(), 2, PY_SSIZE_T_MAX));
  auto names = py::object(elements[1]);
  if (!PyUnicode_CheckExact(names.ptr()))
    throw undecodable{"a namedtuple without names"};
  if (is_struct_sequence(type))
    return make_struct_sequence(type, names, fields);
  if (is_masked_array(type))
    return make_masked_array(names, fields);
  if (!is_named_tuple(type))
    throw undecodable{"a class that is not a namedtuple"};
  if (!py::str(" ").attr("join")(type.attr("_fields")).equal(names))
    throw undecodable{"a namedtuple whose class has other fields"};
  return made("namedtuple", [&] { return type.attr("_make")(fields); });
}

} // namespace venomous::bridge
