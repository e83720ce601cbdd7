// One function for many items: each result is where its item was, and an item
// that fails costs no other.

#include <venomous/venomous.hpp>

#include <iostream>
#include <numeric>

int main(int argc, char** argv) {
  return venomous::exec_main(argc, argv, [](venomous::pool& pool) {
    caf::scoped_actor self{pool.system()};
    std::vector<std::string> words(10'000, "7");
    words[42] = "forty-two";
    auto got = venomous::python_map<int>(self, pool.manager(),
                                         {"builtins", "int", words});
    if (!got) {
      std::cout << venomous::describe(got.error()) << '\n';
      return;
    }
    auto& values = got->values;
    std::cout << "the sum is "
              << std::accumulate(values.begin(), values.end(), 0) << '\n';
    for (auto& [index, why] : got->errors)
      std::cout << "item " << index << ": " << venomous::describe(why) << '\n';
  });
}
