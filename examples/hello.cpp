// One call that returns a value, and one that raises.

#include <venomous/venomous.hpp>

#include <iostream>

// [readme]
int main(int argc, char** argv) {
  return venomous::exec_main(argc, argv, [](venomous::pool& pool) {
    caf::scoped_actor self{pool.system()};
    for (auto number : {2, -2}) {
      auto root = venomous::python<double>(self, pool.manager(),
                                           {"math", "sqrt", number});
      if (root)
        std::cout << "the root of " << number << " is " << *root << '\n';
      else
        std::cout << venomous::describe(root.error()) << '\n';
    }
  });
}
// [readme]
