#include "config/option_table.hpp"
#include "tests/pool_fixture.hpp"
#include "venomous/exec_main.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

/// @file
/// Values that make no sense, for whatever options there are: each is refused
/// by its name and before anything is started, or understood as it is spelled.

using namespace venomous;
using namespace venomous::test;

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

using strings = std::vector<std::string>;

// -- a program ----------------------------------------------------------------

/// What became of a program.
struct ending {
  int status = 0;
  bool begun = false;
  std::string error;
};

/// Runs a program with `text` in its file.
ending run(const std::string& text, strings args = {}) {
  temporary_folder folder;
  folder.write("f.conf", text);
  auto file = folder / "f.conf";
  std::string name = "program";
  std::vector<char*> argv{name.data()};
  for (auto& arg : args)
    argv.push_back(arg.data());
  auto argc = static_cast<int>(argv.size());
  ending result;
  std::ostringstream error;
  auto old = std::cerr.rdbuf(error.rdbuf());
  result.status = exec_main(
    argc, argv.data(), [&](pool&) { result.begun = true; }, file.c_str());
  std::cerr.rdbuf(old);
  result.error = error.str();
  return result;
}

/// Checks that the program does not start for a reason that begins with `why`
/// and contains `what`.
void check_refused(const ending& got, const std::string& why,
                   const std::string& text) {
  CHECK(got.status == bad_options_status);
  CHECK_FALSE(got.begun);
  CHECK_THAT(got.error, StartsWith("bad_options: ") && ContainsSubstring(why)
                          && ContainsSubstring(text));
  CHECK(std::count(got.error.begin(), got.error.end(), '\n') == 1);
}

void check_refused_in_file(const option& x, const std::string& value) {
  INFO(x.name + " = " + value);
  check_refused(run(x.name + " = " + value), "f.conf:1: " + x.name, value);
}

void check_refused_on_line(const option& x, const std::string& value) {
  INFO("--" + x.name + '=' + value);
  check_refused(run("", {"--" + x.name + '=' + value}),
                "command line: " + x.name + ": expected ", "got " + value);
}

// -- wrong values -------------------------------------------------------------

/// What is no value of an option of this shape, whatever the option.
strings wrong_in_file(option_shape shape) {
  switch (shape) {
  case option_shape::number:
    return {"\"text\"", "[1]", "{}", "10s", "-1", "-1.5"};
  case option_shape::text:
    return {"1", "true", "[\"a\"]", "{}", "10s", "-1", "1e300"};
  case option_shape::texts:
    return {"1", "true", "\"text\"", "{}", "[1]", "[[\"a\"]]", "[\"\"]"};
  case option_shape::values:
    return {"1", "true", "\"text\"", "{}", "[[1]]", "[10s]"};
  case option_shape::group:
    return {"1", "true", "\"text\"", "[\"A\"]"};
  }
  return {};
}

/// The same on the command line, where any text is one.
strings wrong_on_line(option_shape shape) {
  switch (shape) {
  case option_shape::number:
    return {"text", "\"1\"", "[1]", "10s", "-1", "-1.5", "1,2"};
  case option_shape::text:
    return {};
  case option_shape::texts:
    return {"[1]", "[[\"a\"]]", "[\"\"]"};
  case option_shape::values:
    return {"[[1]]", "[10s]"};
  case option_shape::group:
    return {"1", "text", "{}"};
  }
  return {};
}

/// Numbers that can be no more than a slip of the keyboard.
const strings enormous{"9223372036854775807",
                       "-9223372036854775808",
                       "9223372036854775808",
                       "99999999999999999999",
                       "1e300",
                       "-1e300",
                       "1e999"};

/// Sees to it that nothing is left at the end of a test.
struct nothing_started {
  ~nothing_started() {
    CHECK(processes_of_pools().empty());
  }
};

} // namespace

// -- wrong types and numbers --------------------------------------------------

TEST_CASE_METHOD(nothing_started,
                 "a value of the wrong type in the file starts nothing",
                 "[options]") {
  for (auto& x : option_table())
    for (auto& value : wrong_in_file(x.shape))
      check_refused_in_file(x, value);
}

TEST_CASE_METHOD(nothing_started,
                 "a value of the wrong type on the command line starts nothing",
                 "[options]") {
  for (auto& x : option_table())
    for (auto& value : wrong_on_line(x.shape))
      check_refused_on_line(x, value);
}

TEST_CASE_METHOD(nothing_started, "an enormous number starts nothing",
                 "[options]") {
  for (auto& x : option_table())
    for (auto& value : enormous) {
      check_refused_in_file(x, value);
      if (x.shape == option_shape::number)
        check_refused_on_line(x, value);
    }
}

TEST_CASE_METHOD(nothing_started,
                 "zero is refused or what the option is from then on",
                 "[options]") {
  for (auto& x : option_table()) {
    if (x.shape != option_shape::number)
      continue;
    INFO(x.name);
    for (auto& args : {strings{}, strings{"--" + x.name + "=0"}}) {
      config cfg;
      temporary_folder folder;
      folder.write("f.conf", args.empty() ? x.name + " = 0" : "");
      auto file = folder / "f.conf";
      auto err = cfg.parse(args, file.c_str());
      if (err)
        CHECK_THAT(describe(err), ContainsSubstring(x.name + ": expected ")
                                    && EndsWith(", got 0"));
      else
        CHECK(x.show(cfg.pool) == "0");
    }
  }
}

// -- texts --------------------------------------------------------------------

TEST_CASE_METHOD(nothing_started,
                 "a text of a megabyte is refused or taken as it is",
                 "[options]") {
  auto text = std::string(1'000'000, 'x');
  for (auto& x : option_table()) {
    INFO(x.name);
    config cfg;
    auto err = cfg.parse({"--" + x.name + '=' + text}, "/no/such/file");
    if (err)
      CHECK(code_of(err) == errc::bad_options);
    else
      CHECK(x.show(cfg.pool).find(text) != std::string::npos);
  }
}

// -- names --------------------------------------------------------------------

TEST_CASE_METHOD(
  nothing_started,
  "a name that is misspelt starts nothing and is told the right one",
  "[options]") {
  for (auto& x : option_table()) {
    auto check = [&](const std::string& name) {
      INFO(name);
      auto hint = "did you mean " + x.name + "?";
      check_refused(run(name + " = 1"), "f.conf:1: " + name + ": unknown key",
                    hint);
      check_refused(run("", {"--" + name + "=1"}),
                    "command line: " + name + ": unknown key", hint);
    };
    check(x.name + 'x');
    check(x.name.substr(0, x.name.size() - 1));
    auto dash = x.name.rfind('-');
    if (dash > x.name.rfind('.'))
      check(std::string{x.name}.replace(dash, 1, "_"));
  }
}

TEST_CASE_METHOD(nothing_started,
                 "a name in no group starts nothing and is told the right one",
                 "[options]") {
  for (auto& x : option_table()) {
    auto name = "venomous.elsewhere" + x.name.substr(x.name.rfind('.'));
    INFO(name);
    check_refused(run(name + " = 1"), "f.conf:1: " + name + ": unknown key",
                  "did you mean " + x.name + "?");
  }
}

TEST_CASE_METHOD(nothing_started,
                 "an option without a value, or with two, starts nothing",
                 "[options]") {
  for (auto& x : option_table()) {
    INFO(x.name);
    auto arg = "--" + x.name;
    check_refused(run(x.name + " ="), "f.conf:1: " + x.name, "no value");
    check_refused(run("", {arg}), "command line: " + x.name, "no value");
    check_refused(run("", {arg + '='}), "command line: " + x.name, "no value");
    check_refused(run(x.name + " = 1\n" + x.name + " = 1"),
                  "f.conf:2: " + x.name, "given twice");
    if (x.shape != option_shape::texts && x.shape != option_shape::values)
      check_refused(run("", {arg + "=1", arg + "=1"}),
                    "command line: " + x.name, "given twice");
  }
}
