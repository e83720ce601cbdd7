#include "venomous/error.hpp"

#include "tests/catch.hpp"
#include "tests/through_network.hpp"

#include "venomous/config.hpp"
#include "venomous/messages.hpp"
#include "venomous/value.hpp"

#include <map>
#include <vector>

using namespace venomous;

using Catch::Matchers::ContainsSubstring;

namespace {

/// Sends an error through CAF's serialization.
caf::error transported(caf::error err) {
  config cfg;
  caf::actor_system system{cfg};
  caf::error result;
  REQUIRE_FALSE(test::through_network(&system, err, result));
  return result;
}

} // namespace

TEST_CASE("a value that is not what was asked for is described by its parts",
          "[error]") {
  std::map<std::string, std::vector<std::string>> prices{{"a", {"x"}}};
  auto wrong = value{prices}.as<std::map<std::string, std::vector<double>>>();
  REQUIRE_FALSE(wrong);
  auto err = transported(wrong.error());
  auto mismatch = value_mismatch_of(err);
  REQUIRE(mismatch);
  CHECK(mismatch->path == "['a'][0]");
  CHECK(mismatch->expected == "float");
  CHECK(mismatch->found == "str");
  CHECK(describe(err) == "undecodable: ['a'][0]: expected float, got str");
  CHECK(process_exit_of(err) == nullptr);
  CHECK(snake_error_of(err) == nullptr);
}

TEST_CASE("a value out of range is a mismatch as well", "[error]") {
  auto wrong = value{300}.as<int8_t>();
  REQUIRE_FALSE(wrong);
  auto mismatch = value_mismatch_of(wrong.error());
  REQUIRE(mismatch);
  CHECK(mismatch->path.empty());
  CHECK(mismatch->expected == "int from -128 to 127");
  CHECK(mismatch->found == "300");
}

TEST_CASE("bytes that are no value are no mismatch", "[error]") {
  auto wrong = value::from_bytes("\xc1").as<int>();
  REQUIRE_FALSE(wrong);
  CHECK(value_mismatch_of(wrong.error()) == nullptr);
  CHECK_THAT(describe(wrong.error()),
             ContainsSubstring("malformed MessagePack"));
}

TEST_CASE("how a process ended is told by code, signal and standard error",
          "[error]") {
  std::string text = "it ended";
  auto by_code = transported(caf::make_error(
    errc::python_died, text, process_exit{3, "", "last words"}));
  auto exit = process_exit_of(by_code);
  REQUIRE(exit);
  CHECK(exit->code == 3);
  CHECK(exit->signal.empty());
  CHECK(exit->standard_error == "last words");
  CHECK(describe(by_code) == "python_died: it ended");
  auto by_signal = transported(
    caf::make_error(errc::python_died, text, process_exit{{}, "SIGKILL", ""}));
  exit = process_exit_of(by_signal);
  REQUIRE(exit);
  CHECK_FALSE(exit->code);
  CHECK(exit->signal == "SIGKILL");
}

TEMPLATE_TEST_CASE("an enumerator is found by its name and by its number",
                   "[error]", errc, snake_status, termination_style,
                   when_busy) {
  int found = 0;
  for (int i = 0; i <= 255; ++i) {
    auto number = static_cast<uint8_t>(i);
    TestType by_number{};
    if (!from_integer(number, by_number))
      continue;
    ++found;
    CHECK(by_number == static_cast<TestType>(number));
    TestType by_name{};
    CHECK(from_string(to_string(by_number), by_name));
    CHECK(by_name == by_number);
  }
  CHECK(found >= 2);
  CHECK(found < 20);
  TestType none{};
  CHECK_FALSE(from_string("", none));
  CHECK_FALSE(from_string(to_string(static_cast<TestType>(200)) + "?", none));
}

TEST_CASE("an error without parts has none", "[error]") {
  CHECK(process_exit_of(caf::error{}) == nullptr);
  CHECK(value_mismatch_of(caf::make_error(errc::timeout, std::string{"late"}))
        == nullptr);
}
