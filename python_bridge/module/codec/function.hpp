#pragma once

#include <pybind11/pybind11.h>

#include <string_view>

namespace venomous::bridge {

/// Names what is to be called.
struct function_name {
  pybind11::object module;
  pybind11::object func;
};

/// Reads module and function at `offset` and moves `offset` behind them.
/// @throws undecodable
function_name decode_name(std::string_view body, size_t& offset);

/// Imports the module and finds the function in it, anew each time, since names
/// can be bound anew.
/// @throws error_already_set
pybind11::object find(const function_name& name);

/// Throws `undecodable` with `what` unless `condition` holds.
void require(bool condition, const char* what);

} // namespace venomous::bridge
