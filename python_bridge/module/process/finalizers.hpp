#pragma once

#include <pybind11/pybind11.h>

/// @file
/// Finds and calls the finalizers of objects. Finding them runs no user code.

namespace venomous::bridge {

/// Returns those of `objects` whose type is `cls` or derives from it.
pybind11::list instances(const pybind11::list& objects,
                         const pybind11::type& cls);

/// Returns those of `objects` that have a finalizer, except those that only an
/// event loop can finish.
pybind11::list with_finalizer(const pybind11::list& objects);

/// Calls the finalizer of an object, unless it was called before. An exception
/// is printed.
void finalize(const pybind11::object& x);

/// Leaves all existing objects of a forked process to its parent.
/// @param freeze `gc.freeze`.
/// @param finalizers the dict of all `weakref.finalize` objects.
void leave_to_parent(const pybind11::object& freeze,
                     const pybind11::dict& finalizers);

/// Flushes the streams of C code.
void flush_c_streams();

} // namespace venomous::bridge
