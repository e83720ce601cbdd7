// Many threads call Python at the same time. Two snakes serve them all, and
// whoever finds both of them busy waits in line.

#include <venomous/venomous.hpp>

#include <algorithm>
#include <iostream>
#include <numeric>
#include <thread>
#include <vector>

namespace {

constexpr size_t num_callers = 20;

struct config : venomous::config {
  config() {
    pool.max_children = 2;
  }
};

/// Returns how many digits the factorial of `n` has, or 0 after an error.
size_t digits_of_factorial(venomous::pool& pool, size_t n) {
  // A scoped actor is for one thread only. It costs next to nothing.
  caf::scoped_actor self{pool.system()};
  auto result = venomous::python_wait<venomous::big_integer>(
    self, pool.manager(), {"math", "factorial", n});
  if (result)
    return to_string(*result).size();
  std::cerr << venomous::describe(result.error()) << '\n';
  return 0;
}

int run(venomous::pool& pool) {
  std::vector<size_t> digits(num_callers);
  {
    std::vector<std::jthread> callers;
    for (size_t i = 0; i < num_callers; ++i)
      callers.emplace_back(
        [&, i] { digits[i] = digits_of_factorial(pool, 10 * i); });
  } // joins them
  auto sum = std::accumulate(digits.begin(), digits.end(), size_t{0});
  std::cout << num_callers << " callers got " << sum << " digits\n";
  return std::ranges::find(digits, size_t{0}) == digits.end() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  return venomous::exec_main<config>(argc, argv, run);
}
