#include "venomous/snake_args.hpp"

#include "tests/catch.hpp"
#include "tests/through_network.hpp"

#include <caf/deep_to_string.hpp>

using namespace venomous;

namespace {

std::string repr(const snake_args& x) {
  return x.module() + "." + x.func() + " " + to_string(x.args()) + " "
         + to_string(x.kwargs());
}

} // namespace

TEST_CASE("a call without arguments has an empty list and dict",
          "[snake_args]") {
  CHECK(repr(snake_args{"math", "pi"}) == "math.pi [] {}");
  CHECK(repr(snake_args{}) == ". [] {}");
}

TEST_CASE("arguments are encoded in their order", "[snake_args]") {
  snake_args x{"m", "f", 1, "two", 3.0, std::vector{4}, std::pair{5, nullptr}};
  CHECK(repr(x) == "m.f [1, 'two', 3.0, [4], (5, None)] {}");
}

TEST_CASE("a vector of values is one argument, or as many as it has",
          "[snake_args]") {
  std::vector<value> values{1, "two"};
  CHECK(repr({"m", "f", values}) == "m.f [[1, 'two']] {}");
  CHECK(repr(snake_args::with_args("m", "f", values)) == "m.f [1, 'two'] {}");
}

TEST_CASE("keyword arguments are added, on either kind of object",
          "[snake_args]") {
  auto x = snake_args{"builtins", "int", "ff"}.kwargs({{"base", 16}});
  CHECK(repr(x) == "builtins.int ['ff'] {'base': 16}");
  x.kwargs({{"x", 1.5}, {"y", "text"}}).kwargs({});
  CHECK(repr(x) == "builtins.int ['ff'] {'base': 16, 'x': 1.5, 'y': 'text'}");
}

TEST_CASE("the last keyword argument of a name counts", "[snake_args]") {
  snake_args x{"m", "f"};
  x.kwargs({{"a", 1}, {"b", 2}, {"a", 3}}).kwargs({{"b", 4}});
  CHECK(repr(x) == "m.f [] {'a': 3, 'b': 4}");
}

TEST_CASE("keyword arguments may be computed at run time", "[snake_args]") {
  std::vector<snake_args::keyword> keywords{{"a", 1}, {"b", 2}};
  CHECK(repr(snake_args{"m", "f"}.kwargs(keywords))
        == "m.f [] {'a': 1, 'b': 2}");
}

TEST_CASE("a copy shares the arguments and has its own keywords",
          "[snake_args]") {
  snake_args x{"m", "f", std::string(1'000, 'x')};
  auto copy = x;
  CHECK(copy.args().bytes().data() == x.args().bytes().data());
  copy.kwargs({{"a", 1}});
  CHECK(to_string(x.kwargs()) == "{}");
}

TEST_CASE("the head of a call is its module and function", "[snake_args]") {
  std::string head = "frame ";
  snake_args{"os", "getpid"}.append_head(head);
  CHECK(head == "frame \xa2os\xa6getpid");
}

TEST_CASE("a call travels through CAF", "[snake_args]") {
  auto source = snake_args{"m", "f", 1, "two"}.kwargs({{"a", 1}});
  snake_args result;
  REQUIRE_FALSE(test::through_network(nullptr, source, result));
  CHECK(result == source);
  CHECK(caf::deep_to_string(source)
        == "venomous::snake_args(\"m\", \"f\", [1, 'two'], {'a': 1})");
}
