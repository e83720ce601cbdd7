#include "venomous/codec.hpp"

#include "tests/value_tools.hpp"

#include <cmath>
#include <limits>

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

namespace {

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

struct mixin {
  bool flag = false;

  bool operator==(const mixin&) const = default;

  MSGPACK_DEFINE_MAP(flag)
};

/// Has a base of a base, two bases, and a member that is of a base's type.
struct most_derived : derived, mixin {
  mixin other;
  std::optional<double> rest;

  bool operator==(const most_derived&) const = default;

  MSGPACK_DEFINE_MAP(MSGPACK_BASE_MAP(derived), MSGPACK_BASE_MAP(mixin), other,
                     rest)
};

/// Has a field that a base has, too.
struct hiding : base {
  int number = 0;

  MSGPACK_DEFINE_MAP(MSGPACK_BASE_MAP(base), number)
};

struct labeled {
  int id = 0;
  char text[6] = {};
  bool ok = false;

  MSGPACK_DEFINE_MAP(id, text, ok)
};

struct strict {
  std::optional<int> count;

  MSGPACK_DEFINE_MAP(count)
};

struct lenient {
  int count = 7;
  std::string unit = "kg";
  std::optional<int> spare = 8;

  bool operator==(const lenient&) const = default;

  MSGPACK_DEFINE_MAP(count, unit, spare)
};

struct curious {
  int count = 0;
  std::optional<int> spare;

  MSGPACK_DEFINE_MAP(count, spare)
};

/// Returns `x` as a `T`, which it has to be.
template <class T>
T checked_as(const value& x) {
  auto result = x.as<T>();
  REQUIRE(result);
  return *result;
}

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

} // namespace

template <>
inline constexpr field_options venomous::struct_options<strict> = {
  .missing = missing_fields::none};

template <>
inline constexpr field_options venomous::struct_options<lenient> = {
  .missing = missing_fields::all};

template <>
inline constexpr field_options venomous::struct_options<curious> = {
  .unknown = unknown_fields::ignored};

// -- round trips --------------------------------------------------------------

TEMPLATE_TEST_CASE("an integer comes back from both ends of its range",
                   "[codec]", int8_t, int16_t, int32_t, int64_t, long long,
                   uint8_t, uint16_t, uint32_t, uint64_t, unsigned long long) {
  using limits = std::numeric_limits<TestType>;
  for (auto x : {limits::min(), TestType{0}, TestType{1}, limits::max()})
    CHECK(round_trip(x) == x);
}

TEST_CASE("an integer of any length comes back", "[codec]") {
  for (auto shift = 0; shift < 63; ++shift)
    for (auto offset : {-1, 0, 1}) {
      auto x = (int64_t{1} << shift) + offset;
      CHECK(round_trip(x) == x);
      CHECK(round_trip(-x) == -x);
    }
}

TEST_CASE("a float comes back", "[codec]") {
  auto infinity = std::numeric_limits<double>::infinity();
  for (auto x : {0.0, 2.0, -2.5, 0.1, 1e300, 5e-324, infinity, -infinity})
    CHECK(round_trip(x) == x);
  CHECK(std::signbit(round_trip(-0.0)));
  CHECK(std::isnan(round_trip(std::nan(""))));
  CHECK(round_trip(0.1f) == 0.1f);
}

TEST_CASE("text of any length comes back", "[codec]") {
  for (auto size : {0, 1, 31, 32, 255, 256, 65'535, 65'536}) {
    auto x = std::string(static_cast<size_t>(size), 'x');
    CHECK(round_trip(x) == x);
    CHECK(round_trip(to_bytes(x)) == to_bytes(x));
  }
  CHECK(round_trip("\0\xff \xc3\xa4"s) == "\0\xff \xc3\xa4"s);
}

TEST_CASE("containers of any length come back", "[codec]") {
  for (auto size : {0, 1, 15, 16, 65'535, 65'536}) {
    std::vector<int> list(static_cast<size_t>(size), 7);
    CHECK(round_trip(list) == list);
    std::map<int, int> map;
    for (auto i = 0; i < size; ++i)
      map.emplace(i, -i);
    CHECK(round_trip(map) == map);
  }
}

TEST_CASE("every kind of container comes back", "[codec]") {
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

TEST_CASE("None, optional and variant come back", "[codec]") {
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

TEST_CASE("what C++ only refers to can be sent", "[codec]") {
  auto data = to_bytes("ab");
  CHECK(value{"text"} == value{"text"s});
  CHECK(value{"text"sv} == value{"text"s});
  CHECK(value{static_cast<const char*>("text")} == value{"text"s});
  CHECK(value{std::span<const std::byte>{data}} == value{data});
  CHECK_FALSE(decodable<const char*>);
  CHECK_FALSE(decodable<std::string_view>);
}

TEST_CASE("what has no twin in Python does not convert by chance", "[codec]") {
  struct plain {};
  CHECK_FALSE(encodable<plain>);
  CHECK_FALSE(encodable<int*>);
  CHECK_FALSE(encodable<char>);
  CHECK_FALSE(encodable<std::chrono::steady_clock::time_point>);
  CHECK_FALSE(encodable<std::vector<plain>>);
  CHECK_FALSE(encodable<std::map<std::string, plain>>);
  CHECK_FALSE(std::is_convertible_v<plain, value>);
}

// -- conversions --------------------------------------------------------------

TEST_CASE("a float takes an int that is the same number", "[codec]") {
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

TEST_CASE("a tuple decodes as a list and a list as a tuple", "[codec]") {
  CHECK(*value{std::pair{1, 2}}.as<std::vector<int>>() == std::vector{1, 2});
  CHECK(*value{std::vector{1, 2}}.as<std::pair<int, int>>() == std::pair{1, 2});
  CHECK(*value{std::pair{1, 2}}.as<std::array<int, 2>>() == std::array{1, 2});
}

TEST_CASE("a variant takes the alternative of the very kind", "[codec]") {
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

TEST_CASE("an alternative that fails leaves nothing behind", "[codec]") {
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
          "[codec]") {
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

TEST_CASE("a mismatch deep inside has its path", "[codec]") {
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

TEST_CASE("a struct comes back, with what it contains", "[codec]") {
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

TEST_CASE("a field may be an array of characters", "[codec]") {
  labeled x{7, "snake", true};
  CHECK(to_string(value{x}) == "{'id': 7, 'text': 'snake', 'ok': True}");
  auto back = round_trip(x);
  CHECK(back.text == "snake"sv);
  CHECK(back.ok);
  using dict = std::map<std::string, value>;
  CHECK(why_not<labeled>(dict{{"id", 1}, {"ok", true}, {"text", "too long"}})
        == "text: expected str of at most 6 bytes, got one of 8");
}

TEST_CASE("a struct is a dict whose floats are floats", "[codec]") {
  CHECK(encoded(item{"a", 2, 1})
        == "\x83\xa4name\xa1"
           "a\xa5price\xcb\x40\0\0\0\0\0\0\0\xa5"
           "count\x01"s);
}

TEST_CASE("the order of the fields does not matter", "[codec]") {
  using dict = std::map<std::string, value>;
  auto x = value{dict{{"count", nullptr}, {"name", "a"}, {"price", 2}}};
  CHECK(*x.as<item>() == item{"a", 2, std::nullopt});
}

TEST_CASE("a struct that does not match says which field", "[codec]") {
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

TEST_CASE("an optional field that is missing is empty", "[codec]") {
  using dict = std::map<std::string, value>;
  auto x = checked_as<item>(dict{{"name", "a"}, {"price", 2}});
  CHECK(x == item{"a", 2, std::nullopt});
  // Also where the struct has a count before it is decoded.
  item old{"b", 3, 5};
  auto sent = value{dict{{"name", "a"}, {"price", 2}}};
  decoder in{sent.bytes()};
  REQUIRE(in.get(old));
  CHECK(old.count == std::nullopt);
}

TEST_CASE("which fields may be missing is a choice", "[codec]") {
  using dict = std::map<std::string, value>;
  CHECK(why_not<strict>(dict{}) == "missing field \"count\"");
  CHECK(checked_as<strict>(dict{{"count", nullptr}}).count == std::nullopt);
  CHECK(checked_as<lenient>(dict{}) == lenient{7, "kg", 8});
  CHECK(checked_as<lenient>(dict{{"unit", "g"}}) == lenient{7, "g", 8});
  CHECK(why_not<lenient>(dict{{"units", "g"}}) == "unknown field \"units\"");
}

TEST_CASE("unknown fields can be ignored", "[codec]") {
  using dict = std::map<std::string, value>;
  auto x = checked_as<curious>(
    dict{{"more", std::vector{1, 2}}, {"count", 3}, {"most", dict{}}});
  CHECK(x.count == 3);
  CHECK(why_not<curious>(dict{{"spare", 1}, {"more", 2}})
        == "missing field \"count\"");
  CHECK(why_not<curious>(value::from_bytes("\x81\xa4more\xc1"))
        == "more: malformed MessagePack: an unused tag");
}

TEST_CASE("fields of bases are fields", "[codec]") {
  derived child;
  child.number = 1;
  child.text = "x";
  CHECK(encoded(child)
        == "\x82\xa6number\x01\xa5"
           "class\xa1x");
  most_derived x;
  x.number = 1;
  x.text = "x";
  x.flag = true;
  x.rest = 2;
  CHECK(to_string(value{x})
        == "{'number': 1, 'class': 'x', 'flag': True, 'other': {'flag': "
           "False}, 'rest': 2.0}");
  CHECK(round_trip(x) == x);
  using dict = std::map<std::string, value>;
  auto fields = dict{{"number", 1}, {"class", "x"}, {"flag", true}};
  fields["other"] = dict{{"flag", false}};
  x.rest.reset();
  CHECK(checked_as<most_derived>(fields) == x);
  fields["number"] = "1";
  CHECK(why_not<most_derived>(fields) == "number: expected int, got str");
  fields.erase("number");
  CHECK(why_not<most_derived>(fields) == "missing field \"number\"");
  fields["base"] = 1;
  CHECK(why_not<most_derived>(fields) == "unknown field \"base\"");
}

TEST_CASE("a field that a base has too is no field of a dict", "[codec]") {
  CHECK(why_not<hiding>(hiding{}) == "field \"number\" comes twice");
}

TEST_CASE("msgpack itself can decode the structs as well", "[codec]") {
  auto bytes = encoded(std::map<std::string, value>{
    {"anything", std::vector{1, 2}}, {"choice", "x"}});
  auto handle = msgpack::unpack(bytes.data(), bytes.size());
  auto result = handle->as<two_fields>();
  CHECK(result.anything == value{std::vector{1, 2}});
  CHECK(result.choice == std::variant<int, std::string>{"x"});
}
