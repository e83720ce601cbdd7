#include "venomous/config.hpp"

#include "config/conf_file.hpp"
#include "config/option_table.hpp"
#include "venomous/error.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

using namespace venomous;
using namespace std::chrono_literals;

namespace fs = std::filesystem;

namespace {

using strings = std::vector<std::string>;

const std::string shipped_file = TEST_DIR "/../config/caf-application.conf";

/// Runs each test in an empty working directory of its own.
struct fixture {
  fixture() : old(fs::current_path()) {
    std::string name = fs::temp_directory_path() / "venomous-config-XXXXXX";
    REQUIRE(mkdtemp(name.data()) != nullptr);
    dir = name;
    fs::current_path(dir);
  }

  ~fixture() {
    fs::current_path(old);
    fs::remove_all(dir);
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

  fs::path old;
  fs::path dir;
  config cfg;
};

/// Returns all options as they are spelled in the file.
strings shown(const pool_options& opts) {
  strings result;
  for (auto& x : option_table())
    result.push_back(x.name + " = " + x.show(opts));
  return result;
}

std::string in_manager(const std::string& text) {
  return "venomous {\n  snake-manager {\n    " + text + "\n  }\n}\n";
}

std::string in_supervisor(const std::string& text) {
  return "venomous {\n  snake-supervisor {\n    " + text + "\n  }\n}\n";
}

/// Returns the names of all options that are as by default.
strings defaults_in(const pool_options& opts) {
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

} // namespace

// -- the shipped file ---------------------------------------------------------

TEST_CASE_METHOD(fixture, "the shipped file names every option exactly once",
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

TEST_CASE_METHOD(fixture, "the shipped file has the defaults of the code",
                 "[config]") {
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

TEST_CASE_METHOD(fixture, "the defaults are those of Venomous", "[config]") {
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

TEST_CASE_METHOD(fixture, "a file cut off inside a group is an error",
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

TEST_CASE_METHOD(fixture, "without a file there are the defaults", "[config]") {
  CHECK(parse() == "");
  CHECK(shown(cfg.pool) == shown(pool_options{}));
}

TEST_CASE_METHOD(fixture, "every option can be set in the file", "[config]") {
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

TEST_CASE_METHOD(fixture, "the syntax leaves some freedom", "[config]") {
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

TEST_CASE_METHOD(fixture, "other groups are the user's", "[config]") {
  CHECK(parse_file("my-app {\n name = \"x # y\"\n deep { n = [1, 2] }\n}\n"
                   "top = 10s\n")
        == "");
  CHECK(caf::get_or(cfg, "my-app.name", "") == "x # y");
  CHECK(caf::get_or(cfg, "my-app.deep.n", std::vector<int>{})
        == std::vector<int>{1, 2});
  CHECK(caf::get_or(cfg, "top", caf::timespan{}) == 10s);
}

// -- wrong files --------------------------------------------------------------

TEST_CASE_METHOD(fixture, "malformed text is told with its line", "[config]") {
  auto [text, error] = GENERATE(values<wrong_file>({
    {"venomous {\n snake-manager {\n }\n", "1: '{' is never closed"},
    {"a {\n b = 1\n}\n}\n", "4: stray '}'"},
    {"\na = \"abc\nb = 1\n",
     "2: unterminated text: \" is missing at the end of the line"},
    {"a = \"abc\\", "1: unterminated text: \" is missing at the end of the "
                    "line"},
    {"a = [1,\n2\n", "1: '[' is never closed"},
    {"a = [1,\n2 }", "2: '[' of line 1 is closed by '}'"},
    {"a = [{b = 1], 2]", "1: '{' of line 1 is closed by ']'"},
    {"a = [1 2]", "1: a: not a value: [1 2]"},
    {"a {\n b = 10 20\n}\n", "2: unexpected text after the value: 20"},
    {"a = \"x\" y", "1: unexpected text after the value: y"},
    {"a = [1] 2", "1: unexpected text after the value: 2"},
    {"a {\n b 10\n}\n", "2: expected '=' or '{' after a.b"},
    {"a\n{\n}\n", "1: expected '=' or '{' after a"},
    {"a", "1: expected '=' or '{' after a"},
    {"a {\n b =\n c = 1\n}\n", "2: a.b: no value after '='"},
    {"a = # 1\n", "1: a: no value after '='"},
    {"a =", "1: a: no value after '='"},
    {"a = many\n", "1: a: not a value (text goes in double quotes): many"},
    {"a = 1O\n", "1: a: not a value: 1O"},
    {"a = 010\n", "1: a: a number must not start with 0: 010"},
    {"a = 99999999999999999999\n",
     "1: a: the number is out of range: 99999999999999999999"},
    {"a = 1e999\n", "1: a: the number is out of range: 1e999"},
    {R"(a = "c:\dir")",
     R"(1: a: only \n, \r, \t, \\ and \" may be escaped: "c:\dir")"},
    {"[venomous.snake-manager] # old\nmax-queue = 1\n",
     "1: [venomous.snake-manager] is the syntax of older CAF, write "
     "venomous.snake-manager { ... }"},
    {"; old comment\n", "1: stray ';': comments start with '#', entries end "
                        "with the line"},
    {"a = 1 ; old comment\n", "1: stray ';': comments start with '#', entries "
                              "end with the line"},
    {"a = 1\n= 2\n", "2: expected a key, got = 2"},
    {"a = 1,, b = 2\n", "1: expected a key, got , b = 2"},
    {"a..b = 1\n", "1: malformed key a..b"},
    {"a {\n b = 1\n b = 2\n}\n", "3: a.b: given twice, first in line 2"},
    {"a = 1\na { b = 2 }\n", "2: a: given twice, first in line 1"},
    {"a { b = 2 }\na = 1\n", "2: a: given twice, first in line 1"},
    {"a {\n}\na = 1\n", "3: a: given twice, first in line 1"},
  }));
  INFO(text);
  CHECK(parse_file(text) == "caf-application.conf:" + error);
}

TEST_CASE_METHOD(fixture, "a quote within a word begins no text", "[config]") {
  CHECK(parse_file("a = b\"\\")
        == "caf-application.conf:1: a: not a value (text goes in double "
           "quotes): b\"\\");
}

TEST_CASE_METHOD(fixture, "nesting without end is refused", "[config]") {
  std::string opening;
  auto unit = GENERATE(as<std::string>{}, "a {", "a.", "[");
  for (int i = 0; i < 100'000; ++i)
    opening += unit;
  if (unit == "[")
    opening = "a = " + opening;
  else if (unit == "a.")
    opening += "a = 1";
  auto result = parse_file(opening);
  CHECK(result.find("nested too deeply") != std::string::npos);
}

TEST_CASE_METHOD(fixture,
                 "an option of the manager that makes no sense is "
                 "told with line, key and value",
                 "[config]") {
  auto [text, error] = GENERATE(values<wrong_file>({
    {"max-queue = \"many\"", "max-queue: expected a whole number >= 1, got "
                             "\"many\""},
    {"max-queue = 0", "max-queue: expected a whole number >= 1, got 0"},
    {"max-queue = -5", "max-queue: expected a whole number >= 1, got -5"},
    {"max-queue = 1.5", "max-queue: expected a whole number >= 1, got 1.5"},
    {"max-queue = 1000000001", "max-queue: expected a whole number <= "
                               "1000000000, got 1000000001"},
    {"max-queue = [1]", "max-queue: expected a whole number >= 1, got [1]"},
    {"max-queue { a = 1 }",
     "max-queue.a: venomous.snake-manager.max-queue is not a group, got 1"},
    {"max-queue { }", "max-queue: expected a whole number >= 1, got {}"},
    {"perpetual-workers = -1", "perpetual-workers: expected a whole number >= "
                               "0, got -1"},
    {"perpetual-workers = 10001", "perpetual-workers: expected a whole number "
                                  "<= 10000, got 10001"},
    {"python-timeout-ms = 10s", "python-timeout-ms: expected a whole number "
                                ">= 1, got 10s"},
    {"python-timeout-ms = 0", "python-timeout-ms: expected a whole number >= "
                              "1, got 0"},
    {"cleaner-interval-ms = 0", "cleaner-interval-ms: expected a whole number "
                                ">= 1, got 0"},
    {"cleaner-interval-ms = 31536000001",
     "cleaner-interval-ms: expected a whole number <= 31536000000, got "
     "31536000001"},
    {"snake-ttl-minutes = 0", "snake-ttl-minutes: expected a number > 0, got "
                              "0"},
    {"snake-ttl-minutes = -0.5", "snake-ttl-minutes: expected a number > 0, "
                                 "got -0.5"},
    {"snake-ttl-minutes = true", "snake-ttl-minutes: expected a number > 0, "
                                 "got true"},
    {"snake-ttl-minutes = 1e300", "snake-ttl-minutes: expected a number <= "
                                  "525600, got 1e300"},
    {"encoder = \"codec\"", "encoder: expected a group, got \"codec\""},
    {"encoder { module = 1 }", "encoder.module: expected a text in double "
                               "quotes, got 1"},
    {"encoder { module = \"codec\" }",
     "encoder.func: expected a name, because there is an encoder, got \"\""},
    {"encoder { func = \"f\" }",
     "encoder.module: expected a name, because there is an encoder, got "
     "\"\""},
    {"encoder { args = \"x\" }", "encoder.args: expected a list of texts, "
                                 "numbers and booleans, got \"x\""},
    {"encoder { args = [[1]] }", "encoder.args: expected a list of texts, "
                                 "numbers and booleans, got [[1]]"},
    {"max-quue = 17", "max-quue: unknown key, got 17, did you mean "
                      "venomous.snake-manager.max-queue?"},
    {"max-children = \"a\"", "max-children: unknown key, got \"a\", did you "
                             "mean venomous.snake-supervisor.max-children?"},
  }));
  INFO(text);
  CHECK(parse_file(in_manager(text))
        == "caf-application.conf:3: venomous.snake-manager." + error);
}

TEST_CASE_METHOD(fixture,
                 "an option of the supervisor that makes no sense is "
                 "told with line, key and value",
                 "[config]") {
  auto [text, error] = GENERATE(values<wrong_file>({
    {"max-children = 0", "max-children: expected a whole number >= 1, got 0"},
    {"max-children = 10001", "max-children: expected a whole number <= 10000, "
                             "got 10001"},
    {"grace-ms = -1", "grace-ms: expected a whole number >= 0, got -1"},
    {"grace-ms = 86400001", "grace-ms: expected a whole number <= 86400000, "
                            "got 86400001"},
    {"python-executable = 3", "python-executable: expected a text in double "
                              "quotes, got 3"},
    {"cd = true", "cd: expected a text in double quotes, got true"},
    {"module-paths = \"lib\"", "module-paths: expected a list of texts like "
                               "[\"a\", \"b\"], got \"lib\""},
    {"module-paths = [\"lib\", 1]", "module-paths: expected a list of texts "
                                    "like [\"a\", \"b\"], got [\"lib\", 1]"},
    {"preload = [\"\"]", "preload: expected texts that are not empty, got "
                         "[\"\"]"},
    {"envvars = [\"A\"]", "envvars: expected a group of texts like { NAME = "
                          "\"value\" }, got [\"A\"]"},
    {"envvars { A = 1 }", "envvars.A: expected a text in double quotes, got "
                          "1"},
    {"envvars { VENOMOUS_POOL = \"x\" }",
     "envvars.VENOMOUS_POOL: expected names other than VENOMOUS_POOL, which "
     "the library sets, got \"x\""},
    {"termination-style = \"gentle\"",
     "termination-style: expected \"polite\" or \"brutal\", got \"gentle\""},
    {"termination-style = 1", "termination-style: expected \"polite\" or "
                              "\"brutal\", got 1"},
  }));
  INFO(text);
  CHECK(parse_file(in_supervisor(text))
        == "caf-application.conf:3: venomous.snake-supervisor." + error);
}

TEST_CASE_METHOD(fixture, "a misspelled group is told as well", "[config]") {
  CHECK(parse_file("venomous { snake-manger { max-queue = 1 } }")
        == "caf-application.conf:1: venomous.snake-manger.max-queue: unknown "
           "key, got 1, did you mean venomous.snake-manager.max-queue?");
  CHECK(parse_file("venomous { max-queue = 1 }")
        == "caf-application.conf:1: venomous.max-queue: unknown key, got 1, "
           "did you mean venomous.snake-manager.max-queue?");
  CHECK(parse_file("venomous = 5")
        == "caf-application.conf:1: venomous: expected a group, got 5");
}

TEST_CASE_METHOD(fixture,
                 "more warm snakes than there may be snakes is an "
                 "error if both were asked for",
                 "[config]") {
  CHECK(parse_file("venomous {\n snake-manager { perpetual-workers = 3 }\n"
                   "snake-supervisor { max-children = 2 }\n}")
        == "caf-application.conf:2: venomous.snake-manager.perpetual-workers: "
           "expected at most max-children, which is 2, got 3");
}

TEST_CASE_METHOD(fixture, "fewer snakes than are warm by default are all warm",
                 "[config]") {
  CHECK(parse_file("venomous.snake-supervisor.max-children = 2") == "");
  CHECK(cfg.pool.perpetual_workers == 2);
  CHECK(cfg.pool.max_children == 2);
}

// -- which file ---------------------------------------------------------------

TEST_CASE_METHOD(fixture, "the command line can name another file",
                 "[config]") {
  write("venomous.snake-manager.max-queue = 1");
  write("venomous.snake-manager.max-queue = 2", "other.conf");
  auto args = GENERATE(strings{"--config-file=other.conf"},
                       strings{"--config-file", "other.conf"});
  CHECK(parse(args) == "");
  CHECK(cfg.pool.max_queue == 2);
  CHECK(cfg.config_file_path == "other.conf");
  CHECK(cfg.remainder.empty());
}

TEST_CASE_METHOD(fixture, "a file that was asked for has to be there",
                 "[config]") {
  CHECK(parse({"--config-file=none.conf"}) == "none.conf: cannot be opened");
}

TEST_CASE_METHOD(fixture, "a folder is no file", "[config]") {
  fs::create_directory("caf-application.conf");
  CHECK(parse() == "caf-application.conf: cannot be read");
}

TEST_CASE_METHOD(fixture, "the name that CAF_MAIN passes means the default",
                 "[config]") {
  write("venomous.snake-manager.max-queue = 7");
  auto name = GENERATE(as<const char*>{}, "caf-application.ini", nullptr);
  CHECK_FALSE(cfg.parse(strings{}, name));
  CHECK(cfg.pool.max_queue == 7);
}

TEST_CASE_METHOD(fixture, "the program can name another default file",
                 "[config]") {
  write("venomous.snake-manager.max-queue = 7", "mine.conf");
  CHECK_FALSE(cfg.parse(strings{}, "mine.conf"));
  CHECK(cfg.pool.max_queue == 7);
}

// -- the command line ---------------------------------------------------------

TEST_CASE_METHOD(fixture, "the command line beats the file", "[config]") {
  CHECK(parse_file("venomous.snake-manager.max-queue = 1\n"
                   "venomous.snake-supervisor.preload = [\"a\"]\n",
                   {"--venomous.snake-manager.max-queue=2",
                    "--venomous.snake-supervisor.preload=b"})
        == "");
  CHECK(cfg.pool.max_queue == 2);
  CHECK(cfg.pool.preload == strings{"b"});
}

TEST_CASE_METHOD(fixture, "the command line does not excuse the file",
                 "[config]") {
  CHECK(parse_file("venomous.snake-manager.max-queue = 0",
                   {"--venomous.snake-manager.max-queue=2"})
        == "caf-application.conf:1: venomous.snake-manager.max-queue: expected "
           "a whole number >= 1, got 0");
}

TEST_CASE_METHOD(fixture, "every option can be set on the command line",
                 "[config]") {
  char program[] = "program";
  strings args{
    "--venomous.snake-manager.snake-ttl-minutes=0.5",
    "--venomous.snake-manager.perpetual-workers=0",
    "--venomous.snake-manager.cleaner-interval-ms=100",
    "--venomous.snake-manager.encoder.module=codec",
    "--venomous.snake-manager.encoder.func=register",
    "--venomous.snake-manager.encoder.args=true,7,1.5,x",
    "--venomous.snake-manager.python-timeout-ms=200",
    "--venomous.snake-manager.soft-timeout-ms=100",
    "--venomous.snake-manager.max-queue",
    "3",
    "--venomous.snake-manager.max-queue-mb=19",
    "--venomous.snake-manager.max-ahead=5",
    "--venomous.snake-manager.max-calls=16",
    "--venomous.snake-manager.max-memory-mb=17",
    "--venomous.snake-manager.max-age-minutes=1.5",
    "--venomous.snake-manager.pickle-fallback=true",
    "--venomous.snake-manager.drain-ms=18",
    "--venomous.snake-manager.spin-us=6",
    "--venomous.snake-supervisor.max-children=4",
    "--venomous.snake-supervisor.max-restarts=14",
    "--venomous.snake-supervisor.max-seconds=15",
    "--venomous.snake-supervisor.python-executable=3",
    "--venomous.snake-supervisor.module-paths=/a,/b",
    "--venomous.snake-supervisor.module-paths=[\"/c,d\"]",
    "--venomous.snake-supervisor.cd=/",
    "--venomous.snake-supervisor.envvars.A=b=c",
    "--venomous.snake-supervisor.envvars.B=\"\"",
    "--venomous.snake-supervisor.arena-mb=7",
    "--venomous.snake-supervisor.max-frame-mb=8",
    "--venomous.snake-supervisor.address-space-mb=9",
    "--venomous.snake-supervisor.cpu-seconds=10",
    "--venomous.snake-supervisor.open-files=17",
    "--venomous.snake-supervisor.niceness=12",
    "--venomous.snake-supervisor.blas-threads=13",
    "--venomous.snake-supervisor.core-dumps=true",
    "--venomous.snake-supervisor.preload=1,json",
    "--venomous.snake-supervisor.start-timeout-ms=8",
    "--venomous.snake-supervisor.termination-style=brutal",
    "--venomous.snake-supervisor.grace-ms=9",
  };
  std::vector<char*> argv{program};
  for (auto& arg : args)
    argv.push_back(arg.data());
  auto argc = static_cast<int>(argv.size());
  CHECK(text_of(cfg.parse(argc, argv.data())) == "");
  CHECK(defaults_in(cfg.pool) == strings{});
  CHECK(shown(cfg.pool)
        == strings{
          "venomous.snake-manager.snake-ttl-minutes = 0.500000",
          "venomous.snake-manager.perpetual-workers = 0",
          "venomous.snake-manager.cleaner-interval-ms = 100",
          "venomous.snake-manager.encoder.module = \"codec\"",
          "venomous.snake-manager.encoder.func = \"register\"",
          "venomous.snake-manager.encoder.args = [true, 7, 1.500000, \"x\"]",
          "venomous.snake-manager.python-timeout-ms = 200",
          "venomous.snake-manager.soft-timeout-ms = 100",
          "venomous.snake-manager.max-queue = 3",
          "venomous.snake-manager.max-queue-mb = 19",
          "venomous.snake-manager.max-ahead = 5",
          "venomous.snake-manager.max-calls = 16",
          "venomous.snake-manager.max-memory-mb = 17",
          "venomous.snake-manager.max-age-minutes = 1.500000",
          "venomous.snake-manager.pickle-fallback = true",
          "venomous.snake-manager.drain-ms = 18",
          "venomous.snake-manager.spin-us = 6",
          "venomous.snake-supervisor.max-children = 4",
          "venomous.snake-supervisor.max-restarts = 14",
          "venomous.snake-supervisor.max-seconds = 15",
          "venomous.snake-supervisor.python-executable = \"3\"",
          "venomous.snake-supervisor.module-paths = [\"/a\", \"/b\", "
          "\"/c,d\"]",
          "venomous.snake-supervisor.cd = \"/\"",
          "venomous.snake-supervisor.envvars = {A = \"b=c\", B = \"\"}",
          "venomous.snake-supervisor.arena-mb = 7",
          "venomous.snake-supervisor.max-frame-mb = 8",
          "venomous.snake-supervisor.address-space-mb = 9",
          "venomous.snake-supervisor.cpu-seconds = 10",
          "venomous.snake-supervisor.open-files = 17",
          "venomous.snake-supervisor.niceness = 12",
          "venomous.snake-supervisor.blas-threads = 13",
          "venomous.snake-supervisor.core-dumps = true",
          "venomous.snake-supervisor.preload = [\"1\", \"json\"]",
          "venomous.snake-supervisor.start-timeout-ms = 8",
          "venomous.snake-supervisor.termination-style = \"brutal\"",
          "venomous.snake-supervisor.grace-ms = 9",
        });
  CHECK(cfg.remainder.empty());
}

TEST_CASE_METHOD(fixture, "a wrong argument is told with key and value",
                 "[config]") {
  struct wrong_args {
    strings args;
    std::string error;
  };
  const std::string manager = "--venomous.snake-manager.";
  const std::string paths = "--venomous.snake-supervisor.module-paths";
  auto [args, error] = GENERATE_COPY(values<wrong_args>({
    {{manager + "max-queue=many"},
     "venomous.snake-manager.max-queue: expected a whole number >= 1, got "
     "many"},
    {{manager + "max-queue=010"},
     "venomous.snake-manager.max-queue: expected a whole number >= 1, got "
     "010"},
    {{manager + "max-quue=1"},
     "venomous.snake-manager.max-quue: unknown key, got 1, did you mean "
     "venomous.snake-manager.max-queue?"},
    {{manager + "max-queue=1", manager + "max-queue=2"},
     "venomous.snake-manager.max-queue: given twice"},
    {{"--config-file=a", "--config-file=b"}, "config-file: given twice"},
    {{manager + "max-queue=", "5"},
     "venomous.snake-manager.max-queue: no value after '=', an empty text is "
     "'\"\"'"},
    {{"--config-file=", "x"},
     "config-file: no value after '=', an empty text is '\"\"'"},
    {{manager + "max-queue"}, "venomous.snake-manager.max-queue: no value"},
    {{manager + "a:b=1"}, "venomous.snake-manager.a:b: malformed key"},
    {{paths + "=[\"\"]"},
     "venomous.snake-supervisor.module-paths: expected texts that are not "
     "empty, got [\"\"]"},
    {{"--venomous.snake-supervisor.envvars={}"},
     "venomous.snake-supervisor.envvars: expected a group of texts like { "
     "NAME = \"value\" }, got {}"},
    {{"--caf.scheduler.max-threads=some"},
     "caf.scheduler.max-threads: expected a value of type uint64, got some"},
    {{"--caf.=1"}, "caf.: malformed key"},
  }));
  INFO(caf::deep_to_string(args));
  CHECK(parse(args) == "command line: " + error);
}

TEST_CASE_METHOD(fixture,
                 "an argument without '=' takes the next one, "
                 "whatever it looks like",
                 "[config]") {
  CHECK(parse({"--venomous.snake-supervisor.python-executable",
               "--venomous.snake-manager.max-queue=5"})
        == "");
  CHECK(cfg.pool.python_executable == "--venomous.snake-manager.max-queue=5");
  CHECK(cfg.pool.max_queue == pool_options{}.max_queue);
}

TEST_CASE_METHOD(fixture, "what is not for the library stays in its order",
                 "[config]") {
  CHECK(parse({"-v",
               "first",
               "--name",
               "x",
               "--venomous.snake-manager.max-"
               "queue=5",
               "second",
               "--venomousx=1",
               "-abc",
               "--venomous.snake-supervisor.preload",
               "json",
               "third",
               "--scheduler.policy=stealing",
               "--flag=1",
               "",
               "-",
               "--",
               "-w",
               "--venomous.snake-manager.max-queue=6",
               "--",
               "--help"})
        == "");
  CHECK(cfg.remainder
        == strings{"-v", "first", "--name", "x", "second", "--venomousx=1",
                   "-abc", "third", "--scheduler.policy=stealing", "--flag=1",
                   "", "-", "--", "-w", "--venomous.snake-manager.max-queue=6",
                   "--", "--help"});
  CHECK(cfg.pool.max_queue == 5);
  CHECK(cfg.pool.preload == strings{"json"});
  CHECK_FALSE(cfg.cli_helptext_printed);
}

TEST_CASE_METHOD(fixture,
                 "asked for help, it prints every option with its "
                 "default",
                 "[config]") {
  std::ostringstream out;
  auto old = std::cout.rdbuf(out.rdbuf());
  auto error = parse_file("broken", {"x", "--help"});
  std::cout.rdbuf(old);
  CHECK(error == "");
  CHECK(cfg.cli_helptext_printed);
  CHECK(cfg.remainder == strings{"x", "--help"});
  CHECK(out.str().find("--config-file") != std::string::npos);
  for (auto& x : option_table()) {
    CHECK(out.str().find("--" + x.name) != std::string::npos);
    CHECK(out.str().find(x.help) != std::string::npos);
    CHECK(out.str().find(x.show(pool_options{})) != std::string::npos);
  }
}

// -- CAF's options ------------------------------------------------------------

TEST_CASE_METHOD(fixture,
                 "actors share one queue unless the user says "
                 "otherwise",
                 "[config]") {
  auto policy = [&] {
    return to_string(caf::get_or(cfg, "scheduler.policy", caf::atom("none")));
  };
  CHECK(policy() == "sharing");
  SECTION("nothing is said") {
    CHECK(parse_file("caf { scheduler { } }") == "");
    CHECK(policy() == "sharing");
  }
  SECTION("in the file") {
    CHECK(parse_file("caf { scheduler { policy = \"stealing\" } }") == "");
    CHECK(policy() == "stealing");
  }
  SECTION("on the command line") {
    CHECK(parse({"--caf.scheduler.policy=stealing"}) == "");
    CHECK(policy() == "stealing");
  }
}

TEST_CASE_METHOD(fixture, "CAF gets its options under the names it knows",
                 "[config]") {
  CHECK(parse_file(R"(
    caf {
      scheduler { max-threads = 3 }
      stream { max-batch-delay = 7ms }
      logger { component-blacklist = ["a", "b"] }
      openssl { certificate = "cert.pem" }
      middleman { app-identifier = "app" }
      unheard { of = "it" }
    })",
                   {"--caf.scheduler.max-throughput=5"})
        == "");
  CHECK(caf::get_or(cfg, "scheduler.max-threads", size_t{0}) == 3);
  CHECK(caf::get_or(cfg, "scheduler.max-throughput", size_t{0}) == 5);
  CHECK(cfg.stream_max_batch_delay == 7ms);
  CHECK(caf::get_or(cfg, "logger.component-blacklist",
                    std::vector<caf::atom_value>{})
        == std::vector<caf::atom_value>{caf::atom("a"), caf::atom("b")});
  CHECK(cfg.openssl_certificate == "cert.pem");
  CHECK(caf::get_or(cfg, "middleman.app-identifiers", strings{})
        == strings{"app"});
  CHECK(caf::get_or(cfg, "unheard.of", "") == "it");
}

TEST_CASE_METHOD(fixture, "an actor system starts as the file says",
                 "[config]") {
  CHECK(parse_file("caf { scheduler { max-threads = 3 } }") == "");
  caf::actor_system system{cfg};
  CHECK(system.scheduler().num_workers() == 3);
}

TEST_CASE_METHOD(fixture, "an option of CAF of the wrong type is told",
                 "[config]") {
  auto [text, error] = GENERATE(values<wrong_file>({
    {"scheduler { max-threads = \"x\" }",
     "scheduler.max-threads: expected a value of type uint64, got \"x\""},
    {"scheduler { max-threads = -1 }",
     "scheduler.max-threads: expected a value of type uint64, got -1"},
    {"scheduler { policy = \"much too long\" }",
     "scheduler.policy: expected a value of type atom, got \"much too "
     "long\""},
    {"stream { max-batch-delay = 7 }",
     "stream.max-batch-delay: expected a value of type timespan, got 7"},
  }));
  CHECK(parse_file("caf {\n" + text + "\n}")
        == "caf-application.conf:2: caf." + error);
}

TEST_CASE_METHOD(fixture,
                 "options that the user declared are bound and "
                 "checked",
                 "[config]") {
  struct my_config : config {
    my_config() {
      opt_group{custom_options_, "my"}.add(port, "port", "a port");
    }
    uint16_t port = 0;
  };
  my_config mine;
  write("my { port = 80 }");
  CHECK(text_of(mine.parse(strings{})) == "");
  CHECK(mine.port == 80);
  write("my { port = 80000 }");
  CHECK(text_of(mine.parse(strings{}))
        == "caf-application.conf:1: my.port: expected a value of type uint16, "
           "got 80000");
}

TEST_CASE_METHOD(fixture,
                 "options set before the file is read are checked "
                 "as well",
                 "[config]") {
  cfg.pool.max_queue = 0;
  CHECK(parse_file("venomous.snake-manager.python-timeout-ms = 1")
        == "venomous.snake-manager.max-queue: expected a whole number >= 1, "
           "got 0");
}

// -- options set in code ------------------------------------------------------

TEST_CASE("options set in code are checked like those in the file",
          "[config]") {
  struct wrong_options {
    void (*change)(pool_options&);
    std::string error;
  };
  auto [change, error] = GENERATE(values<wrong_options>({
    {[](auto& x) { x.snake_ttl = 0ms; },
     "manager.snake-ttl-minutes: expected a number > 0, got 0"},
    {[](auto& x) { x.perpetual_workers = 10'001; },
     "manager.perpetual-workers: expected a whole number <= 10000, got "
     "10001"},
    {[](auto& x) { x.perpetual_workers = size_t(-1); },
     "manager.perpetual-workers: expected a whole number <= 10000, got "
     "9223372036854775807"},
    {[](auto& x) { x.cleaner_interval = -1ms; },
     "manager.cleaner-interval-ms: expected a whole number >= 1, got -1"},
    {[](auto& x) { x.encoder.emplace(); },
     "manager.encoder.module: expected a name, because there is an encoder, "
     "got \"\""},
    {[](auto& x) { x.python_timeout = 0ms; },
     "manager.python-timeout-ms: expected a whole number >= 1, got 0"},
    {[](auto& x) { x.max_age = -1ms; },
     "manager.max-age-minutes: expected a number >= 0, got -0.000017"},
    {[](auto& x) { x.max_seconds = 0s; },
     "supervisor.max-seconds: expected a whole number >= 1, got 0"},
    {[](auto& x) { x.max_queue = 0; },
     "manager.max-queue: expected a whole number >= 1, got 0"},
    {[](auto& x) { x.max_children = 0; },
     "supervisor.max-children: expected a whole number >= 1, got 0"},
    {[](auto& x) { x.module_paths = {""}; },
     "supervisor.module-paths: expected texts that are not empty, got "
     "[\"\"]"},
    {[](auto& x) { x.cd = std::string(1, '\0'); },
     std::string{"supervisor.cd: expected a text without zero bytes, got \""}
       + '\0' + '"'},
    {[](auto& x) {
       x.envvars = {{"A=B", "c"}};
     },
     "supervisor.envvars: expected names that are not empty and have no '=', "
     "got {A=B = \"c\"}"},
    {[](auto& x) { x.grace = -1ms; },
     "supervisor.grace-ms: expected a whole number >= 0, got -1"},
  }));
  pool_options opts;
  change(opts);
  CHECK(fixture::text_of(check(opts)) == "venomous.snake-" + error);
}
