#include "venomous/value.hpp"

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/deep_to_string.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

using namespace venomous;
using namespace std::literals;

namespace {

// -- structs that users may have ----------------------------------------------

struct item {
  std::string name;
  double price = 0;
  std::optional<int> count;

  bool operator==(const item&) const = default;

  MSGPACK_DEFINE_MAP(name, price, count)
};

struct order {
  int64_t id = 0;
  std::vector<item> items;

  bool operator==(const order&) const = default;

  MSGPACK_DEFINE_MAP(id, items)
};

struct base {
  int number = 0;

  bool operator==(const base&) const = default;

  MSGPACK_DEFINE_MAP(number)
};

struct derived : base {
  std::string text;

  bool operator==(const derived&) const = default;

  MSGPACK_DEFINE_MAP(MSGPACK_BASE_MAP(base), MSGPACK_NVP("class", text))
};

/// Fields that msgpack itself knows nothing of.
struct any_fields {
  value anything;
  big_integer big;
  std::variant<std::monostate, bool, std::string> choice;
  std::tuple<int, std::string> tuple;
  bytes data;

  bool operator==(const any_fields&) const = default;

  MSGPACK_DEFINE_MAP(anything, big, choice, tuple, data)
};

struct two_fields {
  value anything;
  std::variant<int, std::string> choice;

  MSGPACK_DEFINE_MAP(anything, choice)
};

struct tree {
  std::vector<tree> children;

  MSGPACK_DEFINE_MAP(children)
};

/// Two structs that only their last field tells apart.
struct node_a;
struct node_b;

using node = std::variant<node_a, node_b>;

struct node_a {
  std::vector<node> next;
  int a = 0;

  MSGPACK_DEFINE_MAP(next, a)
};

struct node_b {
  std::vector<node> next;
  int b = 0;

  MSGPACK_DEFINE_MAP(next, b)
};

// -- tools --------------------------------------------------------------------

bytes to_bytes(std::string_view text) {
  auto first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

std::string encoded(const value& x) {
  return {x.bytes().begin(), x.bytes().end()};
}

template <class T>
T round_trip(const T& x) {
  auto result = value{x}.as<T>();
  REQUIRE(result);
  return *result;
}

/// Returns why `x` is no `T`.
template <class T>
std::string why_not(const value& x) {
  auto result = x.as<T>();
  if (result)
    return "it is one";
  REQUIRE(code_of(result.error()) == errc::undecodable);
  return *compat::error_context<std::string>(result.error());
}

std::string repeat(std::string_view text, size_t times) {
  std::string result;
  for (size_t i = 0; i < times; ++i)
    result += text;
  return result;
}

/// Returns as many lists, each the only element of the one around it.
value nested_lists(size_t depth) {
  return value::from_bytes(repeat("\x91", depth - 1) + "\x90");
}

/// One of everything.
value everything() {
  using dict = std::map<std::string, value>;
  return std::vector<value>{
    nullptr,
    true,
    1,
    -1,
    300,
    -70'000,
    1l << 40,
    1.5,
    "text",
    repeat("long", 100),
    to_bytes("data"),
    std::pair{1, std::pair{2, 3}},
    dict{{"a", 1}, {"b", std::vector{1, 2}}},
    std::vector<int>(20),
    *big_integer::parse("123456789012345678901234567890"),
    std::numeric_limits<uint64_t>::max(),
    std::vector<int>(70'000)};
}

} // namespace

// -- round trips --------------------------------------------------------------

TEMPLATE_TEST_CASE("an integer comes back from both ends of its range",
                   "[value]", int8_t, int16_t, int32_t, int64_t, long long,
                   uint8_t, uint16_t, uint32_t, uint64_t, unsigned long long) {
  using limits = std::numeric_limits<TestType>;
  for (auto x : {limits::min(), TestType{0}, TestType{1}, limits::max()})
    CHECK(round_trip(x) == x);
}

TEST_CASE("an integer of any length comes back", "[value]") {
  for (auto shift = 0; shift < 63; ++shift)
    for (auto offset : {-1, 0, 1}) {
      auto x = (int64_t{1} << shift) + offset;
      CHECK(round_trip(x) == x);
      CHECK(round_trip(-x) == -x);
    }
}

TEST_CASE("a float comes back", "[value]") {
  auto infinity = std::numeric_limits<double>::infinity();
  for (auto x : {0.0, 2.0, -2.5, 0.1, 1e300, 5e-324, infinity, -infinity})
    CHECK(round_trip(x) == x);
  CHECK(std::signbit(round_trip(-0.0)));
  CHECK(std::isnan(round_trip(std::nan(""))));
  CHECK(round_trip(0.1f) == 0.1f);
}

TEST_CASE("text of any length comes back", "[value]") {
  for (auto size : {0, 1, 31, 32, 255, 256, 65'535, 65'536}) {
    auto x = std::string(static_cast<size_t>(size), 'x');
    CHECK(round_trip(x) == x);
    CHECK(round_trip(to_bytes(x)) == to_bytes(x));
  }
  CHECK(round_trip("\0\xff \xc3\xa4"s) == "\0\xff \xc3\xa4"s);
}

TEST_CASE("containers of any length come back", "[value]") {
  for (auto size : {0, 1, 15, 16, 65'535, 65'536}) {
    std::vector<int> list(static_cast<size_t>(size), 7);
    CHECK(round_trip(list) == list);
    std::map<int, int> map;
    for (auto i = 0; i < size; ++i)
      map.emplace(i, -i);
    CHECK(round_trip(map) == map);
  }
}

TEST_CASE("every kind of container comes back", "[value]") {
  std::vector<std::string> list{"a", "", "c"};
  CHECK(round_trip(list) == list);
  std::vector<bool> flags{true, false, true};
  CHECK(round_trip(flags) == flags);
  std::array<double, 2> array{1, 2.5};
  CHECK(round_trip(array) == array);
  std::list<int> linked{1, 2};
  CHECK(round_trip(linked) == linked);
  std::deque<int> deque{1, 2};
  CHECK(round_trip(deque) == deque);
  std::vector<unsigned char> data{0, 255};
  CHECK(round_trip(data) == data);
  std::map<std::string, std::vector<int>> map{{"a", {1}}, {"b", {}}};
  CHECK(round_trip(map) == map);
  std::unordered_map<int, bool> hash{{1, true}, {2, false}};
  CHECK(round_trip(hash) == hash);
  std::pair pair{1, "x"s};
  CHECK(round_trip(pair) == pair);
  std::tuple tuple{1, 2.0, true, "x"s, std::tuple<>{}};
  CHECK(round_trip(tuple) == tuple);
}

TEST_CASE("None, optional and variant come back", "[value]") {
  using choice = std::variant<std::monostate, int, std::string>;
  CHECK(value{}.is_none());
  CHECK(value{nullptr}.is_none());
  CHECK(value{std::monostate{}}.is_none());
  CHECK_FALSE(value{0}.is_none());
  CHECK(round_trip(std::optional<int>{}) == std::nullopt);
  CHECK(round_trip(std::optional{5}) == 5);
  for (auto& x : {choice{}, choice{1}, choice{"x"s}})
    CHECK(round_trip(x) == x);
  CHECK(value{}.as<std::nullptr_t>());
}

TEST_CASE("what C++ only refers to can be sent", "[value]") {
  auto data = to_bytes("ab");
  CHECK(value{"text"} == value{"text"s});
  CHECK(value{"text"sv} == value{"text"s});
  CHECK(value{static_cast<const char*>("text")} == value{"text"s});
  CHECK(value{std::span<const std::byte>{data}} == value{data});
  CHECK_FALSE(decodable<const char*>);
  CHECK_FALSE(decodable<std::string_view>);
}

TEST_CASE("what has no twin in Python does not convert by chance", "[value]") {
  struct plain {};
  CHECK_FALSE(encodable<plain>);
  CHECK_FALSE(encodable<int*>);
  CHECK_FALSE(encodable<char>);
  CHECK_FALSE(encodable<errc>);
  CHECK_FALSE(encodable<std::vector<plain>>);
  CHECK_FALSE(encodable<std::map<std::string, plain>>);
  CHECK_FALSE(std::is_convertible_v<plain, value>);
}

// -- exact bytes --------------------------------------------------------------

TEST_CASE("the wire has the bytes that Python expects", "[value]") {
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

TEST_CASE("an int leaves 64 bits only if it has to", "[value]") {
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

// -- big integers -------------------------------------------------------------

TEST_CASE("a big integer keeps its digits", "[value]") {
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

TEST_CASE("a big integer has the fewest bytes", "[value]") {
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

TEST_CASE("what is no decimal number is no big integer", "[value]") {
  for (auto text : {"", "-", "+", "1.0", "0x10", " 1", "1 ", "1_000", "--1"}) {
    CAPTURE(text);
    CHECK_FALSE(big_integer::parse(text));
  }
}

TEST_CASE("an int that Python could have sent shorter is the same", "[value]") {
  auto x = value::from_bytes("\xc7\x0a\x01\0\0\0\0\0\0\0\0\0\x05"s);
  CHECK(*x.as<int>() == 5);
  CHECK(*x.as<big_integer>() == big_integer{5});
  CHECK(*value::from_bytes("\xd1\xff\xff").as<int>() == -1);
}

// -- conversions --------------------------------------------------------------

TEST_CASE("a float takes an int that is the same number", "[value]") {
  CHECK(*value{2}.as<double>() == 2.0);
  CHECK(*value{-3}.as<double>() == -3.0);
  CHECK(*value{1l << 60}.as<double>() == std::ldexp(1, 60));
  CHECK(
    *value{*big_integer::parse("-1267650600228229401496703205376")}.as<double>()
    == -std::ldexp(1, 100));
  CHECK(*value{16'777'216}.as<float>() == 16'777'216.0f);
  CHECK(why_not<double>(9'007'199'254'740'993)
        == "expected float, got int 9007199254740993, which no float is equal "
           "to");
  CHECK(why_not<float>(16'777'217)
        == "expected float of single precision, got 16777217.0");
  CHECK(why_not<float>(1e300)
        == "expected float of single precision, got 1e+300");
}

TEST_CASE("powers of two are floats up to the largest one", "[value]") {
  auto power = [](size_t exponent) {
    std::string bytes(exponent / 8 + 2, '\0');
    bytes[1] = static_cast<char>(1 << exponent % 8);
    return big_integer::from_bytes(bytes);
  };
  CHECK(power(1023).exact_double() == std::ldexp(1, 1023));
  CHECK(power(1024).exact_double() == std::nullopt);
}

TEST_CASE("a tuple decodes as a list and a list as a tuple", "[value]") {
  CHECK(*value{std::pair{1, 2}}.as<std::vector<int>>() == std::vector{1, 2});
  CHECK(*value{std::vector{1, 2}}.as<std::pair<int, int>>() == std::pair{1, 2});
  CHECK(*value{std::pair{1, 2}}.as<std::array<int, 2>>() == std::array{1, 2});
}

TEST_CASE("a variant takes the alternative of the very kind", "[value]") {
  using number = std::variant<double, int64_t>;
  CHECK(*value{2}.as<number>() == number{int64_t{2}});
  CHECK(*value{2.0}.as<number>() == number{2.0});
  using float_or_text = std::variant<float, std::string>;
  CHECK(*value{2}.as<float_or_text>() == float_or_text{2.0f});
  using size = std::variant<int8_t, int64_t>;
  CHECK(value{300}.as<size>()->index() == 1);
  using lists = std::variant<std::vector<int>, std::vector<std::string>,
                             std::pair<int, int>>;
  CHECK(value{std::vector{"a", "b"}}.as<lists>()->index() == 1);
  CHECK(value{std::pair{1, 2}}.as<lists>()->index() == 2);
}

TEST_CASE("an alternative that fails leaves nothing behind", "[value]") {
  using choice = std::variant<std::vector<int>, std::vector<std::string>>;
  std::vector<value> xs{std::vector{"a"}, std::vector{1}, std::vector{"b"}};
  auto result = value{xs}.as<std::vector<choice>>();
  REQUIRE(result);
  CHECK(result->at(0) == choice{std::vector{"a"s}});
  CHECK(result->at(1) == choice{std::vector{1}});
  CHECK(result->at(2) == choice{std::vector{"b"s}});
}

// -- mismatches ---------------------------------------------------------------

TEST_CASE("a mismatch says where, what was asked and what was there",
          "[value]") {
  using dict = std::map<std::string, value>;
  CHECK(why_not<double>("x") == "expected float, got str");
  CHECK(why_not<bool>(1) == "expected bool, got int");
  CHECK(why_not<int>(true) == "expected int, got bool");
  CHECK(why_not<int>(1.0) == "expected int, got float");
  CHECK(why_not<double>(true) == "expected float, got bool");
  CHECK(why_not<std::string>(to_bytes("x")) == "expected str, got bytes");
  CHECK(why_not<bytes>("x") == "expected bytes, got str");
  CHECK(why_not<std::string>({}) == "expected str, got None");
  CHECK(why_not<std::nullptr_t>(0) == "expected None, got int");
  CHECK(why_not<int>(std::pair{1, 2}) == "expected int, got tuple");
  CHECK(why_not<std::vector<int>>(dict{}) == "expected list, got dict");
  CHECK(why_not<dict>(std::vector{1}) == "expected dict, got list");
  CHECK(why_not<big_integer>(1.5) == "expected int, got float");
  CHECK(why_not<int8_t>(300) == "expected int from -128 to 127, got 300");
  CHECK(why_not<uint8_t>(-1) == "expected int from 0 to 255, got -1");
  CHECK(why_not<int64_t>(std::numeric_limits<uint64_t>::max())
        == "expected int from -9223372036854775808 to 9223372036854775807, "
           "got 18446744073709551615");
  CHECK(why_not<uint16_t>(*big_integer::parse("1" + std::string(99, '0')))
        == "expected int from 0 to 65535, got an int of 42 bytes");
  CHECK(why_not<std::pair<int, int>>(std::tuple{1, 2, 3})
        == "expected tuple of 2, got tuple of 3");
  CHECK(why_not<std::array<int, 2>>(std::vector{1})
        == "expected list of 2, got list of 1");
  CHECK(why_not<std::optional<int>>("x") == "expected int, got str");
  CHECK(why_not<std::variant<int, std::string>>(1.5)
        == "expected int or str, got float");
  CHECK(why_not<std::variant<std::vector<int>, bool>>(std::vector{"x"})
        == "[0]: expected int, got str");
}

TEST_CASE("a mismatch deep inside has its path", "[value]") {
  std::vector<std::string> names{"a", "b"};
  CHECK(why_not<std::vector<int>>(std::vector<value>{1, 2, "x"})
        == "[2]: expected int, got str");
  CHECK(why_not<std::pair<int, std::vector<int>>>(std::pair{1, names})
        == "[1][0]: expected int, got str");
  CHECK(why_not<std::map<std::string, int>>(
          std::map<std::string, std::string>{{"it's", "x"}})
        == R"(['it\'s']: expected int, got str)");
  CHECK(why_not<std::map<int, int>>(std::map<int, std::string>{{7, "x"}})
        == "[7]: expected int, got str");
  CHECK(why_not<std::map<int, int>>(std::map<std::string, int>{{"x", 7}})
        == "key: expected int, got str");
}

// -- structs ------------------------------------------------------------------

TEST_CASE("a struct comes back, with what it contains", "[value]") {
  order x{7, {{"a", 1, 2}, {"b", 2.5, std::nullopt}}};
  CHECK(round_trip(x) == x);
  std::map<std::string, std::optional<order>> map{{"x", x}, {"y", {}}};
  CHECK(round_trip(map) == map);
  any_fields any{"text",
                 *big_integer::parse("-99999999999999999999"),
                 true,
                 {1, "x"},
                 to_bytes("data")};
  CHECK(round_trip(any) == any);
  derived child;
  child.number = 1;
  child.text = "x";
  CHECK(round_trip(child) == child);
}

TEST_CASE("a struct is a dict whose floats are floats", "[value]") {
  CHECK(encoded(item{"a", 2, 1})
        == "\x83\xa4name\xa1"
           "a\xa5price\xcb\x40\0\0\0\0\0\0\0\xa5"
           "count\x01"s);
}

TEST_CASE("the order of the fields does not matter", "[value]") {
  using dict = std::map<std::string, value>;
  auto x = value{dict{{"count", nullptr}, {"name", "a"}, {"price", 2}}};
  CHECK(*x.as<item>() == item{"a", 2, std::nullopt});
}

TEST_CASE("a struct that does not match says which field", "[value]") {
  using dict = std::map<std::string, value>;
  auto why_no_order = [](const value& third) {
    auto good = item{"a", 1, 2};
    auto items = std::vector<value>{good, good, third};
    return why_not<std::map<std::string, order>>(
      std::map<std::string, dict>{{"x", dict{{"id", 7}, {"items", items}}}});
  };
  CHECK(why_no_order(dict{{"name", "a"}, {"price", "2"}, {"count", 1}})
        == "['x'].items[2].price: expected float, got str");
  CHECK(why_no_order(dict{{"name", "a"}, {"count", 1}})
        == "['x'].items[2]: missing field \"price\"");
  CHECK(why_no_order(dict{{"name", "a"}, {"prise", 1}})
        == "['x'].items[2]: unknown field \"prise\"");
  CHECK(why_no_order(std::map<int, int>{{1, 2}})
        == "['x'].items[2]: expected name of a field, got int");
  CHECK(why_no_order(5) == "['x'].items[2]: expected dict, got int");
  CHECK(why_not<order>(dict{{"id", "x"}}) == "id: expected int, got str");
  CHECK(why_not<order>(dict{}) == "missing field \"id\"");
  CHECK(why_not<base>(value::from_bytes("\x82\xa6number\x01\xa6number\x02"))
        == "field \"number\" comes twice");
}

TEST_CASE("msgpack itself can decode the structs as well", "[value]") {
  auto bytes = encoded(std::map<std::string, value>{
    {"anything", std::vector{1, 2}}, {"choice", "x"}});
  auto handle = msgpack::unpack(bytes.data(), bytes.size());
  auto result = handle->as<two_fields>();
  CHECK(result.anything == value{std::vector{1, 2}});
  CHECK(result.choice == std::variant<int, std::string>{"x"});
}

// -- hostile bodies -----------------------------------------------------------

TEST_CASE("a value cut off anywhere is an error, not a crash", "[value]") {
  auto whole = encoded(everything());
  REQUIRE(value::from_bytes(whole).as<value>());
  // All cuts within the items at the front, some within the long list.
  for (size_t size = 0; size < whole.size(); size += size < 1'000 ? 1 : 997) {
    auto cut = value::from_bytes(whole.substr(0, size));
    CHECK(why_not<value>(cut).ends_with("ends too early"));
    CHECK(why_not<std::vector<value>>(cut).ends_with("ends too early"));
    CHECK_FALSE(to_string(cut).empty());
  }
}

TEST_CASE("any single byte that is changed is survived", "[value]") {
  auto whole = encoded(
    std::vector<value>{1, 1.5, "text", std::pair{1, std::pair{2, "x"}},
                       std::map<std::string, int>{{"a", 1}},
                       *big_integer::parse("123456789012345678901234567890")});
  for (size_t i = 0; i < whole.size(); ++i)
    for (auto byte = 0; byte < 256; ++byte) {
      auto changed = whole;
      changed[i] = static_cast<char>(byte);
      auto x = value::from_bytes(changed);
      auto checked = x.as<value>();
      CHECK(checked.engaged() == !to_string(x).ends_with("<malformed>"));
      if (checked)
        CHECK(*checked == x);
    }
}

TEST_CASE("a count that the bytes cannot hold allocates nothing", "[value]") {
  using dict = std::map<std::string, value>;
  for (auto bytes : {"\xdd\xff\xff\xff\xff"s, "\xdc\xff\xff"s, "\x9f"s,
                     "\xc7\x05\x02\xdd\xff\xff\xff\xff"s}) {
    auto x = value::from_bytes(bytes);
    CHECK(why_not<std::vector<item>>(x).ends_with("ends too early"));
    CHECK(why_not<std::list<int>>(x).ends_with("ends too early"));
    CHECK(why_not<value>(x).ends_with("ends too early"));
  }
  for (auto bytes : {"\xdf\xff\xff\xff\xff"s, "\xde\xff\xff"s, "\x8f"s,
                     // Bytes enough for three elements, not for three pairs.
                     "\x83\x01\x01\x01"s}) {
    auto x = value::from_bytes(bytes);
    CHECK(why_not<dict>(x) == "malformed MessagePack: ends too early");
    CHECK(why_not<value>(x) == "malformed MessagePack: ends too early");
  }
  for (auto bytes : {"\xdb\xff\xff\xff\xff"s, "\xc6\xff\xff\xff\xff"s,
                     "\xc9\xff\xff\xff\xff\x01"s})
    CHECK(why_not<value>(value::from_bytes(bytes)).ends_with("ends too early"));
}

TEST_CASE("little input reserves little memory", "[value]") {
  // A thousand elements of one byte each, where an element has a kilobyte.
  using element = std::array<std::optional<int64_t>, 64>;
  auto bytes = "\xdc\x03\xe8" + std::string(1'000, '\x90');
  decoder in{bytes};
  detail::item head;
  REQUIRE(in.next(head));
  CHECK(in.reservable<element>(head.count) * sizeof(element) <= 8'000);
  CHECK(in.reservable<int64_t>(head.count) == 1'000);
}

TEST_CASE("512 levels are read and 513 are not", "[value]") {
  CHECK(nested_lists(512).as<value>());
  CHECK(why_not<value>(nested_lists(513)) == "nested deeper than 512 levels");
  value tuples = 1;
  for (auto i = 0; i < 512; ++i)
    tuples = std::tuple{tuples};
  CHECK(tuples.as<value>());
  CHECK(why_not<value>(std::tuple{tuples}) == "nested deeper than 512 levels");
  tree x;
  // Each tree is a dict and a list.
  for (auto i = 0; i < 255; ++i)
    x = tree{{x}};
  CHECK(value{x}.as<tree>());
  CHECK(why_not<tree>(tree{{x}}).ends_with("nested deeper than 512 levels"));
}

TEST_CASE("containers side by side are not deep", "[value]") {
  std::vector<std::vector<std::string>> lists(1'000, {"a"});
  CHECK(round_trip(lists) == lists);
  // Nor are those of alternatives that failed.
  using choice = std::variant<std::vector<int>, std::vector<std::string>>;
  CHECK(value{lists}.as<std::vector<choice>>());
}

TEST_CASE("100,000 levels do not exhaust the stack", "[value]") {
  for (auto head : {"\x91"s, "\x81\x01"s, "\xd7\x02"s, "\xd4\x02"s,
                    "\xc9\x7f\xff\xff\xff\x02\x91"s}) {
    auto x = value::from_bytes(repeat(head, 100'000));
    CHECK_FALSE(x.as<value>());
    CHECK_FALSE(x.as<tree>());
    CHECK(to_string(x).size() <= 1'003);
  }
}

TEST_CASE("what does not add up is malformed", "[value]") {
  auto why = [](std::string_view bytes) {
    return why_not<value>(value::from_bytes(std::string{bytes}));
  };
  CHECK(why("") == "malformed MessagePack: ends too early");
  CHECK(why("\xc1") == "malformed MessagePack: an unused tag");
  CHECK(why("\x01\x01") == "malformed MessagePack: bytes after the end");
  CHECK(why("\xd4\x05\x01") == "malformed MessagePack: extension type 5");
  CHECK(why("\xc7\x00\x01"sv)
        == "malformed MessagePack: an int without digits");
  CHECK(why("\xd4\x02\x01")
        == "malformed MessagePack: a tuple without elements");
  auto overlong = "malformed MessagePack: a tuple does not end where its "
                  "elements do"s;
  CHECK(why("\xd5\x02\x90\x01") == overlong);
  CHECK(why("\x92\xd5\x02\x91\xcc\x01") == overlong);
  CHECK(why("\x92\xc7\x00\x02\x90\x01"sv) == overlong);
}

TEST_CASE("alternatives within alternatives end in time", "[value]") {
  // Each level can be tried as either struct, and only the innermost fails:
  // 2^60 attempts if nobody counts.
  auto x = value::from_bytes(repeat("\x81\xa4next\x91", 60) + "\xc3");
  CHECK_FALSE(x.as<node>());
}

TEST_CASE("what exceeds 4 GiB is refused before it is read", "[value]") {
  char c = 'x';
  std::string_view huge{&c, size_t{1} << 32};
  CHECK_THROWS_AS(value{huge}, std::length_error);
}

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
  std::vector<char> buffer;
  auto source = everything();
  value result = "something else";
  value none = "something else";
  caf::binary_serializer sink{nullptr, buffer};
  REQUIRE_FALSE(sink(source, value{}));
  caf::binary_deserializer from{nullptr, buffer};
  REQUIRE_FALSE(from(result, none));
  CHECK(result == source);
  CHECK(none.is_none());
}

TEST_CASE("CAF renders a value as Python would", "[value]") {
  auto message = caf::make_message(value{"text"}, value{1});
  CHECK(caf::deep_to_string(value{std::vector{1, 2}}) == "[1, 2]");
  CHECK(to_string(message) == "('text', 1)");
  CHECK(message.get_as<value>(1) == value{1});
}
