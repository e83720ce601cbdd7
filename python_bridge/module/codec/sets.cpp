#include "python_bridge/module/codec/families.hpp"
#include "python_bridge/module/codec/standard.hpp"

namespace py = pybind11;

namespace venomous::bridge {

namespace {

template <ext_type Type>
void put_set(encoder& out, PyObject* x, const step* at) {
  out.put_elements(Type, own(PySequence_Tuple(x)), at);
}

void put_frozen_dict(encoder& out, PyObject* x, const step* at) {
  out.put_dict(x, at);
}

template <class F>
py::object make_distinct(const char* name, const py::list& elements, F make) {
  auto result = made(name, [&] {
    auto* set = make(elements.ptr());
    if (set == nullptr && PyErr_ExceptionMatches(PyExc_TypeError) != 0) {
      PyErr_Clear();
      py::list hashable;
      for (auto x : elements)
        hashable.append(with_hash(py::reinterpret_borrow<py::object>(x)));
      set = make(hashable.ptr());
    }
    return own(set);
  });
  if (static_cast<size_t>(PySet_GET_SIZE(result.ptr())) != elements.size())
    throw undecodable{std::string{"two elements of a "} + name + " are equal"};
  return result;
}

} // namespace

put_function find_set(PyTypeObject* type) {
  if (type == &PySet_Type)
    return put_set<ext_type::set>;
  if (type == &PyFrozenSet_Type)
    return put_set<ext_type::frozenset>;
  return type == loaded_type("venomous.frozen", "FrozenDict") ? put_frozen_dict
                                                              : nullptr;
}

py::object make_set(py::list elements) {
  return make_distinct("set", elements, PySet_New);
}

py::object make_frozenset(py::list elements) {
  return make_distinct("frozenset", elements, PyFrozenSet_New);
}

} // namespace venomous::bridge
