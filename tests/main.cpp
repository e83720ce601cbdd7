#define CATCH_CONFIG_RUNNER

#include "tests/leftovers.hpp"

#include "tests/catch.hpp"

int main(int argc, char** argv) {
  venomous::test::hide_shared_memory_of_others();
  // What it returns of a failure differs between releases.
  return Catch::Session().run(argc, argv) == 0 ? 0 : 1;
}
