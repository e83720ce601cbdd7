#include "venomous/value.hpp"

#include "tests/through_network.hpp"
#include "tests/value_tools.hpp"

#include <caf/deep_to_string.hpp>

#include <cmath>
#include <limits>

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

// -- sharing ------------------------------------------------------------------

TEST_CASE("a frame is handed over without a copy", "[value]") {
  auto buffer = std::make_shared<char[]>(16, '\x07');
  buffer[3] = '\x92';
  auto x = value::from_buffer(buffer, 3, 3);
  CHECK(x.bytes().data() == buffer.get() + 3);
  auto parts = x.as<std::vector<value>>();
  REQUIRE(parts);
  CHECK(parts->at(1).bytes().data() == buffer.get() + 5);
  CHECK(*parts->at(1).as<int>() == 7);
}

TEST_CASE("copies share their bytes, and outlive what they came from",
          "[value]") {
  value part;
  {
    value x = std::vector{"some text that is long enough", "b"};
    auto copy = x;
    CHECK(copy.bytes().data() == x.bytes().data());
    part = x.as<std::vector<value>>()->at(0);
  }
  CHECK(*part.as<std::string>() == "some text that is long enough");
}

TEST_CASE("a value that was moved from is None", "[value]") {
  value x = "text";
  auto y = std::move(x);
  CHECK(*y.as<std::string>() == "text");
  CHECK(x.is_none());
}

TEST_CASE("values are equal if their bytes are", "[value]") {
  CHECK(value{1} == value{1u});
  CHECK(value{} == value{nullptr});
  CHECK_FALSE(value{1} == value{1.0});
  CHECK_FALSE(value{"a"} == value{"ab"});
}

// -- rendering ----------------------------------------------------------------

TEST_CASE("a value looks as in Python", "[value]") {
  using dict = std::map<std::string, value>;
  CHECK(to_string(value{}) == "None");
  CHECK(to_string(true) == "True");
  CHECK(to_string(false) == "False");
  CHECK(to_string(value{-5}) == "-5");
  CHECK(to_string(value{std::numeric_limits<uint64_t>::max()})
        == "18446744073709551615");
  CHECK(to_string(value{*big_integer::parse("-99999999999999999999")})
        == "-99999999999999999999");
  CHECK(to_string(value{2.0}) == "2.0");
  CHECK(to_string(value{-0.0}) == "-0.0");
  CHECK(to_string(value{0.1}) == "0.1");
  CHECK(to_string(value{1e15}) == "1000000000000000.0");
  CHECK(to_string(value{1e16}) == "1e+16");
  CHECK(to_string(value{1e-5}) == "1e-05");
  CHECK(to_string(value{std::nan("")}) == "nan");
  CHECK(to_string(value{-std::numeric_limits<double>::infinity()}) == "-inf");
  CHECK(to_string(value{"it's \\ \n\r\t\x01 \xc3\xa4"})
        == "'it\\'s \\\\ \\n\\r\\t\\x01 \xc3\xa4'");
  CHECK(to_string(value{to_bytes("a\xff")}) == "b'a\\xff'");
  CHECK(to_string(value{std::vector<int>{}}) == "[]");
  CHECK(to_string(value{std::vector{1, 2}}) == "[1, 2]");
  CHECK(to_string(value{std::tuple<>{}}) == "()");
  CHECK(to_string(value{std::tuple{1}}) == "(1,)");
  CHECK(to_string(value{std::tuple{1, 2}}) == "(1, 2)");
  CHECK(to_string(value{dict{{"a", 1}, {"b", {}}}}) == "{'a': 1, 'b': None}");
}

TEST_CASE("what is long is cut off when rendered", "[value]") {
  CHECK(to_string(value{std::string(998, 'x')})
        == "'" + std::string(998, 'x') + "'");
  CHECK(to_string(value{std::string(999, 'x')})
        == "'" + std::string(999, 'x') + "...");
  CHECK(to_string(value{std::vector<int>(1'000'000)})
        == "[" + repeat("0, ", 333) + "...");
  // Not in the midst of a character.
  CHECK(to_string(value{repeat("\xc3\xa4", 1'000)})
        == "'" + repeat("\xc3\xa4", 499) + "...");
  CHECK(to_string(value{*big_integer::parse("1" + std::string(2'000, '0'))})
        == "an int of 831 bytes");
}

// -- CAF ----------------------------------------------------------------------

TEST_CASE("a value travels through CAF", "[value]") {
  std::vector<value> source{everything(), {}};
  std::vector<value> result;
  REQUIRE_FALSE(test::through_network(nullptr, source, result));
  CHECK(result == source);
  CHECK(result.back().is_none());
}

TEST_CASE("CAF renders a value as Python would", "[value]") {
  auto message = caf::make_message(value{"text"}, value{1});
  CHECK(caf::deep_to_string(value{std::vector{1, 2}}) == "[1, 2]");
  CHECK_THAT(to_string(message), Catch::Matchers::EndsWith("('text', 1)"));
  CHECK(message.get_as<value>(1) == value{1});
}
