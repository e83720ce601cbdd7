#include "python_bridge/host/interpreter.hpp"

#include "tests/catch.hpp"

#include <set>

using namespace venomous;

TEST_CASE("the default interpreter exists", "[interpreter]") {
  struct row {
    std::string built_for;
    std::set<std::string> existing;
    std::string expected;
  };
  std::string system = "/usr/bin/python3";
  std::string own = "/opt/python3.12/bin/python3";
  auto it = GENERATE_COPY(values<row>({
    {own, {own, system}, own},
    {own, {system}, system},
    {system, {system}, system},
    {"", {system}, system},
    {own, {}, "python3"},
    {"", {}, "python3"},
  }));
  INFO("built for '" << it.built_for << "'");
  auto exists = [&](const std::string& path) {
    return it.existing.contains(path);
  };
  CHECK(default_interpreter(it.built_for, exists) == it.expected);
}

TEST_CASE("the interpreter of the options is taken as it is", "[interpreter]") {
  pool_options options;
  options.python_executable = "/no/such/python";
  CHECK(executable_of(options) == "/no/such/python");
}
