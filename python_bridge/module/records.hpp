#pragma once

#include <pybind11/pybind11.h>

namespace venomous::bridge {

/// @file
/// Records: dataclasses and the like, which are dicts on the wire. What
/// annotations mean is the business of `venomous/plans.py`, and what is sent of
/// a record that of `venomous/sent.py`.

/// Makes of the list `args` and the dict `kwargs` what the annotations of
/// `func` ask for, in place. Runs code of the user if there is a record among
/// them.
/// @throws undecodable, or `error_already_set` if that code raises.
void convert_arguments(pybind11::handle func, pybind11::handle args,
                       pybind11::handle kwargs);

/// Returns what the annotation of the first parameter makes of `arg`, see
/// `convert_arguments`.
pybind11::object convert_argument(pybind11::handle func, pybind11::object arg);

} // namespace venomous::bridge
