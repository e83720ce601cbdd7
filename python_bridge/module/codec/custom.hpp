#pragma once

#include <pybind11/pybind11.h>

namespace venomous::bridge {

/// @file
/// Codecs that the user registers for types. Each has a tag, which travels with
/// the encoded form of an object.

/// Registers `func` as the encoder of objects of `type` and its subclasses.
/// @throws pybind11::type_error
void set_custom_encoder(pybind11::object type, pybind11::str tag,
                        pybind11::object func);

/// Registers `func` as the decoder for `tag`.
/// @throws pybind11::type_error
void set_custom_decoder(pybind11::str tag, pybind11::object func);

/// Makes an object from a tag and its payload.
/// @throws undecodable, or `error_already_set` if the decoder raises.
pybind11::object make_tagged(pybind11::list elements);

} // namespace venomous::bridge
