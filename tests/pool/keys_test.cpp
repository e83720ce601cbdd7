#include "tests/pool_fixture.hpp"
#include "tests/value_tools.hpp"

#include <cmath>
#include <complex>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <variant>

/// @file
/// Keys that are distinct in Python's dicts and sets, but not in those of C++.

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

/// Evaluates expressions on one snake.
class evaluator {
public:
  value operator()(const std::string& expression) {
    return checked(
      python_wait(f_.self, f_.manager, {"values", "evaluate", expression}));
  }

private:
  pool_fixture f_{small_pool(1)};
};

/// A key that travels as a namedtuple.
struct offer {
  std::string what;
  double price = 0;

  auto operator<=>(const offer&) const = default;

  MSGPACK_DEFINE_MAP(what, price)
};

/// An offer that is identified by its name alone.
struct named_offer : offer {
  bool operator<(const named_offer& other) const {
    return what < other.what;
  }
};

/// Goes on to the name where neither price is less, as with NaN.
struct price_then_name {
  bool operator()(const offer& x, const offer& y) const {
    if (x.price < y.price || y.price < x.price)
      return x.price < y.price;
    return x.what < y.what;
  }
};

/// Treats numbers as equivalent that are close to each other.
struct by_tens {
  bool operator()(double x, double y) const {
    return std::round(x / 10) < std::round(y / 10);
  }
};

/// An order that has a place for NaN: after all other numbers.
struct nan_last {
  bool operator()(double x, double y) const {
    return std::isnan(y) ? !std::isnan(x) : x < y;
  }
};

struct same_bits {
  bool operator()(double x, double y) const {
    return std::bit_cast<uint64_t>(x) == std::bit_cast<uint64_t>(y);
  }
};

struct by_parts {
  bool operator()(std::complex<double> x, std::complex<double> y) const {
    return std::pair{x.real(), x.imag()} < std::pair{y.real(), y.imag()};
  }
};

struct prices {
  std::map<double, int> counts;

  MSGPACK_DEFINE_MAP(counts)
};

const std::string no_nan =
  "expected key that can be found again, got one with NaN";

const std::string equal = "equals a key before it";

} // namespace

// -- NaN ----------------------------------------------------------------------

TEST_CASE("a dict with NaN among its keys is no map", "[values]") {
  evaluator evaluate;
  auto numbers = evaluate("{1.0: 1, float('nan'): 2, 2.0: 3}");
  CHECK(why_not<std::map<double, int>>(numbers) == "[nan]: " + no_nan);
  CHECK(why_not<std::map<double, int, std::greater<>>>(numbers)
        == "[nan]: " + no_nan);
  CHECK(why_not<std::map<float, int>>(numbers) == "[nan]: " + no_nan);
  CHECK(why_not<std::map<double, int, by_tens>>(
          evaluate("{10.0: 1, float('nan'): 2, 20.0: 3}"))
        == "[nan]: " + no_nan);
  CHECK(why_not<std::unordered_map<double, int>>(numbers)
        == "[nan]: " + no_nan);
  auto alone = evaluate("{float('nan'): 1}");
  CHECK(why_not<std::map<double, int>>(alone) == "[nan]: " + no_nan);
  CHECK(why_not<std::unordered_map<double, int>>(alone) == "[nan]: " + no_nan);
  CHECK(why_not<std::map<double, int>>(evaluate("{numpy.float16('nan'): 1}"))
        == "[nan]: " + no_nan);
  CHECK(why_not<std::map<std::complex<double>, int, by_parts>>(
          evaluate("{complex('nan'): 1}"))
        == "[(nan+0j)]: " + no_nan);
}

TEST_CASE("NaN within a key is found wherever it is", "[values]") {
  evaluator evaluate;
  auto pair = evaluate("{(1.0, 1): 1, (float('nan'), 1): 2}");
  CHECK(why_not<std::map<std::pair<double, int>, int>>(pair)
        == "[(nan, 1)]: " + no_nan);
  CHECK(why_not<std::map<std::tuple<double, int>, int>>(pair)
        == "[(nan, 1)]: " + no_nan);
  CHECK(why_not<std::map<std::vector<double>, int>>(pair)
        == "[(nan, 1)]: " + no_nan);
  auto maybe = evaluate("{None: 1, float('nan'): 2}");
  CHECK(why_not<std::map<std::optional<double>, int>>(maybe)
        == "[nan]: " + no_nan);
  auto mixed = evaluate("{'a': 1, float('nan'): 2}");
  CHECK(why_not<std::map<std::variant<std::string, double>, int>>(mixed)
        == "[nan]: " + no_nan);
  auto record = evaluate("{Offer('egg', float('nan')): 1}");
  CHECK(why_not<std::map<offer, int>>(record)
        == "[Offer(what='egg', price=nan)]: " + no_nan);
  CHECK(why_not<std::map<offer, int, price_then_name>>(record)
        == "[Offer(what='egg', price=nan)]: " + no_nan);
  using nested = std::map<std::string, std::vector<prices>>;
  CHECK(why_not<nested>(
          evaluate("{'x': [{'counts': {}}, {'counts': {float('nan'): 1}}]}"))
        == "['x'][1].counts[nan]: " + no_nan);
}

TEST_CASE("NaN is no element of a set", "[values]") {
  evaluator evaluate;
  const auto why =
    "expected element that can be found again, got one with NaN"s;
  auto alone = evaluate("{float('nan')}");
  CHECK(why_not<std::set<double>>(alone) == "[0]: " + why);
  CHECK(why_not<std::unordered_set<double>>(alone) == "[0]: " + why);
  CHECK(why_not<frozen<std::set<double>>>(alone) == "[0]: " + why);
  CHECK(
    why_not<std::set<std::pair<double, int>>>(evaluate("{(float('nan'), 1)}"))
    == "[0]: " + why);
  // Two NaNs do not equal each other either.
  CHECK(why_not<std::set<double>>(evaluate("{float('nan'), float('nan')}"))
        == "[0]: " + why);
}

TEST_CASE("an order that has a place for NaN keeps it", "[values]") {
  evaluator evaluate;
  auto numbers = evaluate("{float('nan'): 2, 2.0: 3, 1.0: 1}");
  auto sorted = checked(numbers.as<std::map<double, int, nan_last>>());
  REQUIRE(sorted.size() == 3);
  CHECK(sorted.rbegin()->second == 2);
  CHECK(sorted.at(1.0) == 1);
  auto nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(sorted.at(nan) == 2);
  using by_bits = std::unordered_map<double, int, std::hash<double>, same_bits>;
  CHECK(checked(numbers.as<by_bits>()).size() == 3);
}

TEST_CASE("an order that does not look at NaN is not broken by it",
          "[values]") {
  evaluator evaluate;
  auto offers =
    checked(evaluate("{Offer('egg', float('nan')), Offer('tea', float('nan'))}")
              .as<std::set<named_offer>>());
  CHECK(offers.size() == 2);
}

// -- equal keys ---------------------------------------------------------------

TEST_CASE("keys that are equal in C++ only are no map", "[values]") {
  evaluator evaluate;
  auto colors = evaluate("{'red': 1, Color.RED: 2}");
  CHECK(why_not<std::map<std::string, int>>(colors)
        == "[<Color.RED: 'red'>]: " + equal);
  CHECK(why_not<std::unordered_map<std::string, int>>(colors)
        == "[<Color.RED: 'red'>]: " + equal);
  CHECK(why_not<std::map<std::pair<int, std::string>, int>>(
          evaluate("{(1, Color.RED): 1, (1, 'red'): 2}"))
        == "[(1, 'red')]: " + equal);
  CHECK(why_not<std::map<std::optional<std::string>, int>>(
          evaluate("{'red': 1, None: 2, Color.RED: 3}"))
        == "[<Color.RED: 'red'>]: " + equal);
  CHECK(why_not<std::map<std::variant<int, std::string>, int>>(colors)
        == "[<Color.RED: 'red'>]: " + equal);
  // One is the other, rounded to float.
  CHECK(
    why_not<std::map<float, int>>(evaluate("{0.1: 1, 0.10000000149011612: 2}"))
    == "[0.10000000149011612]: " + equal);
  CHECK(why_not<std::map<std::string, std::map<std::string, int>>>(
          evaluate("{'x': {'red': 1, Color.RED: 2}}"))
        == "['x'][<Color.RED: 'red'>]: " + equal);
}

TEST_CASE("times that are one instant are one key", "[values]") {
  evaluator evaluate;
  // In Python a time that occurs twice in its zone equals none of other zones.
  auto times = evaluate(
    "{datetime.datetime(2020, 10, 25, 2, fold=1, "
    "tzinfo=zoneinfo.ZoneInfo('Europe/Vienna')): 1, "
    "datetime.datetime(2020, 10, 25, 1, tzinfo=datetime.timezone.utc): 2}");
  using instant = std::chrono::sys_time<std::chrono::seconds>;
  auto why = why_not<std::map<instant, int>>(times);
  CHECK_THAT(why, StartsWith("[datetime.datetime(2020, 10, 25, 1, 0")
                    && EndsWith(": " + equal));
}

TEST_CASE("elements that are equal in C++ only are no set", "[values]") {
  evaluator evaluate;
  auto colors = evaluate("{'red', Color.RED}");
  const auto why = "[1]: equals an element before it";
  CHECK(why_not<std::set<std::string>>(colors) == why);
  CHECK(why_not<std::unordered_set<std::string>>(colors) == why);
  CHECK(why_not<frozen<std::set<std::string>>>(colors) == why);
}

TEST_CASE("keys that one type of C++ tells apart are all there", "[values]") {
  evaluator evaluate;
  using flag_or_number = std::variant<bool, int64_t, double>;
  CHECK(checked(evaluate("{1: 'a', 2: 'b', False: 'c', 2.5: 'd'}")
                  .as<std::map<flag_or_number, std::string>>())
        == std::map<flag_or_number, std::string>{
          {int64_t{1}, "a"}, {int64_t{2}, "b"}, {false, "c"}, {2.5, "d"}});
}

TEST_CASE("a dict that has a key twice is refused", "[values]") {
  auto dict = value::from_bytes("\x82\xa1"
                                "a\x01\xa1"
                                "a\x02");
  CHECK(why_not<std::map<std::string, int>>(dict) == "['a']: " + equal);
}
