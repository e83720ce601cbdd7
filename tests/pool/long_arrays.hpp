#pragma once

#include "tests/pool_fixture.hpp"

#include <numeric>
#include <vector>

/// @file
/// Arrays that are long enough to lie in memory that the host shares with
/// snakes.

namespace venomous::test {

inline constexpr size_t long_length = 100'000;

/// Numbers from `first` on, 800 KB of them.
inline std::vector<double> long_numbers(double first = 0) {
  std::vector<double> result(long_length);
  std::iota(result.begin(), result.end(), first);
  return result;
}

inline std::vector<double> content(const ndarray& x) {
  return checked(x.to_vector<double>());
}

inline pool_options with_arena(size_t megabytes, size_t snakes = 1) {
  auto result = small_pool(snakes);
  result.arena_mb = megabytes;
  return result;
}

template <class T = value, class... Ts>
caf::expected<T> call(pool_fixture& f, const char* func, const Ts&... args) {
  return python_wait<T>(f.self, f.manager, {"arrays", func, args...});
}

} // namespace venomous::test
