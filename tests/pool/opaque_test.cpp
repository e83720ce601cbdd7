#include "tests/facades.hpp"

#include "venomous/opaque.hpp"

#include <map>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

/// @file
/// Objects that C++ cannot look into, as pickles.

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

using Catch::Matchers::ContainsSubstring;

namespace {

pool_options pickling_pool(size_t max_children = 1) {
  auto result = small_pool(max_children);
  result.pickle_fallback = true;
  return result;
}

} // namespace

BOTH_WAYS("an object without a twin passes through C++ as opaque value",
          "[opaque]") {
  pool_fixture f{pickling_pool()};
  TestType api{f};
  auto half =
    checked(api.template python_wait<opaque>({"opaques", "Fraction", 11, 2}));
  CHECK(checked(api.template python_wait<std::string>({"snakes", "show", half}))
        == "Fraction Fraction(11, 2)");
  auto untouched = checked(api.python_wait({"snakes", "identity", half}));
  CHECK(untouched == value{half});
  CHECK(to_string(untouched) == "<opaque object>");
}

BOTH_WAYS("an opaque value that one snake made is passed to another",
          "[opaque]") {
  pool_fixture f{pickling_pool(2)};
  TestType api{f};
  auto leased = checked(api.get_snakes_ready(2));
  REQUIRE(leased.size() == 2);
  auto half = checked(
    api.template snake_run<opaque>(leased[0], {"opaques", "Fraction", 11, 2}));
  CHECK(checked(api.template snake_run<std::string>(leased[1],
                                                    {"snakes", "show", half}))
        == "Fraction Fraction(11, 2)");
}

BOTH_WAYS("opaque values may be anywhere in arguments and results",
          "[opaque]") {
  using element = std::variant<int, std::string, opaque>;
  pool_fixture f{pickling_pool()};
  TestType api{f};
  auto mixed = checked(
    api.template python_wait<std::vector<element>>({"opaques", "mixed"}));
  REQUIRE(mixed.size() == 3);
  CHECK(std::get<int>(mixed[0]) == 1);
  CHECK(std::get<std::string>(mixed[1]) == "two");
  REQUIRE(std::holds_alternative<opaque>(mixed[2]));
  CHECK(
    checked(api.template python_wait<std::string>({"snakes", "show", mixed}))
    == "list [1, 'two', Fraction(3, 1)]");
  auto key = checked(api.python_wait({"opaques", "as_key"}));
  CHECK(checked(api.template python_wait<std::string>({"snakes", "show", key}))
        == "dict {Fraction(1, 2): [Fraction(1, 3)]}");
}

BOTH_WAYS("parts of known types that have no twin are opaque values",
          "[opaque]") {
  pool_fixture f{pickling_pool()};
  TestType api{f};
  auto parts = checked(
    api.template python_wait<std::vector<opaque>>({"opaques", "parts"}));
  CHECK(
    checked(api.template python_wait<bool>({"opaques", "are_parts", parts})));
}

BOTH_WAYS("what is around a part without a twin stays what it is", "[opaque]") {
  using entry = std::map<std::string, std::variant<int, opaque>>;
  pool_fixture f{pickling_pool()};
  TestType api{f};
  auto record = checked(
    api.template python_wait<std::tuple<int, entry>>({"opaques", "record"}));
  CHECK(std::get<0>(record) == 1);
  CHECK(std::get<int>(std::get<1>(record)["known"]) == 2);
  CHECK(std::holds_alternative<opaque>(std::get<1>(record)["unknown"]));
  CHECK(checked(api.template python_wait<std::string>(
          {"snakes", "show", checked(api.python_wait({"opaques", "text"}))}))
        == "dict {'\\ud800': {'\\udfff'}}");
}

BOTH_WAYS("two references to an opaque object stay two to one", "[opaque]") {
  pool_fixture f{pickling_pool()};
  TestType api{f};
  auto shared = checked(api.python_wait({"opaques", "shared"}));
  CHECK(
    checked(api.template python_wait<bool>({"opaques", "are_shared", shared})));
  // They stay so wherever C++ puts them, as do others that are equal.
  auto one = checked(shared.template as<std::vector<value>>());
  auto other = checked(checked(api.python_wait({"opaques", "shared"}))
                         .template as<std::vector<value>>());
  CHECK(checked(api.template python_wait<std::vector<bool>>(
          snake_args{"opaques", "which_are_one", one[0], other[0]}.kwargs(
            {{"c", one[1]}, {"d", other[0]}})))
        == std::vector{false, true, false, true});
}

BOTH_WAYS("equal opaque objects do not become one", "[opaque]") {
  pool_fixture f{pickling_pool()};
  TestType api{f};
  auto half =
    checked(api.template python_wait<opaque>({"opaques", "Fraction", 1, 2}));
  auto another =
    checked(api.template python_wait<opaque>({"opaques", "Fraction", 1, 2}));
  CHECK(half == another);
  CHECK_FALSE(checked(
    api.template python_wait<bool>({"opaques", "are_one", half, another})));
  auto equals = checked(api.python_wait({"opaques", "equals"}));
  CHECK_FALSE(
    checked(api.template python_wait<bool>({"opaques", "are_shared", equals})));
}

BOTH_WAYS("an opaque value that nothing was assigned to is None", "[opaque]") {
  pool_fixture f{pickling_pool()};
  TestType api{f};
  CHECK(
    checked(api.template python_wait<std::string>({"snakes", "show", opaque{}}))
    == "NoneType None");
}

BOTH_WAYS("only an opaque value decodes as one", "[opaque]") {
  pool_fixture f{pickling_pool()};
  TestType api{f};
  auto number = api.template python_wait<opaque>({"snakes", "identity", 1});
  CHECK(code_in(number) == errc::undecodable);
  CHECK_THAT(text_in(number),
             ContainsSubstring("expected opaque object, got int"));
  auto half = api.template python_wait<int>({"opaques", "Fraction", 1, 2});
  CHECK(code_in(half) == errc::undecodable);
  CHECK_THAT(text_in(half),
             ContainsSubstring("expected int, got opaque object"));
}

BOTH_WAYS("what cannot be pickled is unencodable, for two reasons",
          "[opaque]") {
  pool_fixture f{pickling_pool()};
  TestType api{f};
  auto result = api.python_wait({"opaques", "lock_inside"});
  CHECK(code_in(result) == errc::unencodable);
  CHECK_THAT(text_in(result),
             ContainsSubstring("object at result[\"locks\"][0] is of type "
                               "_thread.lock and cannot be pickled: TypeError: "
                               "cannot pickle '_thread.lock' object"));
}

BOTH_WAYS("what raises as it is pickled or unpickled ends only its call",
          "[opaque]") {
  pool_fixture f{pickling_pool()};
  TestType api{f};
  auto result = api.python_wait({"opaques", "Stubborn"});
  CHECK(code_in(result) == errc::unencodable);
  CHECK_THAT(text_in(result), ContainsSubstring("RuntimeError: stay here"));
  auto trap = checked(api.template python_wait<opaque>({"opaques", "Trap"}));
  auto caught = api.python_wait({"snakes", "identity", trap});
  CHECK(code_in(caught) == errc::undecodable);
  CHECK_THAT(text_in(caught), ContainsSubstring("args[0]: an opaque object "
                                                "cannot be unpickled: "
                                                "ValueError: trapped"));
  CHECK(checked(api.template python_wait<int>({"snakes", "identity", 1})) == 1);
}

BOTH_WAYS("a process forked as a result is pickled ends without a word",
          "[opaque]") {
  pool_fixture f{pickling_pool()};
  TestType api{f};
  auto status =
    checked(api.template python_wait<opaque>({"opaques", "Forker"}));
  CHECK(
    checked(api.template python_wait<std::string>({"snakes", "show", status}))
    == "int 0");
}

BOTH_WAYS("without pickle-fallback no opaque value goes in or out",
          "[opaque]") {
  std::optional<opaque> half;
  {
    pool_fixture f{pickling_pool()};
    TestType api{f};
    half =
      checked(api.template python_wait<opaque>({"opaques", "Fraction", 11, 2}));
  }
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto passed = api.python_wait({"snakes", "identity", *half});
  CHECK(code_in(passed) == errc::undecodable);
  CHECK_THAT(text_in(passed),
             ContainsSubstring("args[0]: an opaque object, "
                               "which pickle-fallback does not "
                               "permit"));
  auto made = api.python_wait({"opaques", "Fraction", 11, 2});
  CHECK(code_in(made) == errc::unencodable);
  CHECK_THAT(text_in(made), ContainsSubstring("object at result is of type "
                                              "fractions.Fraction"));
}
