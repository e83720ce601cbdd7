#pragma once

#include "encoder.hpp"

#include <pybind11/pybind11.h>

#include <string_view>

namespace venomous::bridge {

/// @file
/// Objects that have no twin in C++, and travel as pickles.

/// Permits opaque objects in this process, in both directions.
void permit_opaque();

/// Puts the pickle of `x`, or throws `unencodable`: there is no other way.
void put_opaque(encoder& out, PyObject* x, const step* at);

/// Makes the object of its pickle, which runs what the pickle says.
/// @throws undecodable if opaque objects are not permitted, or `payload` is no
///         pickle. `error_already_set` if something ends the call.
pybind11::object make_opaque(std::string_view payload);

} // namespace venomous::bridge
