#include "tests/pool_fixture.hpp"
#include "tests/value_tools.hpp"

#include "venomous/map.hpp"

#include <cmath>
#include <limits>
#include <map>

/// @file
/// What callers and Python functions hand over that is odd or no value at all.
/// Whatever it is, it is named, and the snake lives on.

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

constexpr auto not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr auto infinity = std::numeric_limits<double>::infinity();

/// One snake, which is to be the same one to the end of the test.
class one_snake {
public:
  one_snake() : pid_(pid()) {
    // nop
  }

  ~one_snake() {
    CHECK(pid() == pid_);
  }

  template <class T = value>
  caf::expected<T> call(const snake_args& args) {
    return python_wait<T>(f_.self, f_.manager, args);
  }

  /// Calls with `args` and checks the error.
  void check_error(const snake_args& args, errc code, const std::string& text) {
    auto result = call(args);
    CHECK(code_in(result) == code);
    CHECK(text_in(result) == to_string(code) + ": " + text);
  }

  /// Has Python evaluate `expression`.
  template <class T = value>
  caf::expected<T> evaluate(const std::string& expression) {
    return call<T>({"snakes", "evaluate", expression});
  }

  pool_fixture& fixture() {
    return f_;
  }

private:
  pid_t pid() {
    return checked(call<pid_t>({"os", "getpid"}));
  }

  pool_fixture f_{small_pool(1)};
  pid_t pid_;
};

value from(std::string_view bytes) {
  return value::from_bytes(std::string{bytes});
}

/// Lists in each other, the innermost empty.
std::string nested(size_t levels) {
  return std::string(levels - 1, '\x91') + '\x90';
}

const std::string undecodable_args = "the arguments cannot be decoded: ";

} // namespace

// -- what Python cannot decode ------------------------------------------------

TEST_CASE("text that is not UTF-8 is undecodable wherever it is", "[input]") {
  one_snake snake;
  auto check = [&](const snake_args& args, const std::string& path) {
    snake.check_error(args, errc::undecodable,
                      undecodable_args + path
                        + ": a str that is not valid UTF-8");
  };
  check({"snakes", "echo", "\xff"}, "args[0]");
  check({"snakes", "echo", "\xed\xa0\x80"}, "args[0]");
  check({"snakes", "echo", "cut \xc3"}, "args[0]");
  check({"snakes", "echo", std::vector<std::string>{"a", "\xc0\x80"}},
        "args[0][1]");
  check({"snakes", "echo", std::map<std::string, int>{{"\xff", 1}}}, "args[0]");
  check(snake_args{"snakes", "keywords"}.kwargs({{"\xff", 1}}), "kwargs");
  check(snake_args{"snakes", "keywords"}.kwargs({{"x", "\xff"}}),
        "kwargs[\"x\"]");
  check({"\xff", "echo", 1}, "module");
  check({"snakes", "\xff", 1}, "func");
}

TEST_CASE("bytes that are no value are undecodable", "[input]") {
  one_snake snake;
  auto check = [&](std::string_view bytes, const std::string& text) {
    snake.check_error({"snakes", "echo", from(bytes)}, errc::undecodable,
                      undecodable_args + text);
  };
  check("", "kwargs: cut off or not MessagePack");
  check("\xc1", "args[0]: cut off or not MessagePack");
  check("\xa5"sv
        "abc",
        "args[0]: cut off or not MessagePack");
  check("\x92\x01", "kwargs: cut off or not MessagePack");
  check("\x01\x02", "kwargs is not a map");
  check("\x01\x80", "there are bytes behind the arguments");
  check("\xdd\xff\xff\xff\xff",
        "args[0]: more elements are announced than there are bytes");
  check("\x82\xa1"sv
        "a\x01\xa1"sv
        "a\x02",
        "args[0]: two keys of a dict are equal");
  check("\x82\x01\x05\xcb\x3f\xf0\0\0\0\0\0\0\x06"sv,
        "args[0]: two keys of a dict are equal");
  check("\x81\x90\x01", "args[0]: a key of type list is not hashable");
  check("\x81\xd5\x02\x91\x90\x01",
        "args[0]: a key of type tuple is not hashable");
  check("\xd4\x7f\x01", "args[0]: an extension of the unknown type 127");
  check("\xd6\xff\0\0\0\0"sv, "args[0]: an extension of the unknown type -1");
}

TEST_CASE("a key that cannot be hashed may come from any C++ type", "[input]") {
  one_snake snake;
  snake.check_error(
    {"snakes", "echo", std::map<std::vector<int>, int>{{{1}, 2}}},
    errc::undecodable,
    undecodable_args + "args[0]: a key of type list is not hashable");
}

TEST_CASE("an item of a map that is no value is undecodable by itself",
          "[input]") {
  one_snake snake;
  auto& f = snake.fixture();
  std::vector<value> items{1,      from("\xc1"), from("\x02\x03"),
                           "\xff", from(""),     6};
  auto got =
    checked(python_map(f.self, f.manager, map_args{"snakes", "echo", items}));
  CHECK(got.values
        == std::vector<value>{1, nullptr, nullptr, nullptr, nullptr, 6});
  REQUIRE(got.errors.size() == 4);
  auto text = [&](size_t index) {
    auto& error = got.errors[index - 1];
    CHECK(error.index == index);
    CHECK(code_of(error.why) == errc::undecodable);
    return describe(error.why);
  };
  const auto prefix = "undecodable: the item cannot be decoded: "s;
  CHECK(text(1) == prefix + "item: cut off or not MessagePack");
  CHECK(text(2) == prefix + "there are bytes behind the item");
  CHECK(text(3) == prefix + "item: a str that is not valid UTF-8");
  CHECK(text(4) == prefix + "item: cut off or not MessagePack");
}

// -- what Python cannot send --------------------------------------------------

TEST_CASE("a str with surrogates is unencodable wherever it is", "[input]") {
  one_snake snake;
  auto check = [&](const std::string& expression, const std::string& path) {
    snake.check_error({"snakes", "evaluate", expression}, errc::unencodable,
                      "the result cannot be sent: " + path);
  };
  const auto why = " is a str with surrogates, which UTF-8 does not permit"s;
  check("chr(0xd800)", "object at result" + why);
  check("[1, 'a' + chr(0xdfff)]", "object at result[1]" + why);
  check("{'x': (chr(0xdc80),)}", "object at result[\"x\"][0]" + why);
  check("{chr(0xd800): 1}", "a key of the dict at result" + why);
}

TEST_CASE("an exception whose text has surrogates is an answer", "[input]") {
  one_snake snake;
  auto result = snake.evaluate("int(chr(0xd800))");
  CHECK(code_in(result) == errc::python_exception);
  auto details = snake_error_of(result.error());
  REQUIRE(details != nullptr);
  CHECK(details->exception == "ValueError");
  CHECK(details->error == "invalid literal for int() with base 10: '\\ud800'");
  result = snake.call({"snakes", "raise_surrogates"});
  CHECK(code_in(result) == errc::python_exception);
  details = snake_error_of(result.error());
  REQUIRE(details != nullptr);
  CHECK(details->exception == "snakes.Misfortune");
  CHECK(details->error == "\\ud800");
}

// -- numbers ------------------------------------------------------------------

TEST_CASE("NaN, infinities and -0.0 pass within containers", "[input]") {
  one_snake snake;
  std::vector<double> xs{not_a_number, infinity, -infinity, -0.0};
  CHECK(checked(snake.call<std::string>({"snakes", "show", xs}))
        == "list [nan, inf, -inf, -0.0]");
  auto back = checked(snake.call<std::vector<double>>({"snakes", "echo", xs}));
  REQUIRE(back.size() == 4);
  CHECK(std::isnan(back[0]));
  CHECK(back[1] == infinity);
  CHECK(back[2] == -infinity);
  CHECK((back[3] == 0 && std::signbit(back[3])));
  auto singles =
    checked(snake.call<std::vector<float>>({"snakes", "echo", xs}));
  REQUIRE(singles.size() == 4);
  CHECK(std::isnan(singles[0]));
  CHECK(singles[1] == static_cast<float>(infinity));
  CHECK(std::signbit(singles[3]));
  auto dict = std::map<std::string, double>{{"x", not_a_number}};
  CHECK(checked(snake.call<std::string>({"snakes", "show", dict}))
        == "dict {'x': nan}");
  CHECK(
    checked(snake.evaluate<std::string>("repr({float('nan'): float('-inf')})"))
    == "{nan: -inf}");
  auto values =
    checked(snake.evaluate<std::map<double, double>>("{-0.0: float('-inf')}"));
  CHECK(values == std::map<double, double>{{0, -infinity}});
}

TEST_CASE("an infinity is no int", "[input]") {
  one_snake snake;
  auto result = snake.evaluate<int64_t>("float('inf')");
  CHECK(code_in(result) == errc::undecodable);
  CHECK(text_in(result) == "undecodable: expected int, got float");
}

TEST_CASE("integers at the edges of 64 bits pass or say that they do not fit",
          "[input]") {
  one_snake snake;
  auto check_big = [&](const std::string& digits) {
    INFO(digits);
    auto number = checked(big_integer::parse(digits));
    CHECK(checked(snake.call<std::string>({"snakes", "show", number}))
          == "int " + digits);
    CHECK(checked(snake.evaluate<big_integer>(digits)) == number);
  };
  for (auto digits :
       {"9223372036854775807", "9223372036854775808", "18446744073709551615",
        "18446744073709551616", "-9223372036854775808", "-9223372036854775809",
        "-18446744073709551616"})
    check_big(digits);
  CHECK(checked(snake.evaluate<uint64_t>("2**63")) == uint64_t{1} << 63);
  CHECK(checked(snake.evaluate<uint64_t>("2**64 - 1")) == UINT64_MAX);
  CHECK(checked(snake.evaluate<int64_t>("-2**63")) == INT64_MIN);
  auto refused = [&](auto type, const std::string& expression,
                     const std::string& text) {
    auto result = snake.evaluate<decltype(type)>(expression);
    CHECK(code_in(result) == errc::undecodable);
    CHECK(text_in(result) == "undecodable: expected int from " + text);
  };
  const auto of_signed = "-9223372036854775808 to 9223372036854775807"s;
  const auto of_unsigned = "0 to 18446744073709551615"s;
  refused(int64_t{}, "2**63", of_signed + ", got 9223372036854775808");
  refused(int64_t{}, "-2**63 - 1", of_signed + ", got -9223372036854775809");
  refused(uint64_t{}, "2**64", of_unsigned + ", got 18446744073709551616");
  refused(uint64_t{}, "-1", of_unsigned + ", got -1");
}

// -- names --------------------------------------------------------------------

TEST_CASE("names of nothing are exceptions of Python", "[input]") {
  one_snake snake;
  auto check = [&](const snake_args& args, const std::string& text) {
    auto result = snake.call(args);
    CHECK(code_in(result) == errc::python_exception);
    auto details = snake_error_of(result.error());
    REQUIRE(details != nullptr);
    CHECK(details->exception + ": " + details->error == text);
  };
  check({}, "ValueError: Empty module name");
  check({"", "echo", 1}, "ValueError: Empty module name");
  check({"snakes", "", 1},
        "AttributeError: module 'snakes' has no attribute ''");
  check({"snakes", ".", 1},
        "AttributeError: module 'snakes' has no attribute ''");
  check({"snakes", "account..add", 1},
        "AttributeError: 'Account' object has no attribute ''");
  check({".", "echo", 1}, "ModuleNotFoundError: No module named '.'");
  check({".snakes", "echo", 1}, "ValueError: Empty module name");
  check({"snakes\0x"s, "echo", 1},
        "ModuleNotFoundError: No module named 'snakes\\x00x'");
  check({"snakes", "echo\0"s, 1},
        "AttributeError: module 'snakes' has no attribute 'echo\0'"s);
  check({"schl\u00e4ngchen", "echo", 1},
        "ModuleNotFoundError: No module named 'schl\u00e4ngchen'");
  check({"snakes", "gr\u00f6\u00dfe", 1},
        "AttributeError: module 'snakes' has no attribute 'gr\u00f6\u00dfe'");
}

TEST_CASE("a name need not be ASCII", "[input]") {
  one_snake snake;
  CHECK(checked(snake.call<int>({"snakes", "l\u00e4nge", "\u00e4\u00f6"}))
        == 2);
  CHECK(checked(snake.call<std::string>(
          {"snakes", "show", std::map<std::string, int>{{"\u00e4", 1}}}))
        == "dict {'\u00e4': 1}");
}

TEST_CASE("a name of a megabyte is an exception of Python", "[input]") {
  one_snake snake;
  auto name = std::string(1'000'000, 'x');
  auto module = snake.call({name, "echo", 1});
  CHECK(code_in(module) == errc::python_exception);
  CHECK(snake_error_of(module.error())->exception == "ModuleNotFoundError");
  auto func = snake.call({"snakes", name, 1});
  CHECK(code_in(func) == errc::python_exception);
  CHECK_THAT(snake_error_of(func.error())->error,
             StartsWith("module 'snakes' has no attribute 'xxx"));
  auto dots = std::string(1'000'000, '.');
  auto nothing = snake.call({"snakes", dots, 1});
  CHECK(code_in(nothing) == errc::python_exception);
  CHECK(snake_error_of(nothing.error())->error
        == "module 'snakes' has no attribute ''");
}

TEST_CASE("a keyword may be any text", "[input]") {
  one_snake snake;
  auto show = [&](const snake_args& args) {
    return to_string(checked(snake.call(args)));
  };
  snake_args call{"snakes", "keywords"};
  CHECK(show(call) == "[[], {}]");
  CHECK(show(call.kwargs({{"", 1}})) == "[[], {'': 1}]");
  CHECK(show(call.kwargs({{"", 2}, {"a b", 3}})) == "[[], {'': 2, 'a b': 3}]");
  CHECK(show(snake_args{"snakes", "keywords"}.kwargs({{"\0"sv, 1}}))
        == "[[], {'\\x00': 1}]");
  auto name = std::string(1'000'000, 'k');
  auto result = checked(
    snake.call<std::tuple<std::vector<value>, std::map<std::string, int>>>(
      snake_args{"snakes", "keywords"}.kwargs({{name, 1}})));
  CHECK(std::get<1>(result) == std::map<std::string, int>{{name, 1}});
}

// -- depth --------------------------------------------------------------------

TEST_CASE("512 levels pass both ways and 513 neither", "[input]") {
  one_snake snake;
  auto deepest = from(nested(max_depth));
  CHECK(checked(snake.call({"snakes", "echo", deepest})) == deepest);
  CHECK(
    checked(checked(snake.call({"snakes", "nested", max_depth})).as<value>())
    == deepest);
  auto there = snake.call({"snakes", "echo", from(nested(max_depth + 1))});
  CHECK(code_in(there) == errc::undecodable);
  CHECK_THAT(text_in(there),
             StartsWith("undecodable: " + undecodable_args + "args[0][0]")
               && EndsWith(": nested deeper than 512 levels"));
  auto back = snake.call({"snakes", "nested", max_depth + 1});
  CHECK(code_in(back) == errc::unencodable);
  CHECK_THAT(text_in(back), ContainsSubstring("nested deeper than 512 levels"));
}
