#pragma once

#include <pybind11/pybind11.h>

/// @file
/// How a call ends that takes too long, or that nobody wants any more.

namespace venomous::bridge {

/// Adds the exception to the module.
void register_call_interrupted(pybind11::module_& m);

/// Handler for SIGURG: raises the exception if the host has noted in the ledger
/// that the call which runs shall end. It may come late, and find another call.
void on_interrupt(int signum, const pybind11::object& frame);

} // namespace venomous::bridge
