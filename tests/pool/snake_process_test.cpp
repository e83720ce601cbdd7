#include "tests/pool_fixture.hpp"

#include "venomous/ndarray.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

/// @file
/// What a snake is as a process: its standard files, its environment, and its
/// interpreter.

using namespace venomous;
using namespace venomous::test;

namespace {

/// Makes an environment with a module `only_in_venv`.
/// @returns its interpreter.
std::string make_venv(const std::filesystem::path& folder) {
  auto command = "/usr/bin/python3 -m venv --without-pip " + folder.string();
  REQUIRE(std::system(command.c_str()) == 0);
  for (auto& x : std::filesystem::directory_iterator{folder / "lib"})
    std::ofstream{x.path() / "site-packages" / "only_in_venv.py"}
      << "def f():\n  return 'venv'\n";
  return (folder / "bin" / "python").string();
}

} // namespace

// -- standard output and error ------------------------------------------------

TEST_CASE("standard error is passed on line by line with the snake's number",
          "[supervision]") {
  temporary_folder folder;
  auto file = (folder / "stderr").string();
  auto fd = ::open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  {
    redirected_stderr elsewhere{fd};
    pool_fixture f{small_pool(1)};
    CHECK(
      python(f.self, f.manager, {"snakes", "write_to", 2, "one\ntwo\nthree"}));
  }
  ::close(fd);
  CHECK(text_of(file) == "[snake 1] one\n[snake 1] two\n[snake 1] three\n");
}

TEST_CASE("a standard error that nobody reads holds nothing up",
          "[supervision]") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  {
    redirected_stderr elsewhere{ends[1]};
    SECTION("because the pipe is full") {
      pool_fixture f{small_pool(1)};
      CHECK(checked(python<int>(
              f.self, f.manager,
              {"snakes", "write_to", 2, std::string(999, 'x') + "\n", 2000}))
            == 2'000'000);
      CHECK(python_wait(f.self, f.manager, {"os", "getpid"}));
    }
    SECTION("because its other end is closed") {
      ::close(std::exchange(ends[0], -1));
      pool_fixture f{small_pool(1)};
      CHECK(python(f.self, f.manager, {"snakes", "write_to", 2, "x\n", 100}));
      CHECK(python_wait(f.self, f.manager, {"os", "getpid"}));
    }
  }
  for (auto fd : ends)
    if (fd >= 0)
      ::close(fd);
}

// -- options that concern processes -------------------------------------------

TEST_CASE("a snake has no descriptors but its own", "[supervision]") {
  auto leaky = ::open("/dev/null", O_RDONLY);
  {
    pool_fixture f{small_pool(2)};
    CHECK(process_of(f) > 0);
    rendezvous here;
    auto running = f.call_later(here.call());
    here.arrival();
    for (auto fd : checked(python<std::vector<int>>(f.self, f.manager,
                                                    {"snakes", "descriptors"})))
      CHECK((fd <= 2 || fd >= 200));
    here.release();
    CHECK(running.get());
  }
  ::close(leaky);
}

TEST_CASE("a snake is no member of the host's process group", "[supervision]") {
  pool_fixture f{small_pool(1)};
  auto groups = checked(python<std::map<std::string, int>>(
    f.self, f.manager, {"snakes", "groups"}));
  CHECK(groups["group"] != ::getpgrp());
  CHECK(groups["group"] == process_of(f));
}

TEST_CASE("environment and folder are those of the options", "[supervision]") {
  temporary_folder folder;
  auto options = small_pool(1);
  options.envvars = {{"COLOR", "green = 1"}, {"PYTHONHASHSEED", "0"}};
  options.cd = folder.path();
  pool_fixture f{options};
  CHECK(checked(python<std::string>(f.self, f.manager,
                                    {"snakes", "environment", "COLOR"}))
        == "green = 1");
  auto seen = checked(python_wait<std::map<std::string, std::string>>(
    f.self, f.manager, {"snakes", "interpreter"}));
  CHECK(seen["cwd"] == std::filesystem::canonical(folder.path()).string());
  // Read at the start of the interpreter, not later.
  auto expected = folder / "hash";
  REQUIRE(std::system(("PYTHONHASHSEED=0 /usr/bin/python3 -c "
                       "'print(hash(\"venomous\"), end=\"\")' > "
                       + expected.string())
                        .c_str())
          == 0);
  CHECK(seen["hash"] == text_of(expected));
}

TEST_CASE("the packages of a venv are importable when its python is asked for",
          "[supervision]") {
  temporary_folder folder;
  auto venv = folder / "venv";
  auto options = small_pool(1);
  options.python_executable = make_venv(venv);
  pool_fixture f{options};
  CHECK(checked(python<std::string>(f.self, f.manager, {"only_in_venv", "f"}))
        == "venv");
  auto seen = checked(python_wait<std::map<std::string, std::string>>(
    f.self, f.manager, {"snakes", "interpreter"}));
  CHECK(seen["prefix"] == venv.string());
}

TEST_CASE("pools of one program have interpreters and packages of their own",
          "[supervision]") {
  temporary_folder folder;
  pool_fixture f{small_pool(1)};
  auto options = small_pool(1);
  options.python_executable = make_venv(folder / "venv");
  pool other{f.system, options};
  auto prefix_of = [&](const snake_manager_actor& manager) {
    return checked(python_wait<std::map<std::string, std::string>>(
      f.self, manager, {"snakes", "interpreter"}))["prefix"];
  };
  CHECK(prefix_of(other.manager()) == (folder / "venv").string());
  CHECK(prefix_of(f.manager) != prefix_of(other.manager()));
  CHECK(code_in(python(f.self, f.manager, {"only_in_venv", "f"}))
        == errc::python_exception);
  CHECK(
    checked(python<std::string>(f.self, other.manager(), {"only_in_venv", "f"}))
    == "venv");
  // What one returns is an argument of the other.
  auto numbers = checked(python_wait<ndarray>(
    f.self, f.manager,
    {"arrays", "identity", ndarray::take(std::vector<double>(100'000, 1.5))}));
  CHECK(checked(python_wait<size_t>(f.self, other.manager(),
                                    {"builtins", "len", numbers}))
        == 100'000);
}

TEST_CASE("a preload is imported in each snake, and random numbers differ",
          "[supervision]") {
  auto options = small_pool(2);
  options.preload = {"random", "colorsys"};
  pool_fixture f{options};
  auto two = checked(get_snakes_ready(f.self, f.manager, 2));
  REQUIRE(two.size() == 2);
  python_options keep{.keep_snake = true};
  CHECK(checked(snake_run<bool>(f.self, two[0],
                                {"snakes", "has_module", "colorsys"}, keep)));
  CHECK(checked(snake_run<double>(f.self, two[0], {"random", "random"}))
        != checked(snake_run<double>(f.self, two[1], {"random", "random"})));
}
