#include "python_bridge/module/codec/families.hpp"
#include "python_bridge/module/codec/standard.hpp"

namespace py = pybind11;

namespace venomous::bridge {

namespace {

/// Writes a subclass of dict as a dict, with its items in its own order.
void put_as_dict(encoder& out, PyObject* x, const step* at) {
  auto* type = reinterpret_cast<PyObject*>(&PyDict_Type);
  out.put_dict(own(PyObject_CallOneArg(type, x)).ptr(), at);
}

void put_as_list(encoder& out, PyObject* x, const step* at) {
  out.put_list(own(PySequence_List(x)).ptr(), at);
}

} // namespace

void put_as_tuple(encoder& out, PyObject* x, const step* at) {
  out.put_elements(ext_type::tuple, x, at);
}

put_function find_collection(PyTypeObject* type) {
  for (auto* name : {"Counter", "OrderedDict", "defaultdict"})
    if (type == loaded_type("collections", name))
      return put_as_dict;
  if (type == loaded_type("collections", "deque"))
    return put_as_list;
  return type == loaded_type("torch", "Size") ? put_as_tuple : nullptr;
}

} // namespace venomous::bridge
