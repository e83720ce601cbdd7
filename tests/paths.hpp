#pragma once

#include <string>

namespace venomous::test {

// Only one source knows the paths, so that the objects of all others are the
// same in every folder, and a compiler cache finds them.

/// Returns where the sources of the tests are.
std::string tests_folder();

/// Returns where Python finds the functions that tests call.
std::string modules_folder();

/// Returns where the build puts the Python classes of the tests' structs.
std::string generated_modules_folder();

} // namespace venomous::test
