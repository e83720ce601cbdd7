#include "tests/pool_fixture.hpp"

#include <cstdlib>
#include <stdexcept>

/// @file
/// What options that were set in code do to interpreters, and which of them a
/// pool does not take.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

using Catch::Matchers::Contains;

namespace {

/// Has another value in the environment of this process for one test.
class changed_environment {
public:
  changed_environment(std::string name, const std::string& text)
    : name_(std::move(name)) {
    if (auto before = std::getenv(name_.c_str()))
      before_ = before;
    ::setenv(name_.c_str(), text.c_str(), 1);
  }

  ~changed_environment() {
    if (before_)
      ::setenv(name_.c_str(), before_->c_str(), 1);
    else
      ::unsetenv(name_.c_str());
  }

  changed_environment(const changed_environment&) = delete;

  changed_environment& operator=(const changed_environment&) = delete;

private:
  std::string name_;
  std::optional<std::string> before_;
};

} // namespace

TEST_CASE("module-paths go in front of sys.path, in their order", "[options]") {
  temporary_folder first;
  temporary_folder second;
  // There is one of the standard library.
  first.write("colorsys.py", "def whose():\n  return 'ours'\n");
  second.write("colorsys.py", "def whose():\n  return 'the second'\n");
  second.write("only_in_second.py", "def whose():\n  return 'the second'\n");
  first.write("paths.py", "import sys\ndef get():\n  return sys.path\n");
  auto options = small_pool(1);
  options.module_paths = {first.path(), second.path()};
  pool_fixture f{options};
  CHECK(checked(python<std::string>(f.self, f.manager, {"colorsys", "whose"}))
        == "ours");
  CHECK(
    checked(python<std::string>(f.self, f.manager, {"only_in_second", "whose"}))
    == "the second");
  auto found = checked(
    python<std::vector<std::string>>(f.self, f.manager, {"paths", "get"}));
  REQUIRE(found.size() > 2);
  CHECK(found[0] == first.path());
  CHECK(found[1] == second.path());
}

TEST_CASE("an interpreter that is a mere name is found in PATH", "[options]") {
  temporary_folder folder;
  auto fake = folder / "venomous-test-python";
  folder.write("venomous-test-python",
               "#!/bin/sh\n"
               "FOUND_IN_PATH=yes exec /usr/bin/python3 \"$@\"\n");
  std::filesystem::permissions(fake, std::filesystem::perms::owner_all);
  changed_environment path{"PATH", folder.path() + ":/usr/bin:/bin"};
  auto options = small_pool(1);
  options.python_executable = "venomous-test-python";
  pool_fixture f{options};
  CHECK(checked(python<std::string>(f.self, f.manager,
                                    {"snakes", "environment", "FOUND_IN_PATH"}))
        == "yes");
}

TEST_CASE("a pool does not start with options that make no sense",
          "[options]") {
  struct row {
    std::string key;
    std::function<void(pool_options&)> spoil;
  };
  auto it = GENERATE(values<row>({
    {"max-children",
     [](pool_options& x) {
       x.max_children = 0;
     }},
    {"snake-ttl-minutes",
     [](pool_options& x) {
       x.snake_ttl = -1min;
     }},
    {"cleaner-interval-ms",
     [](pool_options& x) {
       x.cleaner_interval = 0ms;
     }},
    {"python-timeout-ms",
     [](pool_options& x) {
       x.python_timeout = -1ms;
     }},
    {"start-timeout-ms",
     [](pool_options& x) {
       x.start_timeout = 0ms;
     }},
    {"grace-ms",
     [](pool_options& x) {
       x.grace = -1ms;
     }},
    {"preload",
     [](pool_options& x) {
       x.preload = {""};
     }},
    {"encoder",
     [](pool_options& x) {
       x.encoder = encoder_call{"", "f", {}};
     }},
    {"envvars",
     [](pool_options& x) {
       x.envvars = {{"A=B", "C"}};
     }},
  }));
  INFO(it.key);
  auto options = small_pool(1);
  it.spoil(options);
  auto before = leftovers::now();
  {
    config cfg;
    caf::actor_system system{cfg};
    CHECK_THROWS_AS((pool{system, options}), std::invalid_argument);
    CHECK_THROWS_WITH((pool{system, options}), Contains(it.key));
  }
  CHECK(eventually([&] { return leftovers::now() == before; }));
}
