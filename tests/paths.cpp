#include "tests/paths.hpp"

namespace venomous::test {

std::string tests_folder() {
  return VENOMOUS_TESTS_FOLDER;
}

std::string modules_folder() {
  return tests_folder() + "/modules";
}

std::string generated_modules_folder() {
  return VENOMOUS_GENERATED_MODULES;
}

} // namespace venomous::test
