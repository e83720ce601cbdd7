#pragma once

#include <pybind11/pybind11.h>

#include <string_view>

namespace venomous::bridge {

/// The name of the function to call.
struct function_name {
  pybind11::object module;
  pybind11::object func;
};

/// Reads module and function at `offset` and moves `offset` past them.
/// @throws undecodable
function_name decode_name(std::string_view body, size_t& offset);

/// Imports the module and finds the function in it, each time again, since
/// names can be rebound.
/// @throws error_already_set
pybind11::object find(const function_name& name);

/// Throws `undecodable` with `reason` unless `condition` holds.
void require(bool condition, const char* reason);

} // namespace venomous::bridge
