#pragma once

#include <pybind11/pybind11.h>

namespace venomous::bridge {

/// Returns "module:qualname", by which a class travels.
pybind11::str name_of_class(pybind11::handle type);

} // namespace venomous::bridge
