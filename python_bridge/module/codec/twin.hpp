#pragma once

#include "python_bridge/module/codec/encoder.hpp"

#include <pybind11/pybind11.h>

namespace venomous::bridge {

/// Returns the result of `twin_of(x)`, a function of `module`: an object that
/// stands for `x`. If it raises Unencodable, `x` has no twin for that reason; a
/// `label` of the exception names the part without one.
pybind11::object twin_of(const char* module, encoder& out, PyObject* x,
                         const step* at);

} // namespace venomous::bridge
