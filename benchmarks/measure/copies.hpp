#pragma once

#include "measurement.hpp"
#include "timing.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

namespace measure {

/// Measures one `memcpy` between buffers that were used before.
inline std::vector<double> times_of_copy(size_t samples, size_t size) {
  std::vector<char> from(size, 1);
  std::vector<char> to(size, 2);
  // The clock must not dominate the measurement.
  auto repeats = std::max<size_t>(1, (1 << 20) / size);
  auto copy = [&] {
    for (size_t i = 0; i < repeats; ++i) {
      std::memcpy(to.data(), from.data(), size);
      // Tells the compiler that the copy is read.
      asm volatile("" : : "r"(to.data()) : "memory");
    }
  };
  times_of(1, 0, copy);
  auto result = times_of(samples, 0, copy);
  for (auto& x : result)
    x /= static_cast<double>(repeats);
  return result;
}

/// Returns `f(size)` for each size, as figures that begin with `name`.
template <class F>
figures for_each_size(const parameters& params, const std::string& name, F f) {
  figures result;
  for (auto size : params.sizes)
    result[name + "_" + std::to_string(size)] = f(size);
  return result;
}

} // namespace measure
