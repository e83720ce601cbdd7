#include "tests/facades.hpp"
#include "tests/paths.hpp"
#include "tests/shop/all_types.hpp"
#include "tests/shop/odd_names.hpp"
#include "tests/shop/shop.hpp"
#include "tests/value_tools.hpp"

#include "venomous/python_structs.hpp"

#include <optional>
#include <string>
#include <utility>

/// @file
/// Structs that are records in Python, and types with codecs of the user.

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

struct money {
  int64_t cents = 0;
  std::string currency;

  bool operator==(const money&) const = default;
};

struct money_form {
  static constexpr auto tag = "money"sv;

  static std::pair<int64_t, std::string> encode(const money& x) {
    return {x.cents, x.currency};
  }

  static std::optional<money> decode(std::pair<int64_t, std::string> x) {
    if (x.first < 0)
      return std::nullopt;
    return money{x.first, std::move(x.second)};
  }
};

struct item {
  std::string name;
  value price;
  int count = 1;

  MSGPACK_DEFINE_MAP(name, price, count)
};

struct order {
  std::vector<item> items;

  MSGPACK_DEFINE_MAP(items)
};

struct tally {
  int step = 0;
  int count = 0;

  MSGPACK_DEFINE_MAP(step, count)
};

} // namespace

template <>
struct venomous::codec<money> : venomous::tagged_codec<money, money_form> {};

// -- records ------------------------------------------------------------------

BOTH_WAYS("a struct arrives as the dataclass that is annotated", "[records]") {
  pool_fixture f;
  TestType api{f};
  order wares{{{"tea", 2.5, 2}, {"cup", 4, 1}}};
  CHECK(checked(api.template python<double>({"wares", "costs", wares})) == 9.0);
  auto back =
    checked(api.template python<item>({"wares", "doubled", wares.items[0]}));
  CHECK(back.name == "tea");
  CHECK(back.price == value{2.5});
  CHECK(back.count == 4);
}

BOTH_WAYS("an error in a record names the way to it", "[records]") {
  pool_fixture f;
  TestType api{f};
  order wares{{{"tea", 2.5, 2}, {"cup", "4", 1}}};
  auto refused = api.python({"wares", "costs", wares});
  CHECK(code_in(refused) == errc::undecodable);
  CHECK_THAT(text_in(refused),
             EndsWith("the arguments cannot be decoded: "
                      "order.items[1].price: expected float, got str"));
}

BOTH_WAYS("items of a map become records too", "[records]") {
  pool_fixture f;
  TestType api{f};
  std::vector<item> items{{"tea", 1.0, 1}, {"cup", nullptr, 1}, {"jug", 3, 5}};
  auto found =
    checked(api.template python_map<item>(map_args{"wares", "doubled", items}));
  REQUIRE(found.values.size() == 3);
  CHECK(found.values[0].count == 2);
  CHECK(found.values[2].count == 10);
  REQUIRE(found.errors.size() == 1);
  CHECK(found.errors[0].index == 1);
  CHECK_THAT(describe(found.errors[0].why),
             ContainsSubstring("item.price: expected float, got None"));
}

BOTH_WAYS("a field that init does not take comes back as it was sent",
          "[records]") {
  pool_fixture f;
  TestType api{f};
  tally x{2, 40};
  for (auto expected : {42, 44}) {
    x = checked(api.template python<tally>({"wares", "count", x}));
    CHECK(x.count == expected);
  }
}

BOTH_WAYS("a struct goes to a function behind a cache, and to a class",
          "[records]") {
  pool_fixture f;
  TestType api{f};
  CHECK(checked(api.template python<int>({"wares", "count_of", tally{1, 5}}))
        == 5);
  std::vector<item> items{{"tea", 2.5, 2}};
  auto made = checked(api.template python<order>({"wares", "Order", items}));
  REQUIRE(made.items.size() == 1);
  CHECK(made.items[0].name == "tea");
  items[0].price = "2.5";
  auto refused = api.python({"wares", "Order", items});
  CHECK(code_in(refused) == errc::undecodable);
  CHECK_THAT(text_in(refused),
             EndsWith("items[0].price: expected float, got str"));
}

// -- generated classes --------------------------------------------------------

namespace {

pool_options pool_with_shop() {
  auto options = small_pool();
  options.module_paths = {generated_modules_folder(), tests_folder() + "/shop"};
  return options;
}

shop::order big_order() {
  return {7,
          {{"tea", 2.5, 2}, {"cup", 4, std::nullopt}},
          {{"regular", {true, 0.5}}},
          "somebody",
          to_bytes("seal"),
          std::vector{1, 2}};
}

} // namespace

BOTH_WAYS("structs go to the classes that were generated for them, and back",
          "[records]") {
  pool_fixture f{pool_with_shop()};
  TestType api{f};
  auto big = big_order();
  auto with_tip =
    checked(api.template python<shop::order>({"shop", "add_tip", big, 1.5}));
  big.items.push_back({"tip", 1.5, std::nullopt});
  CHECK(with_tip == big);
  CHECK(checked(api.template python<double>({"shop", "total", big.items}))
        == 10.5);
  auto item = checked(
    api.template python<shop::order_item>({"shop", "most_expensive", big}));
  CHECK(item.name == "cup");
}

BOTH_WAYS("a struct with a base is a dataclass with a base", "[records]") {
  pool_fixture f{pool_with_shop()};
  TestType api{f};
  auto rushed = checked(
    api.template python<shop::rush_order>({"shop", "hurried", big_order()}));
  CHECK(static_cast<shop::order&>(rushed) == big_order());
  CHECK(rushed.surcharge == 5.0);
  CHECK(checked(api.template python<double>({"shop", "surcharge", rushed}))
        == 5.0);
  CHECK(code_in(api.template python<double>({"shop", "surcharge", big_order()}))
        == errc::undecodable);
}

TEST_CASE("names that mean something else in Python are no trouble",
          "[records]") {
  pool_fixture f{pool_with_shop()};
  odd::date sent;
  sent.list = {1};
  sent.number = 2;
  sent.dict = {{"a", {0.5}}};
  sent.text = "b";
  sent.datetime += 1h;
  sent.timedelta = 5s;
  sent.set = {true};
  sent.typing.value = 7;
  sent.typing.optional.value = 8;
  sent.None_.is_there = true;
  sent._builtins = 9;
  sent.dataclass = 1.5;
  sent.Hiding.resize(1);
  sent.bool_ = "c";
  sent.flag = true;
  CHECK(
    checked(python_wait<odd::date>(f.self, f.manager, {"odd", "same", sent}))
    == sent);
}

TEST_CASE("each type that a struct may have is one of Python's", "[records]") {
  pool_fixture f{pool_with_shop()};
  shop::all_types sent;
  sent.second = sent.array;
  auto types = checked(python_wait<std::map<std::string, std::string>>(
    f.self, f.manager, {"odd", "types", sent}));
  std::map<std::string, std::string> expected{
    {"flag", "bool"},         {"small", "int"},        {"large", "int"},
    {"huge", "int"},          {"number", "float"},     {"single", "float"},
    {"wave", "complex"},      {"price", "Decimal"},    {"text", "str"},
    {"code", "str"},          {"data", "bytes"},       {"octets", "bytes"},
    {"buffer", "bytearray"},  {"id", "UUID"},          {"path", "PosixPath"},
    {"color", "Color"},       {"grade", "int"},        {"numbers", "list"},
    {"linked", "list"},       {"queue", "list"},       {"both", "list"},
    {"tuple", "tuple"},       {"nothing", "tuple"},    {"pair", "tuple"},
    {"by_name", "dict"},      {"by_number", "dict"},   {"set", "set"},
    {"hashed", "set"},        {"frozen", "frozenset"}, {"by_set", "dict"},
    {"range", "range"},       {"maybe", "NoneType"},   {"twice", "NoneType"},
    {"choice", "str"},        {"several", "Label"},    {"date", "date"},
    {"time", "time"},         {"aware", "datetime"},   {"naive", "datetime"},
    {"now", "datetime"},      {"zoned", "datetime"},   {"length", "timedelta"},
    {"precise", "timedelta"}, {"array", "ndarray"},    {"second", "ndarray"},
    {"anything", "int"}};
  CHECK(types == expected);
  auto back = checked(
    python_wait<shop::all_types>(f.self, f.manager, {"odd", "back", sent}));
  CHECK(value{back} == value{sent});
}

namespace {

struct with_keyword {
  int number = 0;
  MSGPACK_DEFINE_MAP(MSGPACK_NVP("class", number))
};

/// Python spells such a name otherwise within a class.
struct with_underscores {
  int number = 0;
  MSGPACK_DEFINE_MAP(MSGPACK_NVP("__number", number))
};

struct child;

struct parent {
  std::vector<child> children;
  MSGPACK_DEFINE_MAP(children)
};

struct child : parent {
  std::string name;
  MSGPACK_DEFINE_MAP(MSGPACK_BASE_MAP(parent), name)
};

struct nothing {
  std::string text;
  MSGPACK_DEFINE_MAP(text)
};

namespace other {

struct nothing {
  int number = 0;
  MSGPACK_DEFINE_MAP(number)
};

} // namespace other

} // namespace

TEST_CASE("a generated module has nested structs first", "[records]") {
  CHECK(python_dataclasses<shop::order, shop::order_item>()
        == "\"\"\"Dataclasses for structs of C++, which were written by a "
           "tool.\"\"\"\n"
           "\n"
           "from __future__ import annotations\n"
           "\n"
           "from dataclasses import dataclass\n"
           "import typing\n"
           "\n"
           "\n"
           "@dataclass(kw_only=True)\n"
           "class OrderItem:\n"
           "    name: str\n"
           "    price: float\n"
           "    count: int | None = None\n"
           "\n"
           "\n"
           "@dataclass(kw_only=True)\n"
           "class Order:\n"
           "    id: int\n"
           "    items: list[OrderItem]\n"
           "    discounts: dict[str, tuple[bool, float]]\n"
           "    customer: int | str\n"
           "    signature: bytes\n"
           "    note: typing.Any\n");
}

TEST_CASE("a generated module has bases first", "[records]") {
  CHECK_THAT(python_dataclasses<parent>(),
             EndsWith("@dataclass(kw_only=True)\n"
                      "class Parent:\n"
                      "    children: list[Child]\n"
                      "\n"
                      "\n"
                      "@dataclass(kw_only=True)\n"
                      "class Child(Parent):\n"
                      "    name: str\n"));
}

TEST_CASE("a field hides no name that an annotation needs", "[records]") {
  CHECK_THAT(python_dataclasses<odd::optional>(),
             ContainsSubstring("class Optional:\n"
                               "    value: int | None = None\n"));
  CHECK_THAT(python_dataclasses<odd::none>(),
             ContainsSubstring("class None_:\n"));
  auto text = python_dataclasses<odd::hiding>();
  CHECK_THAT(text,
             ContainsSubstring("    list: _builtins_.list[_builtins_.int]\n"));
  CHECK_THAT(text,
             ContainsSubstring("    int: _builtins_.int | None = None\n"));
  CHECK_THAT(text, ContainsSubstring("    datetime: _datetime.datetime\n"));
  CHECK_THAT(text, ContainsSubstring("\nimport builtins as _builtins_\n"));
  CHECK_THAT(text, ContainsSubstring("\n_datetime = datetime\n"));
}

TEST_CASE("what a module imports and defines has one name each", "[records]") {
  python_module module;
  module.add_import("from elsewhere import Nothing, other as Another");
  module.add_import("import numpy.typing");
  module.add_import("import numpy");
  module.add_import("from elsewhere import Nothing");
  CHECK_THROWS_WITH(module.add<nothing>(),
                    ContainsSubstring("from elsewhere import Nothing and ")
                      && ContainsSubstring("would be Nothing"));
  CHECK_THROWS_AS(module.add_import("import somewhere as Another"),
                  std::invalid_argument);
  CHECK_THROWS_AS(module.add_import("from somewhere import numpy"),
                  std::invalid_argument);
}

TEST_CASE("what Python has no name for is not generated", "[records]") {
  CHECK_THROWS_WITH(python_dataclasses<with_keyword>(),
                    ContainsSubstring("no field of the name class"));
  CHECK_THROWS_WITH((python_dataclasses<nothing, other::nothing>()),
                    ContainsSubstring("would be Nothing"));
  CHECK_THROWS_WITH(python_dataclasses<with_underscores>(),
                    ContainsSubstring("no field of the name __number"));
}

// -- custom codecs ------------------------------------------------------------

namespace {

/// Codecs are registered before the first call.
pool_options pool_with_codecs() {
  auto options = small_pool();
  options.preload = {"wares"};
  return options;
}

} // namespace

BOTH_WAYS("a type with a codec is an object in Python", "[records]") {
  pool_fixture f{pool_with_codecs()};
  TestType api{f};
  money price{150, "EUR"};
  CHECK(checked(api.template python<money>({"wares", "twice", price}))
        == money{300, "EUR"});
  using purse = std::vector<money>;
  CHECK(checked(api.template python<purse>(
          {"wares", "all_twice", purse{price, {1, "USD"}}}))
        == purse{{300, "EUR"}, {2, "USD"}});
}

BOTH_WAYS("an object that is none for C++ is an error", "[records]") {
  pool_fixture f{pool_with_codecs()};
  TestType api{f};
  auto debt = api.template python<money>({"wares", "debt"});
  CHECK(code_in(debt) == errc::undecodable);
  CHECK_THAT(text_in(debt),
             ContainsSubstring("expected money, got none that is valid"));
}

BOTH_WAYS("a tag that nobody knows is named", "[records]") {
  pool_fixture f;
  TestType api{f};
  auto refused = api.python({"builtins", "repr", money{1, "EUR"}});
  CHECK(code_in(refused) == errc::undecodable);
  CHECK_THAT(text_in(refused),
             ContainsSubstring("args[0]: no decoder is registered for the tag "
                               "'money'"));
}

TEST_CASE("a tagged value survives the way to itself", "[records]") {
  CHECK(round_trip(money{5, "EUR"}) == money{5, "EUR"});
  using choice = std::variant<int, money>;
  CHECK(round_trip(choice{money{5, "EUR"}}) == choice{money{5, "EUR"}});
  CHECK(encoded(money{5, "EUR"})
        == "\xd8\x12\x92\xa5money\xc7\x06\x02\x92\x05\xa3"
           "EUR"s);
}

TEST_CASE("nothing of a tagged value is believed", "[records]") {
  auto why = [](std::string_view payload) {
    auto size = static_cast<char>(payload.size());
    return why_not<money>(
      value::from_bytes("\xc7"s + size + '\x12' + std::string{payload}));
  };
  CHECK(why_not<money>(5) == "expected money, got int");
  CHECK(why("\x92\xa5"
            "price\x01")
        == "expected money, got price");
  CHECK(why("\x92\xa5"
            "money\x01")
        == "expected tuple, got int");
  CHECK(why("\x92\x01\x01")
        == "malformed MessagePack: a tag that is not a str");
  for (auto payload : {"\x91\xa5money"sv, "\x93\xa5money\x01\x01"sv,
                       "\x92\xa5money"sv, "\x92"sv, "\x92\xa5mon"sv, ""sv,
                       "\xa5money"sv, "\xdd\xff\xff\xff\xff\xa1x\x01"sv})
    CHECK_THAT(why(payload), StartsWith("malformed MessagePack"));
}
