#pragma once

#include "python_bridge/module/codec/codec.hpp"

#include <pybind11/pybind11.h>

#include <string_view>

namespace venomous::bridge {

/// Turns an extension into an object. Without `from_payload`, the payload is an
/// array. All of them throw `undecodable`, or `error_already_set`.
struct extension {
  ext_type type;
  /// Makes the object from the payload.
  pybind11::object (*from_payload)(std::string_view payload);
  /// Makes the object from the elements of that array.
  pybind11::object (*from_elements)(pybind11::list elements);
  /// Makes the object from the payload and its attachments.
  pybind11::object (*from_attachment)(std::string_view payload,
                                      incoming_attachment& attached) = nullptr;
  /// Makes the object from the payload, or finds it among earlier ones.
  pybind11::object (*from_shared)(std::string_view payload,
                                  shared_objects& shared) = nullptr;
};

/// Returns null if there is no such extension.
const extension* find_extension(int8_t type);

} // namespace venomous::bridge
