#pragma once

#include "config/option_table.hpp"

#include "tests/catch.hpp"
#include "venomous/config.hpp"
#include "venomous/error.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace venomous::test {

using strings = std::vector<std::string>;

/// Runs each test in an empty working directory of its own.
struct config_fixture {
  config_fixture() : old(std::filesystem::current_path()) {
    std::string name =
      std::filesystem::temp_directory_path() / "venomous-config-XXXXXX";
    REQUIRE(mkdtemp(name.data()) != nullptr);
    dir = name;
    std::filesystem::current_path(dir);
  }

  ~config_fixture() {
    std::filesystem::current_path(old);
    std::filesystem::remove_all(dir);
  }

  void write(const std::string& text,
             const std::string& name = "caf-application.conf") {
    std::ofstream{name} << text;
  }

  /// Returns the text of the error, empty if there is none.
  std::string parse(const strings& args = {}) {
    return text_of(cfg.parse(args));
  }

  std::string parse_file(const std::string& text, const strings& args = {}) {
    write(text);
    return parse(args);
  }

  static std::string text_of(const caf::error& err) {
    if (!err)
      return "";
    REQUIRE(code_of(err) == errc::bad_options);
    auto text = compat::error_context<std::string>(err);
    REQUIRE(text != nullptr);
    return *text;
  }

  std::filesystem::path old;
  std::filesystem::path dir;
  config cfg;
};

/// Returns all options as they are spelled in the file.
inline strings shown(const pool_options& opts) {
  strings result;
  for (auto& x : option_table())
    result.push_back(x.name + " = " + x.show(opts));
  return result;
}

/// Returns the names of all options that are as by default.
inline strings defaults_in(const pool_options& opts) {
  strings result;
  for (auto& x : option_table())
    if (x.show(opts) == x.show(pool_options{}))
      result.push_back(x.name);
  return result;
}

struct wrong_file {
  std::string text;
  std::string error;
};

} // namespace venomous::test
