#include "venomous/masked_array.hpp"

#include "tests/facades.hpp"
#include "tests/value_tools.hpp"

#include <map>

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

namespace {

masked_array two_of_three() {
  auto mask = ndarray::zeros(dtype::of<bool>(), {3});
  checked(mask.mutable_span<bool>())[1] = true;
  return {ndarray::take(std::vector{1.5, 2.5, 3.5}), mask};
}

} // namespace

BOTH_WAYS("a masked array keeps its mask through Python", "[arrays]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  CHECK(checked(api.template python_wait<std::string>(
          {"builtins", "repr", two_of_three()}))
        == "masked_array(data=[1.5, --, 3.5],\n"
           "             mask=[False,  True, False],\n"
           "       fill_value=1e+20)");
  masked_array back = checked(api.template python_wait<masked_array>(
    {"snakes", "identity", two_of_three()}));
  CHECK(checked(back.data.to_vector<double>()) == std::vector{1.5, 2.5, 3.5});
  CHECK(checked(back.mask.to_vector<bool>())
        == std::vector{false, true, false});
  CHECK(back.fill_value.is_none());
  auto with_fill_value = two_of_three();
  with_fill_value.fill_value = value{-1};
  CHECK(checked(api.template python_wait<std::string>(
          {"builtins", "str", with_fill_value}))
        == "[1.5 -- 3.5]");
  back = checked(api.template python_wait<masked_array>(
    {"snakes", "identity", with_fill_value}));
  CHECK(checked(back.fill_value.as<double>()) == -1);
}

BOTH_WAYS("a long masked array lies in shared memory", "[arrays][arena]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto result = checked(
    api.python_wait({"snakes", "evaluate",
                     "__import__('numpy').ma.masked_equal(range(100000), 7)"}));
  CHECK(result.attachments().size() == 2);
  masked_array got = checked(result.template as<masked_array>());
  CHECK(checked(got.mask.to_vector<bool>())[7]);
  CHECK(
    checked(api.template python_wait<int>({"numpy.ma", "count_masked", result}))
    == 1);
}

TEST_CASE("of a plain array nothing is masked", "[arrays]") {
  value plain{ndarray::take(std::vector{1, 2})};
  auto got = checked(plain.as<masked_array>());
  CHECK(checked(got.data.to_vector<int>()) == std::vector{1, 2});
  CHECK(checked(got.mask.to_vector<bool>()) == std::vector{false, false});
  CHECK(got.fill_value.is_none());
}

TEST_CASE("a mask is of bool, in the shape of its array", "[arrays]") {
  auto wrong = two_of_three();
  wrong.mask = ndarray::zeros(dtype::of<bool>(), {2});
  CHECK(why_not<masked_array>(wrong)
        == "expected mask of bool in the shape of the array, got array(|b1, "
           "shape (2,))");
  CHECK(why_not<masked_array>(std::vector{1}) == "expected ndarray, got list");
  CHECK(why_not<ndarray>(two_of_three()) == "expected ndarray, got namedtuple");
}
