#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace venomous::bridge {

/// Memory that Python objects may look into, and for how long it stays.
struct memory {
  std::shared_ptr<char> data;
  size_t size = 0;
};

/// Returns memory of its own that has the content of `size` bytes at `data`,
/// aligned for anything.
memory copy_of(const char* data, size_t size);

/// How a memoryview sees memory.
struct layout {
  /// As the module `struct` and PEP 3118 have it.
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

/// Returns the same as mere bytes.
pybind11::object make_block(memory content);

} // namespace venomous::bridge
