#include "python_bridge/host/python_folder.hpp"

#include "tests/pool_fixture.hpp"

using namespace venomous;
using namespace venomous::test;

using Catch::Matchers::ContainsSubstring;

namespace {

using places = std::vector<std::string>;

} // namespace

TEST_CASE("the places of the Python side have an order", "[python_folder]") {
  struct row {
    std::string name;
    python_clues clues;
    places expected;
  };
  auto it = GENERATE(values<row>({
    {"nothing is known", {}, {}},
    {"the option rules out all others",
     {"/mine", "/opt/x/bin", "../lib64/venomous/python", "/usr/lib/v", "/b"},
     {"/mine"}},
    {"near the binary, where it was installed, where it was built",
     {"", "/opt/x/bin", "../lib/x86_64-linux-gnu/venomous/python", "/usr/lib/v",
      "/b"},
     {"/opt/x/bin/venomous/python", "/opt/x/lib/venomous/python",
      "/opt/x/lib/x86_64-linux-gnu/venomous/python", "/usr/lib/v", "/b"}},
    {"a shared library has it beside itself",
     {"", "/opt/x/lib64", "../lib64/venomous/python", "", ""},
     {"/opt/x/lib64/venomous/python", "/opt/x/lib/venomous/python"}},
    {"no place is named twice",
     {"", "/opt/x/bin", "../lib/venomous/python", "/opt/x/lib/venomous/python",
      "/b"},
     {"/opt/x/bin/venomous/python", "/opt/x/lib/venomous/python", "/b"}},
    {"the binary is unknown",
     {"", "", "../lib/venomous/python", "/usr/lib/v", "/b"},
     {"/usr/lib/v", "/b"}},
  }));
  INFO(it.name);
  CHECK(python_places(it.clues) == it.expected);
}

TEST_CASE("the first place that has the Python side is used",
          "[python_folder]") {
  temporary_folder folder;
  for (auto name : {"empty", "first", "second"})
    std::filesystem::create_directory(folder / name);
  folder.write("first/__main__.py", "");
  folder.write("second/__main__.py", "");
  auto in = [&](const char* name) {
    return (folder / name).string();
  };
  CHECK(
    find_python_folder({in("missing"), in("empty"), in("first"), in("second")})
    == in("first"));
  CHECK(find_python_folder({in("second"), in("first")}) == in("second"));
}

TEST_CASE("the error for a missing Python side names all places",
          "[python_folder]") {
  CHECK_THROWS_WITH(
    find_python_folder({"/nowhere/a", "/nowhere/b"}),
    ContainsSubstring("/nowhere/a") && ContainsSubstring("/nowhere/b")
      && ContainsSubstring("venomous.snake-supervisor.python-folder"));
}

TEST_CASE("this program finds the Python side that it was built with",
          "[python_folder]") {
  auto found = find_python_folder(python_places({}, nullptr));
  CHECK(std::filesystem::exists(std::filesystem::path{found} / "venomous"
                                / "zygote.py"));
}
