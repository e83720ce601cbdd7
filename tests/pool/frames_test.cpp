#include "venomous/masked_array.hpp"

#include "tests/facades.hpp"
#include "tests/value_tools.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <variant>

/// @file
/// Frames of pandas. What there is to them without a pool, and those of other
/// libraries, is in python/test_frames.py.

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

using Catch::Matchers::ContainsSubstring;

namespace {

using columns = std::map<std::string, ndarray>;

/// A pool, if its snakes have pandas.
class frames_fixture : public pool_fixture {
public:
  frames_fixture() : pool_fixture(small_pool(1)) {
    auto module = venomous::python_wait(
      self, manager, {"importlib", "import_module", "pandas"});
    // If the import works, its result has no twin.
    has_pandas = code_in(module) == errc::unencodable;
    if (!has_pandas)
      WARN("skipped: pandas is not installed");
  }

  bool has_pandas = false;
};

std::vector<double> halves(size_t n) {
  std::vector<double> result(n);
  std::iota(result.begin(), result.end(), 0.0);
  for (auto& x : result)
    x /= 2;
  return result;
}

/// So many elements that a column travels in the arena.
constexpr size_t many = 20'000;

} // namespace

TEST_CASE("a map of arrays holds a frame", "[frames]") {
  frames_fixture f;
  if (!f.has_pandas)
    return;
  blocking_functions api{f};
  for (auto n : {size_t{3}, many}) {
    auto result = checked(api.python_wait({"framing", "made", n}));
    CHECK(result.attachments().size() == (n == many ? 2 : 0));
    auto frame = checked(result.as<columns>());
    REQUIRE(frame.size() == 2);
    CHECK(checked(frame["x"].to_vector<double>()) == halves(n));
    CHECK(frame["n"].dtype() == dtype::of<int64_t>());
    auto whole = std::tuple{"DataFrame"s, std::vector{"n"s, "x"s},
                            double(n * (n - 1)) / 4};
    CHECK(checked(api.python_wait<decltype(whole)>({"framing", "total", frame}))
          == whole);
    auto doubled =
      checked(api.python_wait<columns>({"framing", "scaled", result, 2.0}));
    CHECK(checked(doubled["x"].to_vector<double>())[2] == 2.0);
  }
}

TEST_CASE("a frame is made of columns without a copy", "[frames][arena]") {
  frames_fixture f;
  if (!f.has_pandas)
    return;
  blocking_functions api{f};
  auto x = checked(f.pool.arena().allocate<double>({many}));
  auto xs = checked(x.mutable_span<double>());
  std::ranges::fill(xs, 0.0);
  CHECK(api.python_wait({"framing", "fill", columns{{"x", x}}, 1.5}));
  CHECK(std::ranges::count(xs, 1.5) == many);
}

TEST_CASE("columns of text are lists", "[frames]") {
  using column = std::variant<ndarray, std::vector<std::string>>;
  frames_fixture f;
  if (!f.has_pandas)
    return;
  blocking_functions api{f};
  auto people = checked(
    api.python_wait<std::map<std::string, column>>({"framing", "people"}));
  CHECK(std::get<1>(people["name"]) == std::vector{"Ada"s, "Bo"s});
  CHECK(checked(std::get<0>(people["age"]).to_vector<int64_t>())
        == std::vector<int64_t>{36, 27});
}

TEST_CASE("numbers that a frame lacks are masked", "[frames]") {
  frames_fixture f;
  if (!f.has_pandas)
    return;
  blocking_functions api{f};
  auto ages = checked(
    api.python_wait<std::map<std::string, masked_array>>({"framing", "ages"}));
  CHECK(checked(ages["age"].data.to_vector<int64_t>())[0] == 36);
  CHECK(checked(ages["age"].mask.to_vector<bool>())
        == std::vector{false, true});
  CHECK(checked(api.python_wait<int>({"framing", "missing", ages})) == 1);
}

TEST_CASE("a column is a series", "[frames]") {
  frames_fixture f;
  if (!f.has_pandas)
    return;
  blocking_functions api{f};
  CHECK(checked(api.python_wait<double>(
          {"framing", "mean", ndarray::take(std::vector{1.0, 2.0})}))
        == 1.5);
}

TEST_CASE("a column that has no twin is named", "[frames]") {
  frames_fixture f;
  if (!f.has_pandas)
    return;
  blocking_functions api{f};
  auto result = api.python_wait({"framing", "months"});
  CHECK(code_in(result) == errc::unencodable);
  CHECK_THAT(text_in(result), ContainsSubstring("result[\"month\"] is a column "
                                                "of dtype period[M]"));
}
