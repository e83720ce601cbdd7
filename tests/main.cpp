#define CATCH_CONFIG_RUNNER

#include "tests/leftovers.hpp"

#include "tests/catch.hpp"

int main(int argc, char** argv) {
  venomous::test::hide_shared_memory_of_others();
  return Catch::Session().run(argc, argv);
}
