#pragma once

#include "python_bridge/module/codec/codec.hpp"

#include <pybind11/pybind11.h>

#include <string_view>

namespace venomous::bridge {

/// @file
/// Makes objects of types of Python's standard library, for the table of
/// extensions.

/// Returns the type `module.name` if its module is imported, otherwise null:
/// then no object is of that type.
PyTypeObject* loaded_type(const char* module, const char* name);

/// Returns `module.name`, importing the module.
pybind11::object imported(const char* module, const char* name);

/// Returns a hashable replacement for `x`, a dict or a value that contains one,
/// or `x` itself if it needs none.
pybind11::object with_hash(const pybind11::object& x);

/// Returns the result of `make()`. Its Python exceptions become `undecodable`,
/// with `name` in front, except for those that end a call or its process.
template <class F>
pybind11::object made(const char* name, F make) {
  try {
    return make();
  } catch (pybind11::error_already_set& error) {
    if (!error.matches(PyExc_Exception) || error.matches(PyExc_MemoryError))
      throw;
    throw undecodable{std::string{name} + ": " + error.what()};
  }
}

// -- sets ---------------------------------------------------------------------

pybind11::object make_set(pybind11::list elements);

pybind11::object make_frozenset(pybind11::list elements);

// -- numbers ------------------------------------------------------------------

pybind11::object make_complex(std::string_view payload);

pybind11::object make_decimal(std::string_view payload);

pybind11::object make_range(pybind11::list elements);

// -- dates and times ----------------------------------------------------------

pybind11::object make_date(std::string_view payload);

pybind11::object make_time(std::string_view payload);

pybind11::object make_datetime(std::string_view payload);

pybind11::object make_timedelta(std::string_view payload);

// -- bytes with a meaning -----------------------------------------------------

pybind11::object make_bytearray(std::string_view payload);

pybind11::object make_uuid(std::string_view payload);

pybind11::object make_path(std::string_view payload);

// -- classes found by name ----------------------------------------------------

pybind11::object make_enumeration(pybind11::list elements);

pybind11::object make_named_tuple(pybind11::list elements);

} // namespace venomous::bridge
