#pragma once

#include "python_bridge/module/codec/families.hpp"

#include <pybind11/pybind11.h>

namespace venomous::bridge {

/// @file
/// Types that travel like a namedtuple, as a class with names and fields. The
/// names are one str, separated by spaces.

// -- time.struct_time, os.stat_result and the like ----------------------------

bool is_struct_sequence(pybind11::handle type);

/// @param findable whether the class can be found by its name; a class with a
///                 single object cannot.
put_function find_struct_sequence(pybind11::handle type, bool findable);

pybind11::object make_struct_sequence(pybind11::handle type,
                                      const pybind11::object& names,
                                      const pybind11::object& fields);

// -- masked arrays of numpy's -------------------------------------------------

bool is_masked_array(pybind11::handle type);

pybind11::object make_masked_array(const pybind11::object& names,
                                   const pybind11::object& fields);

} // namespace venomous::bridge
