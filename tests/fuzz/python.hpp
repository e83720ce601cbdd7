#pragma once

#include <pybind11/embed.h>

#include <cstdlib>

namespace venomous::fuzz {

/// Starts an interpreter whose memory the sanitizer watches, once.
inline void start_python() {
  ::setenv("PYTHONMALLOC", "malloc", 1);
  // Never ended: objects of static duration outlive it.
  pybind11::initialize_interpreter(false);
}

} // namespace venomous::fuzz
