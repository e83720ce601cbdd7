#include "python_bridge/module/process/finalizers.hpp"

#include <cstdio>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

template <class Predicate>
py::list select(const py::list& objects, Predicate is_wanted) {
  py::list result;
  for (auto x : objects)
    if (is_wanted(Py_TYPE(x.ptr())))
      result.append(x);
  return result;
}

bool is_asynchronous(PyTypeObject* type) {
  auto* async = type->tp_as_async;
  return async != nullptr
         && (async->am_await != nullptr || async->am_anext != nullptr);
}

} // namespace

py::list instances(const py::list& objects, const py::type& cls) {
  auto* base = reinterpret_cast<PyTypeObject*>(cls.ptr());
  return select(objects, [&](PyTypeObject* type) {
    return PyType_IsSubtype(type, base) != 0;
  });
}

py::list with_finalizer(const py::list& objects) {
  return select(objects, [](PyTypeObject* type) {
    return type->tp_finalize != nullptr && !is_asynchronous(type);
  });
}

void finalize(const py::object& x) {
  PyObject_CallFinalizer(x.ptr());
}

void leave_to_parent(const py::object& freeze, const py::dict& finalizers) {
  freeze();
  if (finalizers.empty())
    return;
  for (auto finalizer : py::list{finalizers})
    finalizer.attr("atexit") = false;
}

void flush_c_streams() {
  py::gil_scoped_release unlocked;
  std::fflush(nullptr);
}

} // namespace venomous::bridge
