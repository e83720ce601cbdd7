#include "venomous/big_integer.hpp"

#include "tests/value_tools.hpp"

#include <cmath>

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

TEST_CASE("a big integer keeps its digits", "[big_integer]") {
  auto text = GENERATE(
    "0"s, "1"s, "-1"s, "127"s, "128"s, "-128"s, "-129"s, "1000000000"s,
    "9223372036854775807"s, "-9223372036854775808"s, "9223372036854775808"s,
    "-9223372036854775809"s, "18446744073709551615"s, "18446744073709551616"s,
    "1" + std::string(300, '0'), "-" + std::string(999, '9'));
  auto x = big_integer::parse(text);
  REQUIRE(x);
  CHECK(to_string(*x) == text);
  CHECK(round_trip(*x) == *x);
  CHECK(big_integer::from_bytes(x->bytes()) == *x);
}

TEST_CASE("a big integer has the fewest bytes", "[big_integer]") {
  CHECK(big_integer{}.bytes() == "\0"sv);
  CHECK(big_integer{127}.bytes() == "\x7f");
  CHECK(big_integer{128}.bytes() == "\0\x80"sv);
  CHECK(big_integer{-1}.bytes() == "\xff");
  CHECK(big_integer{-128}.bytes() == "\x80");
  CHECK(big_integer{-129}.bytes() == "\xff\x7f");
  CHECK(big_integer::from_bytes("\0\0\x01"sv) == big_integer{1});
  CHECK(big_integer::from_bytes("") == big_integer{0});
  CHECK(*big_integer::parse("-0") == big_integer{0});
  CHECK(*big_integer::parse("+007") == big_integer{7});
}

TEST_CASE("what is no decimal number is no big integer", "[big_integer]") {
  for (auto text : {"", "-", "+", "1.0", "0x10", " 1", "1 ", "1_000", "--1"}) {
    CAPTURE(text);
    CHECK_FALSE(big_integer::parse(text));
  }
}

TEST_CASE("powers of two are floats up to the largest one", "[big_integer]") {
  auto power = [](size_t exponent) {
    std::string bytes(exponent / 8 + 2, '\0');
    bytes[1] = static_cast<char>(1 << exponent % 8);
    return big_integer::from_bytes(bytes);
  };
  CHECK(power(1023).exact_double() == std::ldexp(1, 1023));
  CHECK(power(1024).exact_double() == std::nullopt);
}
