#include "python_bridge/module/codec/classes.hpp"
#include "python_bridge/module/codec/fielded.hpp"
#include "python_bridge/module/codec/standard.hpp"

namespace py = pybind11;

namespace venomous::bridge {

namespace {

size_t size_of(py::handle type, const char* attribute) {
  return type.attr(attribute).cast<size_t>();
}

/// Returns the names of the elements of `x`; an element without a name has its
/// number: "st_size _7 _8".
py::list names_of_elements(py::handle x) {
  py::list result;
  auto named = x.get_type().attr("__match_args__").cast<py::tuple>();
  auto next = named.begin();
  for (size_t i = 0; i < py::len(x); ++i) {
    auto element = x[py::int_(i)];
    auto is_named =
      next != named.end() && py::getattr(x, *next, py::none()).is(element);
    result.append(is_named
                    ? py::object(py::reinterpret_borrow<py::object>(*next))
                    : py::str("_{}").format(i));
    if (is_named)
      ++next;
  }
  return result;
}

/// Writes the elements, then the attributes that are not elements.
void put_struct_sequence(encoder& out, PyObject* x, const step* at) {
  auto sequence = py::handle(x);
  auto names = names_of_elements(sequence);
  py::list elements;
  elements.append(name_of_class(sequence.get_type()));
  elements.append(py::none());
  for (auto element : sequence)
    elements.append(element);
  py::tuple state = sequence.attr("__reduce__")()[py::int_(1)];
  for (auto [name, element] : state[py::int_(1)].cast<py::dict>()) {
    names.append(name);
    elements.append(element);
  }
  elements[1] = py::str(" ").attr("join")(names);
  out.put_elements(ext_type::named_tuple, py::tuple(elements), at);
}

} // namespace

bool is_struct_sequence(py::handle type) {
  if (!PyType_Check(type.ptr())
      || !PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(type.ptr()),
                           &PyTuple_Type))
    return false;
  auto is_number = [&](const char* name) {
    return PyLong_CheckExact(py::getattr(type, name, py::none()).ptr());
  };
  return is_number("n_fields") && is_number("n_sequence_fields")
         && is_number("n_unnamed_fields");
}

put_function find_struct_sequence(py::handle type, bool findable) {
  if (findable)
    return put_struct_sequence;
  auto is_all = size_of(type, "n_fields") == size_of(type, "n_sequence_fields");
  return is_all ? put_as_tuple : nullptr;
}

py::object make_struct_sequence(py::handle type, const py::object& names,
                                const py::object& fields) {
  auto wrong = undecodable{"a struct sequence whose class has other fields"};
  auto all = names.attr("split")().cast<py::list>();
  auto count = size_of(type, "n_sequence_fields");
  if (all.size() != py::len(fields) || all.size() < count)
    throw wrong;
  py::dict more;
  for (auto i = count; i < all.size(); ++i) {
    auto* member = _PyType_Lookup(reinterpret_cast<PyTypeObject*>(type.ptr()),
                                  py::object(all[i]).ptr());
    if (member == nullptr || Py_TYPE(member) != &PyMemberDescr_Type)
      throw wrong;
    more[all[i]] = fields[py::int_(i)];
  }
  auto elements =
    own(PyList_GetSlice(fields.ptr(), 0, static_cast<Py_ssize_t>(count)));
  auto result = made("struct sequence", [&] { return type(elements, more); });
  auto expected = names_of_elements(result);
  for (size_t i = 0; i < count; ++i)
    if (!expected[i].equal(all[i]))
      throw wrong;
  return result;
}

} // namespace venomous::bridge
