#include "tests/config/config_fixture.hpp"

#include <chrono>
#include <string>

/// @file
/// What is wrong with a file or with options, as the error tells it.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

namespace {

std::string in_manager(const std::string& text) {
  return "venomous {\n  snake-manager {\n    " + text + "\n  }\n}\n";
}

std::string in_supervisor(const std::string& text) {
  return "venomous {\n  snake-supervisor {\n    " + text + "\n  }\n}\n";
}

} // namespace

// -- wrong files --------------------------------------------------------------

TEST_CASE_METHOD(config_fixture, "malformed text is told with its line",
                 "[config]") {
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

TEST_CASE_METHOD(config_fixture, "a quote within a word begins no text",
                 "[config]") {
  CHECK(parse_file("a = b\"\\")
        == "caf-application.conf:1: a: not a value (text goes in double "
           "quotes): b\"\\");
}

TEST_CASE_METHOD(config_fixture, "nesting without end is refused", "[config]") {
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

TEST_CASE_METHOD(config_fixture,
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

TEST_CASE_METHOD(config_fixture,
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

TEST_CASE_METHOD(config_fixture, "a misspelled group is told as well",
                 "[config]") {
  CHECK(parse_file("venomous { snake-manger { max-queue = 1 } }")
        == "caf-application.conf:1: venomous.snake-manger.max-queue: unknown "
           "key, got 1, did you mean venomous.snake-manager.max-queue?");
  CHECK(parse_file("venomous { max-queue = 1 }")
        == "caf-application.conf:1: venomous.max-queue: unknown key, got 1, "
           "did you mean venomous.snake-manager.max-queue?");
  CHECK(parse_file("venomous = 5")
        == "caf-application.conf:1: venomous: expected a group, got 5");
}

TEST_CASE_METHOD(config_fixture,
                 "more warm snakes than there may be snakes is an "
                 "error if both were asked for",
                 "[config]") {
  CHECK(parse_file("venomous {\n snake-manager { perpetual-workers = 3 }\n"
                   "snake-supervisor { max-children = 2 }\n}")
        == "caf-application.conf:2: venomous.snake-manager.perpetual-workers: "
           "expected at most max-children, which is 2, got 3");
}

TEST_CASE_METHOD(config_fixture,
                 "fewer snakes than are warm by default are all warm",
                 "[config]") {
  CHECK(parse_file("venomous.snake-supervisor.max-children = 2") == "");
  CHECK(cfg.pool.perpetual_workers == 2);
  CHECK(cfg.pool.max_children == 2);
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
  CHECK(config_fixture::text_of(check(opts)) == "venomous.snake-" + error);
}
