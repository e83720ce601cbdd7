#pragma once

#include "python_bridge/module/codec/encoder.hpp"
#include "python_bridge/module/codec/families.hpp"

#include <string_view>

namespace venomous::bridge {

/// Makes a numpy array, or a memoryview where numpy is missing.
pybind11::object make_array(std::string_view payload);

/// Makes the same, of elements that it shares if possible.
pybind11::object make_attached_array(std::string_view payload,
                                     incoming_attachment& elements);

} // namespace venomous::bridge
