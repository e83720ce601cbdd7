// One call that returns a value, and one that raises.

#include <venomous/venomous.hpp>

#include <iostream>

// [readme]
int main(int argc, char** argv) {
  venomous::function<double(double)> sqrt{"math", "sqrt"};
  return venomous::exec_main(argc, argv, [&](venomous::pool& pool) {
    caf::scoped_actor self{pool.system()};
    for (auto number : {2, -2}) {
      auto root = sqrt(self, pool, number);
      if (root)
        std::cout << "the root of " << number << " is " << *root << '\n';
      else
        std::cout << venomous::describe(root.error()) << '\n';
    }
  });
}
// [readme]
