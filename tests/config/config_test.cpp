#include "tests/config/config_fixture.hpp"

#include "config/conf_file.hpp"

#include "tests/paths.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

namespace fs = std::filesystem;

namespace {

const std::string shipped_file =
  tests_folder() + "/../config/caf-application.conf";

} // namespace

// -- the shipped file ---------------------------------------------------------

TEST_CASE_METHOD(config_fixture,
                 "the shipped file names every option exactly once",
                 "[config]") {
  auto settings = read_conf_file(shipped_file);
  REQUIRE(settings);
  strings in_file;
  for (auto& x : *settings)
    in_file.push_back(x.name);
  strings in_table;
  for (auto& x : option_table())
    in_table.push_back(x.name);
  CHECK(in_file == in_table);
}

TEST_CASE_METHOD(config_fixture,
                 "the shipped file has the defaults of the code", "[config]") {
  // Values that differ from all defaults, so that each has to be read.
  cfg.pool.snake_ttl = 1min;
  cfg.pool.perpetual_workers = 1;
  cfg.pool.cleaner_interval = 1ms;
  cfg.pool.encoder = encoder_call{"module", "func", {true}};
  cfg.pool.python_timeout = 1ms;
  cfg.pool.soft_timeout = 1ms;
  cfg.pool.max_calls = 1;
  cfg.pool.max_memory_mb = 1;
  cfg.pool.max_age = 1ms;
  cfg.pool.pickle_fallback = true;
  cfg.pool.drain = 1ms;
  cfg.pool.max_queue = 1;
  cfg.pool.max_queue_mb = 1;
  cfg.pool.max_ahead = 1;
  cfg.pool.spin = 1us;
  cfg.pool.max_children = 1;
  cfg.pool.max_restarts = 1;
  cfg.pool.max_seconds = 1s;
  cfg.pool.python_executable = "x";
  cfg.pool.python_folder = "x";
  cfg.pool.module_paths = {"/x"};
  cfg.pool.cd = "/x";
  cfg.pool.envvars = {{"X", "x"}};
  cfg.pool.arena_mb = 1;
  cfg.pool.max_frame_mb = 1;
  cfg.pool.address_space_mb = 1;
  cfg.pool.cpu_seconds = 1;
  cfg.pool.open_files = 16;
  cfg.pool.niceness = 1;
  cfg.pool.blas_threads = 1;
  cfg.pool.core_dumps = true;
  cfg.pool.preload = {"x"};
  cfg.pool.start_timeout = 1ms;
  cfg.pool.style = termination_style::brutal;
  cfg.pool.grace = 1ms;
  REQUIRE(defaults_in(cfg.pool) == strings{});
  CHECK(parse({"--config-file", shipped_file}) == "");
  pool_options expected;
  // A group adds to what there is, and the one in the file adds nothing.
  expected.envvars = {{"X", "x"}};
  CHECK(shown(cfg.pool) == shown(expected));
  CHECK_FALSE(cfg.pool.encoder);
}

TEST_CASE_METHOD(config_fixture, "the defaults are those of Venomous",
                 "[config]") {
  SECTION("in the code") {
    // nop
  }
  SECTION("in the shipped file") {
    CHECK(parse({"--config-file", shipped_file}) == "");
  }
  auto& x = cfg.pool;
  CHECK(x.snake_ttl == std::chrono::minutes{15});
  CHECK(x.perpetual_workers == 10);
  CHECK(x.cleaner_interval == 60'000ms);
  CHECK(x.python_timeout == 15'000ms);
  CHECK(x.max_children == 50);
}

TEST_CASE("the defaults of the code make sense", "[config]") {
  CHECK_FALSE(check(pool_options{}));
}

TEST_CASE_METHOD(config_fixture, "a file cut off inside a group is an error",
                 "[config]") {
  std::stringstream content;
  content << std::ifstream{shipped_file}.rdbuf();
  auto text = content.str();
  auto first = text.find("venomous {") + 10;
  auto last = text.rfind("\n}\n") + 1;
  REQUIRE(first < last);
  for (auto size = first; size <= last; ++size) {
    INFO("cut after " << size << " bytes");
    REQUIRE_FALSE(parse_conf(text.substr(0, size), "f"));
  }
  CHECK(parse_conf(text.substr(0, last + 1), "f"));
}

// -- good files ---------------------------------------------------------------

TEST_CASE_METHOD(config_fixture, "without a file there are the defaults",
                 "[config]") {
  CHECK(parse() == "");
  CHECK(shown(cfg.pool) == shown(pool_options{}));
}

TEST_CASE_METHOD(config_fixture, "every option can be set in the file",
                 "[config]") {
  CHECK(parse_file(R"(
    venomous {
      snake-manager {
        snake-ttl-minutes = 0.5
        perpetual-workers = 2
        cleaner-interval-ms = 100
        encoder {
          module = "codec" # with a comment
          func = "register"
          args = [true, 7, 1.5, "x"]
        }
        python-timeout-ms = 200
        soft-timeout-ms = 100
        max-calls = 12
        max-memory-mb = 11
        max-age-minutes = 1.5
        pickle-fallback = true
        drain-ms = 10
        max-queue = 3
        max-queue-mb = 15
        max-ahead = 0
        spin-us = 7
      }
      snake-supervisor {
        max-children = 4
        max-restarts = 14
        max-seconds = 13
        python-executable = "/usr/bin/python3"
        python-folder = "lib/venomous/python"
        module-paths = [
          "lib", # a # in a comment, and a ]
          "/opt/a#b",
        ]
        cd = "work/.."
        envvars { OMP_NUM_THREADS = "1", _X = "" }
        arena-mb = 9
        max-frame-mb = 8
        address-space-mb = 7
        cpu-seconds = 6
        open-files = 16
        niceness = 4
        blas-threads = 3
        core-dumps = true
        preload = ["numpy"]
        start-timeout-ms = 5
        termination-style = "brutal"
        grace-ms = 0
      }
    })") == "");
  CHECK(defaults_in(cfg.pool) == strings{});
  auto here = fs::current_path().string();
  auto& x = cfg.pool;
  CHECK(x.snake_ttl == 30s);
  CHECK(x.perpetual_workers == 2);
  CHECK(x.cleaner_interval == 100ms);
  REQUIRE(x.encoder);
  CHECK(x.encoder->module == "codec");
  CHECK(x.encoder->func == "register");
  CHECK(x.encoder->args
        == std::vector<encoder_call::argument>{true, int64_t{7}, 1.5,
                                               std::string{"x"}});
  CHECK(x.python_timeout == 200ms);
  CHECK(x.soft_timeout == 100ms);
  CHECK(x.max_calls == 12);
  CHECK(x.max_memory_mb == 11);
  CHECK(x.max_age == 90s);
  CHECK(x.pickle_fallback);
  CHECK(x.drain == 10ms);
  CHECK(x.max_queue == 3);
  CHECK(x.max_queue_mb == 15);
  CHECK(x.max_ahead == 0);
  CHECK(x.spin == 7us);
  CHECK(x.max_children == 4);
  CHECK(x.max_restarts == 14);
  CHECK(x.max_seconds == 13s);
  CHECK(x.arena_mb == 9);
  CHECK(x.max_frame_mb == 8);
  CHECK(x.address_space_mb == 7);
  CHECK(x.cpu_seconds == 6);
  CHECK(x.open_files == 16);
  CHECK(x.niceness == 4);
  CHECK(x.blas_threads == 3);
  CHECK(x.core_dumps);
  CHECK(x.python_executable == "/usr/bin/python3");
  CHECK(x.python_folder == here + "/lib/venomous/python");
  CHECK(x.module_paths == strings{here + "/lib", "/opt/a#b"});
  CHECK(x.cd == here + "/");
  CHECK(x.envvars
        == std::map<std::string, std::string>{{"OMP_NUM_THREADS", "1"},
                                              {"_X", ""}});
  CHECK(x.preload == strings{"numpy"});
  CHECK(x.start_timeout == 5ms);
  CHECK(x.style == termination_style::brutal);
  CHECK(x.grace == 0ms);
}

TEST_CASE_METHOD(config_fixture, "the syntax leaves some freedom", "[config]") {
  auto text = GENERATE(
    as<std::string>{}, //
    "venomous { snake-manager { max-queue = 7 } }",
    "venomous { snake-supervisor { cd = \"\" } snake-manager { max-queue = 7 "
    "} } caf { }",
    "venomous = { snake-manager = { max-queue = 7 } }",
    "venomous.snake-manager.max-queue = 7",
    "venomous.snake-manager { max-queue=7, python-timeout-ms=1 }",
    "venomous { snake-manager { cleaner-interval-ms = 1 } }\n"
    "venomous { snake-manager { max-queue = 7 } }",
    "\xEF\xBB\xBFvenomous { # comment }\r\n"
    "snake-manager { max-queue = 7 # x\r\n }\r\n}\r\n");
  INFO(text);
  CHECK(parse_file(text) == "");
  CHECK(cfg.pool.max_queue == 7);
}

TEST_CASE_METHOD(config_fixture, "other groups are the user's", "[config]") {
  CHECK(parse_file("my-app {\n name = \"x # y\"\n deep { n = [1, 2] }\n}\n"
                   "top = 10s\n")
        == "");
  CHECK(caf::get_or(cfg, "my-app.name", "") == "x # y");
  CHECK(caf::get_or(cfg, "my-app.deep.n", std::vector<int>{})
        == std::vector<int>{1, 2});
  CHECK(caf::get_or(cfg, "top", caf::timespan{}) == 10s);
}

// -- which file ---------------------------------------------------------------

TEST_CASE_METHOD(config_fixture, "the command line can name another file",
                 "[config]") {
  write("venomous.snake-manager.max-queue = 1");
  write("venomous.snake-manager.max-queue = 2", "other.conf");
  auto args = GENERATE(strings{"--config-file=other.conf"},
                       strings{"--config-file", "other.conf"});
  CHECK(parse(args) == "");
  CHECK(cfg.pool.max_queue == 2);
  CHECK(cfg.remainder.empty());
}

TEST_CASE_METHOD(config_fixture, "a file that was asked for has to be there",
                 "[config]") {
  CHECK(parse({"--config-file=none.conf"}) == "none.conf: cannot be opened");
}

TEST_CASE_METHOD(config_fixture, "a folder is no file", "[config]") {
  fs::create_directory("caf-application.conf");
  CHECK(parse() == "caf-application.conf: cannot be read");
}

TEST_CASE_METHOD(config_fixture,
                 "the name that CAF_MAIN passes means the default",
                 "[config]") {
  write("venomous.snake-manager.max-queue = 7");
  auto name = GENERATE(as<const char*>{}, "caf-application.ini", nullptr);
  CHECK_FALSE(cfg.parse(strings{}, name));
  CHECK(cfg.pool.max_queue == 7);
}

TEST_CASE_METHOD(config_fixture, "the program can name another default file",
                 "[config]") {
  write("venomous.snake-manager.max-queue = 7", "mine.conf");
  CHECK_FALSE(cfg.parse(strings{}, "mine.conf"));
  CHECK(cfg.pool.max_queue == 7);
}
