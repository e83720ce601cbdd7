#pragma once

#include <pybind11/pybind11.h>

/// @file
/// Interrupts a call that takes too long, or that nobody wants any longer.

namespace venomous::bridge {

/// Adds the exception to the module.
void register_call_interrupted(pybind11::module_& m);

/// Handler for SIGURG: raises the exception if the ledger names the running
/// call as the one to interrupt. The signal may come late, and find another
/// call.
void on_interrupt(int signum, const pybind11::object& frame);

} // namespace venomous::bridge
