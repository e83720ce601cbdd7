#include <venomous/venomous.hpp>

#include <iostream>
#include <string>

// Asks a snake where its code comes from. That has to be the given folder, not
// some other copy of the library that happens to be on the machine.
int main(int argc, char** argv) {
  if (argc != 2)
    return 2;
  venomous::config cfg;
  caf::actor_system system{cfg};
  venomous::pool pool{system};
  caf::scoped_actor self{system};
  auto file = venomous::python<std::string>(
    self, pool.manager(),
    venomous::snake_args{"builtins", "eval",
                         "__import__('venomous').__file__"});
  if (!file) {
    std::cerr << venomous::describe(file.error()) << '\n';
    return 1;
  }
  std::cout << *file << '\n';
  return file->starts_with(std::string{argv[1]} + "/venomous/") ? 0 : 1;
}
