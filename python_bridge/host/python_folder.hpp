#pragma once

#include <string>
#include <vector>

/// @file
/// Where the library's own Python side is: the folder that an interpreter is
/// started with. It is looked for at run time, so that a program can be moved
/// to another folder or machine together with it.

namespace venomous {

/// All that is known about where the folder may be. An empty text says nothing.
struct python_clues {
  /// The option `python-folder`.
  std::string option;
  /// The folder of the binary that contains this library.
  std::string binary_folder;
  /// The installed folder, as seen from the folder of installed programs.
  std::string from_programs;
  /// Where a package of the library was installed to.
  std::string installed;
  /// Where the library was built.
  std::string built;
};

/// Returns where to look, in this order.
std::vector<std::string> python_places(const python_clues& clues);

/// Returns where this program has to look.
/// @param option the option `python-folder`.
/// @param installed null if the library comes from its build folder.
std::vector<std::string> python_places(const std::string& option,
                                       const char* installed);

/// Returns the first of `places` that has the Python side.
/// @throws std::runtime_error if none has, with a text that names them.
std::string find_python_folder(const std::vector<std::string>& places);

/// Returns the folder of the library's sources, or a text that stands for it on
/// machines that do not have it.
std::string source_folder();

} // namespace venomous
