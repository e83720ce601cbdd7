#include "venomous/decoder.hpp"

#include "tests/value_tools.hpp"

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

namespace {

struct article {
  std::string name;
  double price = 0;
  std::optional<int> count;

  bool operator==(const article&) const = default;

  MSGPACK_DEFINE_MAP(name, price, count)
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

/// Returns as many lists, each the only element of the one around it.
value nested_lists(size_t depth) {
  return value::from_bytes(repeat("\x91", depth - 1) + "\x90");
}

} // namespace

TEST_CASE("an int that Python could have sent shorter is the same",
          "[decoder]") {
  auto x = value::from_bytes("\xc7\x0a\x01\0\0\0\0\0\0\0\0\0\x05"s);
  CHECK(*x.as<int>() == 5);
  CHECK(*x.as<big_integer>() == big_integer{5});
  CHECK(*value::from_bytes("\xd1\xff\xff").as<int>() == -1);
}

TEST_CASE("a value cut off anywhere is an error, not a crash", "[decoder]") {
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

TEST_CASE("any single byte that is changed is survived", "[decoder]") {
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
      CHECK(static_cast<bool>(checked)
            == !to_string(x).ends_with("<malformed>"));
      if (checked)
        CHECK(*checked == x);
    }
}

TEST_CASE("a count that the bytes cannot hold allocates nothing", "[decoder]") {
  using dict = std::map<std::string, value>;
  for (auto bytes : {"\xdd\xff\xff\xff\xff"s, "\xdc\xff\xff"s, "\x9f"s,
                     "\xc7\x05\x02\xdd\xff\xff\xff\xff"s}) {
    auto x = value::from_bytes(bytes);
    CHECK(why_not<std::vector<article>>(x).ends_with("ends too early"));
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

TEST_CASE("little input reserves little memory", "[decoder]") {
  // A thousand elements of one byte each, where an element has a kilobyte.
  using element = std::array<std::optional<int64_t>, 64>;
  auto bytes = "\xdc\x03\xe8" + std::string(1'000, '\x90');
  decoder in{bytes};
  detail::item head;
  REQUIRE(in.next(head));
  CHECK(in.reservable<element>(head.count) * sizeof(element) <= 8'000);
  CHECK(in.reservable<int64_t>(head.count) == 1'000);
}

TEST_CASE("512 levels are read and 513 are not", "[decoder]") {
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

TEST_CASE("containers side by side are not deep", "[decoder]") {
  std::vector<std::vector<std::string>> lists(1'000, {"a"});
  CHECK(round_trip(lists) == lists);
  // Nor are those of alternatives that failed.
  using choice = std::variant<std::vector<int>, std::vector<std::string>>;
  CHECK(value{lists}.as<std::vector<choice>>());
}

TEST_CASE("100,000 levels do not exhaust the stack", "[decoder]") {
  for (auto head : {"\x91"s, "\x81\x01"s, "\xd7\x02"s, "\xd4\x02"s,
                    "\xc9\x7f\xff\xff\xff\x02\x91"s}) {
    auto x = value::from_bytes(repeat(head, 100'000));
    CHECK_FALSE(x.as<value>());
    CHECK_FALSE(x.as<tree>());
    CHECK(to_string(x).size() <= 1'003);
  }
}

TEST_CASE("what does not add up is malformed", "[decoder]") {
  auto why = [](std::string_view bytes) {
    return why_not<value>(value::from_bytes(std::string{bytes}));
  };
  CHECK(why("") == "malformed MessagePack: ends too early");
  CHECK(why("\xc1") == "malformed MessagePack: an unused tag");
  CHECK(why("\x01\x01") == "malformed MessagePack: bytes after the end");
  CHECK(why("\xd4\x63\x01") == "malformed MessagePack: extension type 99");
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

TEST_CASE("alternatives within alternatives end in time", "[decoder]") {
  // Each level can be tried as either struct, and only the innermost fails:
  // 2^60 attempts if nobody counts.
  auto x = value::from_bytes(repeat("\x81\xa4next\x91", 60) + "\xc3");
  CHECK_FALSE(x.as<node>());
}
