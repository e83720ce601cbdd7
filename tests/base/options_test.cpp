#include "tests/facades.hpp"

#include <cstdlib>
#include <fstream>
#include <span>
#include <stdexcept>

/// @file
/// Options of pools and of calls that were set in code: what they do, and which
/// of them are an error.

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

using Catch::Matchers::ContainsSubstring;

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

// -- of a pool ----------------------------------------------------------------

TEST_CASE("a path need not be UTF-8", "[options]") {
  temporary_folder folder;
  auto odd = folder / "\xff\xc3\xa9";
  std::filesystem::create_directory(odd);
  std::ofstream{odd / "odd_place.py"} << "import os\n"
                                         "def get(): return os.getcwdb()\n";
  auto options = small_pool(1);
  options.module_paths = {odd.string()};
  options.cd = odd.string();
  pool_fixture f{options};
  auto place = checked(python<bytes>(f.self, f.manager, {"odd_place", "get"}));
  auto expected = std::as_bytes(std::span{odd.native()});
  CHECK(
    std::equal(place.begin(), place.end(), expected.begin(), expected.end()));
}

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
    CHECK_THROWS_WITH((pool{system, options}), ContainsSubstring(it.key));
  }
  CHECK(eventually([&] { return leftovers::now().nothing_new_since(before); }));
}

// -- of a call ----------------------------------------------------------------

BOTH_WAYS("a call runs for as long as the pool permits unless it says more",
          "[api]") {
  auto options = small_pool(1);
  options.python_timeout = 100ms;
  pool_fixture f{options};
  TestType api{f};
  rendezvous here;
  auto ended = api.python(here.call());
  CHECK(code_in(ended) == errc::timeout);
  CHECK_THAT(text_in(ended),
             ContainsSubstring("snakes.meet") && ContainsSubstring("100 ms"));
  snake_args longer{"snakes", "sleep_and_return", 0.3, "done"};
  CHECK(
    checked(api.template python_wait<std::string>(longer, with_timeout(15s)))
    == "done");
  CHECK(checked(
          api.template python_wait<std::string>(longer, with_timeout(forever)))
        == "done");
}

BOTH_WAYS("a call that runs for longer than it may is ended with its process",
          "[api]") {
  pool_fixture f;
  TestType api{f};
  auto process = checked(api.template python<int32_t>(tell_pid()));
  REQUIRE(f.all_ready(1));
  snake_args endless{"time", "sleep", 1'000};
  SECTION("on any snake") {
    auto ended = api.python(endless, with_timeout(50ms));
    CHECK(code_in(ended) == errc::timeout);
    CHECK_THAT(text_in(ended), ContainsSubstring("50 ms"));
  }
  SECTION("on a leased one") {
    auto leased = checked(api.retrieve_snake());
    CHECK(leased.os_pid == process);
    CHECK(code_in(api.snake_run(leased, endless, with_timeout(50ms)))
          == errc::timeout);
  }
  CHECK(eventually([&] { return !is_alive(process); }));
  CHECK(f.alive().empty());
}

BOTH_WAYS("the longest time short of forever is not over at once", "[api]") {
  pool_fixture f;
  TestType api{f};
  python_options options;
  options.timeout = forever - caf::timespan{1};
  options.max_wait = forever - caf::timespan{1};
  CHECK(checked(api.template python_wait<std::string>(
          {"snakes", "sleep_and_return", 0.05, "done"}, options))
        == "done");
}

BOTH_WAYS("options that make no sense are an error", "[api]") {
  pool_fixture f;
  TestType api{f};
  auto negative = api.python(tell_pid(), with_timeout(-1ms));
  CHECK(code_in(negative) == errc::bad_options);
  CHECK_THAT(text_in(negative), ContainsSubstring("timeout"));
  CHECK(code_in(api.python_wait(tell_pid(), with_timeout(-1ms)))
        == errc::bad_options);
  python_options options;
  options.max_wait = -1ms;
  negative = api.python_wait(tell_pid(), options);
  CHECK(code_in(negative) == errc::bad_options);
  CHECK_THAT(text_in(negative), ContainsSubstring("max_wait"));
  CHECK(f.alive().empty());
  auto leased = checked(api.retrieve_snake());
  CHECK(code_in(api.snake_run(leased, tell_pid(), with_timeout(-1ms)))
        == errc::bad_options);
  CHECK(code_in(api.snake_run(leased, tell_pid(), options))
        == errc::bad_options);
  // Which is not the end of the lease.
  CHECK(api.snake_run(leased, tell_pid()));
}
