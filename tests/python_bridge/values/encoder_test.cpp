#include "venomous/encoder.hpp"

#include "tests/value_tools.hpp"

#include <limits>

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

TEST_CASE("the wire has the bytes that Python expects", "[encoder]") {
  CHECK(encoded(2.0) == "\xcb\x40\0\0\0\0\0\0\0"s);
  CHECK(encoded(2.0f) == encoded(2.0));
  CHECK(encoded(2) == "\x02");
  CHECK(encoded(true) == "\xc3");
  CHECK(encoded("ab")
        == "\xa2"
           "ab");
  CHECK(encoded(to_bytes("ab"))
        == "\xc4\x02"
           "ab");
  CHECK(encoded(std::vector{1, 2}) == "\x92\x01\x02");
  CHECK(encoded(std::map<int, int>{{1, 2}}) == "\x81\x01\x02");
  CHECK(encoded(std::tuple<>{}) == "\xd4\x02\x90");
  CHECK(encoded(std::pair{1, 2}) == "\xc7\x03\x02\x92\x01\x02");
  CHECK(encoded(std::pair{1, std::tuple{5}})
        == "\xc7\x06\x02\x92\x01\xd5\x02\x91\x05");
}

TEST_CASE("an int leaves 64 bits only if it has to", "[encoder]") {
  auto parse = [](auto text) {
    return value{*big_integer::parse(text)};
  };
  CHECK(parse("5") == value{5});
  CHECK(parse("-9223372036854775808")
        == value{std::numeric_limits<int64_t>::min()});
  CHECK(parse("18446744073709551615")
        == value{std::numeric_limits<uint64_t>::max()});
  CHECK(encoded(parse("18446744073709551616"))
        == "\xc7\x09\x01\x01\0\0\0\0\0\0\0\0"s);
  CHECK(encoded(parse("-9223372036854775809"))
        == "\xc7\x09\x01\xff\x7f\xff\xff\xff\xff\xff\xff\xff");
}

TEST_CASE("what exceeds 4 GiB is refused before it is read", "[encoder]") {
  char c = 'x';
  std::string_view huge{&c, size_t{1} << 32};
  CHECK_THROWS_AS(value{huge}, std::length_error);
}
