#pragma once

#include <pybind11/pybind11.h>

namespace venomous::bridge {

namespace detail {

#if PY_VERSION_HEX < 0x030A0000

inline bool call_gc(PyObject* function) {
  auto result = pybind11::reinterpret_steal<pybind11::object>(
    PyObject_CallNoArgs(function));
  if (!result)
    PyErr_Clear();
  return result.ptr() == Py_True;
}

inline PyObject* function_of_gc(const char* name) {
  return pybind11::module_::import("gc")
    .attr(name)
    .cast<pybind11::object>()
    .release()
    .ptr();
}

// Python 3.9 has these only for Python code.
inline bool disable_gc() {
  static auto* is_enabled = function_of_gc("isenabled");
  static auto* disable = function_of_gc("disable");
  auto result = call_gc(is_enabled);
  call_gc(disable);
  return result;
}

inline void enable_gc() {
  static auto* enable = function_of_gc("enable");
  call_gc(enable);
}

#else

inline bool disable_gc() {
  return PyGC_Disable() != 0;
}

inline void enable_gc() {
  PyGC_Enable();
}

#endif

} // namespace detail

/// Keeps Python's cyclic garbage collector from running. It would traverse all
/// containers made so far again and again, and it runs user code.
class gc_pause {
public:
  gc_pause() : was_enabled_(detail::disable_gc()) {}

  gc_pause(const gc_pause&) = delete;

  gc_pause& operator=(const gc_pause&) = delete;

  ~gc_pause() {
    if (was_enabled_)
      detail::enable_gc();
  }

private:
  bool was_enabled_;
};

} // namespace venomous::bridge
