#include "tests/facades.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <optional>

/// @file
/// Values that go through Python and back.

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

using Catch::Matchers::ContainsSubstring;

namespace {

/// Sends `x` through Python and checks that the same comes back, bit by bit,
/// and that Python had what it should.
template <class Api, class T>
void check_passes(Api& api, const T& x, const std::string& shown) {
  INFO(shown);
  CHECK(checked(api.template python_wait<std::string>({"snakes", "show", x}))
        == shown);
  auto back = checked(api.python_wait({"snakes", "identity", x}));
  CHECK(back == value{x});
  CHECK(checked(back.template as<T>()) == x);
}

} // namespace

BOTH_WAYS("scalars pass through Python unchanged", "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  CHECK(checked(api.python_wait({"snakes", "identity", nullptr})).is_none());
  check_passes(api, std::optional<int>{}, "NoneType None");
  check_passes(api, true, "bool True");
  check_passes(api, false, "bool False");
  check_passes(api, 0, "int 0");
  check_passes(api, -1, "int -1");
  check_passes(api, std::numeric_limits<int64_t>::max(),
               "int 9223372036854775807");
  check_passes(api, std::numeric_limits<int64_t>::min(),
               "int -9223372036854775808");
  check_passes(api, std::numeric_limits<uint64_t>::max(),
               "int 18446744073709551615");
  auto digits = "1" + std::string(40, '0');
  check_passes(api, checked(big_integer::parse(digits)), "int " + digits);
  check_passes(api, checked(big_integer::parse("-" + digits)),
               "int -" + digits);
  check_passes(api, 2.0, "float 2.0");
  check_passes(api, 0.1, "float 0.1");
  check_passes(api, -0.0, "float -0.0");
  check_passes(api, std::numeric_limits<double>::infinity(), "float inf");
  check_passes(api, -std::numeric_limits<double>::infinity(), "float -inf");
  auto nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(checked(api.template python_wait<bool>({"math", "isnan", nan})));
  CHECK(std::isnan(
    checked(api.template python_wait<double>({"snakes", "identity", nan}))));
}

BOTH_WAYS("text and bytes pass through Python unchanged", "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  check_passes(api, ""s, "str ''");
  check_passes(api, "sn\u00e4ke \U0001F40D"s, "str 'sn\u00e4ke \U0001F40D'");
  check_passes(api, "a\0b"s, "str 'a\\x00b'");
  check_passes(api, bytes{}, "bytes b''");
  check_passes(api, bytes{std::byte{0}, std::byte{255}, std::byte{'a'}},
               "bytes b'\\x00\\xffa'");
  auto long_text = std::string(1'000'000, 'x');
  CHECK(checked(api.template python_wait<std::string>(
          {"snakes", "identity", long_text}))
        == long_text);
}

BOTH_WAYS("containers pass through Python unchanged", "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  check_passes(api, std::vector<int>{}, "list []");
  check_passes(api, std::vector<double>{1, 2.5}, "list [1.0, 2.5]");
  check_passes(api, std::tuple{1, "a"s, true}, "tuple (1, 'a', True)");
  check_passes(api, std::tuple<>{}, "tuple ()");
  check_passes(api, std::map<std::string, int>{}, "dict {}");
  check_passes(api, std::map<int, std::string>{{1, "a"}, {2, "b"}},
               "dict {1: 'a', 2: 'b'}");
  using key = std::tuple<int, std::string>;
  using inner = std::map<std::string, std::vector<std::optional<double>>>;
  check_passes(
    api,
    std::map<key, inner>{{{1, "a"}, {{"x", {1.0, std::nullopt}}, {"y", {}}}},
                         {{2, "b"}, {}}},
    "dict {(1, 'a'): {'x': [1.0, None], 'y': []}, (2, 'b'): {}}");
  check_passes(api, std::vector<value>{1, 1.0, "1", nullptr, std::tuple{1}},
               "list [1, 1.0, '1', None, (1,)]");
}

namespace {

struct tagged_offer {
  std::string what;
  double price = 0;
  std::vector<std::string> tags;
  std::optional<int64_t> stock;

  bool operator==(const tagged_offer&) const = default;

  MSGPACK_DEFINE_MAP(what, price, tags, stock)
};

} // namespace

BOTH_WAYS("a struct is a dict in Python and a struct again", "[api]") {
  pool_fixture f;
  TestType api{f};
  tagged_offer before{"egg", 2.0, {"white"}, std::nullopt};
  check_passes(api, before,
               "dict {'what': 'egg', 'price': 2.0, 'tags': ['white'], "
               "'stock': None}");
  CHECK(checked(api.template python_wait<tagged_offer>(
          {"snakes", "raise_price", before, 1.5}))
        == tagged_offer{"egg", 3.0, {"white", "new"}, std::nullopt});
}

BOTH_WAYS("the encoder of the options translates arguments and results",
          "[api]") {
  auto options = small_pool();
  options.encoder =
    encoder_call{"snakes", "translate", {std::string{"= "}, int64_t{10}}};
  pool_fixture f{options};
  TestType api{f};
  CHECK(checked(api.template python_wait<std::string>({"snakes", "half", 1}))
        == "= 11/2");
  CHECK(checked(api.template python_wait<int>({"snakes", "identity", 1}))
        == 11);
  auto leased = checked(api.get_snakes_ready(3));
  REQUIRE(leased.size() == 3);
  for (auto& lease : leased)
    CHECK(
      checked(api.template snake_run<std::string>(lease, {"snakes", "half", 1}))
      == "= 11/2");
}

BOTH_WAYS("without an encoder a type that has no mapping is an error",
          "[api]") {
  pool_fixture f;
  TestType api{f};
  auto result = api.python({"snakes", "half", 1});
  CHECK(code_in(result) == errc::unencodable);
  CHECK_THAT(text_in(result), ContainsSubstring("Half"));
}
