#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace venomous::bridge {

/// Memory that Python objects may show, with its owner.
struct memory {
  std::shared_ptr<char> data;
  size_t size = 0;
};

/// Returns new memory with a copy of the `size` bytes at `data`, aligned for
/// any type.
memory copy_of(const char* data, size_t size);

/// The layout of memory for a memoryview.
struct layout {
  /// As in the module `struct` and PEP 3118.
  std::string format = "B";
  Py_ssize_t itemsize = 1;
  std::vector<Py_ssize_t> shape;
  /// In bytes.
  std::vector<Py_ssize_t> strides;
  bool read_only = false;
};

/// Returns an object with the buffer protocol that owns `content`.
/// @pre `how` stays within it.
pybind11::object make_block(memory content, layout how);

/// Returns the same as plain bytes.
pybind11::object make_block(memory content);

} // namespace venomous::bridge
