#pragma once

#include "python_bridge/module/codec/encoder.hpp"

namespace venomous::bridge {

/// @file
/// The types of objects beyond None, bool, int, float, str, bytes, list, dict
/// and tuple, family by family.

/// Writes an object of the type that it was found for.
using put_function = void (*)(encoder& out, PyObject* x, const step* at);

/// Returns the function that writes objects of exactly `type`. Tries each
/// family, and remembers the answer.
/// @returns null if there is none.
put_function find_put(PyTypeObject* type);

/// Forgets the remembered answers.
void forget_puts();

// -- families -----------------------------------------------------------------

// Each returns null for a type that does not belong to it.

/// Arrays and scalars of numpy, tensors of torch, memoryviews.
put_function find_array(PyTypeObject* type);

/// Masked arrays of numpy.
put_function find_masked_array(PyTypeObject* type);

/// set, frozenset, and FrozenDict
put_function find_set(PyTypeObject* type);

/// complex, Decimal and range
put_function find_number(PyTypeObject* type);

/// date, time, datetime and timedelta
put_function find_time(PyTypeObject* type);

/// bytearray, UUID and paths
put_function find_octets(PyTypeObject* type);

/// Counter, OrderedDict, defaultdict and deque, sizes of torch
put_function find_collection(PyTypeObject* type);

/// Enum, namedtuple and similar types, whose classes are found by name
put_function find_class_by_name(PyTypeObject* type);

/// Types that the user has registered an encoder for, and their subclasses.
put_function find_custom(PyTypeObject* type);

/// Dataclasses, attrs classes, models of pydantic and structs of msgspec.
put_function find_record(PyTypeObject* type);

/// Frames and their columns of pandas, polars and pyarrow, times of pandas.
put_function find_frame(PyTypeObject* type);

/// The objects that `venomous.keep` returns.
put_function find_kept(PyTypeObject* type);

// -- for several families -----------------------------------------------------

/// Writes an object of a subclass of tuple as a tuple.
void put_as_tuple(encoder& out, PyObject* x, const step* at);

} // namespace venomous::bridge
