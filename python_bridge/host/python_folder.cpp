#include "python_bridge/host/python_folder.hpp"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace venomous {

namespace {

namespace fs = std::filesystem;

/// Returns whether there is a file, as far as this process may know.
bool has_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

/// Returns the folder of the shared library, or of the program, that contains
/// this function.
std::string folder_of_this_code() {
  Dl_info info{};
  void* extra = nullptr;
  std::string file;
  if (::dladdr1(reinterpret_cast<void*>(&folder_of_this_code), &info, &extra,
                RTLD_DL_LINKMAP)
        != 0
      && extra != nullptr)
    file = static_cast<link_map*>(extra)->l_name;
  // The name of the program itself is empty there.
  if (file.empty())
    file = "/proc/self/exe";
  std::error_code failed;
  auto real = file == "/proc/self/exe" ? fs::read_symlink(file, failed)
                                       : fs::canonical(file, failed);
  return failed ? std::string{} : real.parent_path().string();
}

} // namespace

std::vector<std::string> python_places(const python_clues& clues) {
  if (!clues.option.empty())
    return {clues.option};
  std::vector<std::string> result;
  auto add = [&](const fs::path& place) {
    auto text = place.lexically_normal().string();
    if (!text.empty()
        && std::find(result.begin(), result.end(), text) == result.end())
      result.push_back(text);
  };
  if (fs::path base = clues.binary_folder; !base.empty()) {
    add(base / "venomous" / "python");
    add(base / ".." / "lib" / "venomous" / "python");
    if (!clues.from_programs.empty())
      add(base / clues.from_programs);
  }
  add(clues.installed);
  add(clues.built);
  return result;
}

std::vector<std::string> python_places(const std::string& option,
                                       const char* installed) {
  return python_places({
    .option = option,
    .binary_folder = folder_of_this_code(),
    .from_programs = VENOMOUS_PYTHON_FROM_PROGRAMS,
    .installed = installed ? installed : "",
    .built = VENOMOUS_BUILT_PYTHON,
  });
}

std::string find_python_folder(const std::vector<std::string>& places) {
  std::string looked_at;
  for (auto& place : places) {
    if (has_file(fs::path{place} / "__main__.py"))
      return place;
    looked_at += "\n  " + place;
  }
  throw std::runtime_error{
    "the library's Python side is in none of" + looked_at
    + "\nSet venomous.snake-supervisor.python-folder to it: "
      "<prefix>/lib/venomous/python if the library is installed, otherwise "
      "python in its build folder"};
}

std::string source_folder() {
  fs::path result = VENOMOUS_SOURCES;
  return has_file(result / "CMakeLists.txt")
           ? result.string()
           : "<source folder of Venomous for C++>";
}

} // namespace venomous
