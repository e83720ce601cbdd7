#pragma once

#include "python_bridge/module/codec/encoder.hpp"

#include <pybind11/pybind11.h>

#include <string>
#include <string_view>

namespace venomous::bridge {

/// @file
/// Objects that have no twin in C++ and travel as pickles behind a token. The
/// token is 0, unless a value refers to the object several times: then all
/// these references have the same pickle and the same unique token.

/// Permits opaque objects in this process, in both directions.
void permit_opaque();

bool opaque_is_permitted();

/// Writes the pickle of `x`, or throws `unencodable` if that is impossible.
/// @param reason why `x` has no twin.
void put_opaque(encoder& out, PyObject* x, const std::string& reason,
                const step* at);

/// Makes the object from its pickle, which runs any code that the pickle names.
/// @throws undecodable if opaque objects are not permitted, or `payload` is not
///         a pickle. `error_already_set` if something ends the call.
pybind11::object make_opaque(std::string_view payload, shared_objects& shared);

} // namespace venomous::bridge
