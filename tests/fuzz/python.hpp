#pragma once

#include <pybind11/embed.h>

#include <cstdlib>

namespace venomous::fuzz {

/// Starts an interpreter whose memory the sanitizer watches, once.
inline void start_python() {
  ::setenv("PYTHONMALLOC", "malloc", 1);
  // Never ended: objects of static duration outlive it.
  pybind11::initialize_interpreter(false);
  // To import numpy takes more memory than an input may.
  pybind11::module_::import("sys").attr("modules")["numpy"] = pybind11::none();
}

} // namespace venomous::fuzz
