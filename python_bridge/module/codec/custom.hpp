#pragma once

#include <pybind11/pybind11.h>

namespace venomous::bridge {

/// @file
/// Codecs that the user registers for types of his own. Each has a tag, which
/// travels with what the codec makes of an object.

/// Has `func` make of objects of `type`, and of its subclasses, what travels.
/// @throws pybind11::type_error
void set_custom_encoder(pybind11::object type, pybind11::str tag,
                        pybind11::object func);

/// Has `func` make objects of what travels with `tag`.
/// @throws pybind11::type_error
void set_custom_decoder(pybind11::str tag, pybind11::object func);

/// Makes an object of a tag and what came with it.
/// @throws undecodable, or `error_already_set` if the decoder raises.
pybind11::object make_tagged(pybind11::list elements);

} // namespace venomous::bridge
