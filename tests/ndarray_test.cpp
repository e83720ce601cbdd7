#include "venomous/ndarray.hpp"

#include "tests/facades.hpp"
#include "tests/value_tools.hpp"

#include <chrono>
#include <complex>
#include <deque>
#include <numeric>

/// @file
/// Arrays in C++, and on their way through Python.

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

namespace {

template <class T>
ndarray counting(std::vector<size_t> shape, size_t size) {
  std::vector<T> xs(size);
  std::iota(xs.begin(), xs.end(), T{});
  return ndarray::take(std::move(xs), std::move(shape));
}

snake_args evaluate(std::string expression) {
  return {"snakes", "evaluate", "__import__('numpy')." + std::move(expression)};
}

template <class T>
std::string problem(const caf::expected<T>& x) {
  return x ? "none" : text_in(x).substr("undecodable: "sv.size());
}

} // namespace

// -- dtype --------------------------------------------------------------------

TEST_CASE("a dtype is what numpy calls it") {
  for (auto text : {"<f8", ">f4", "<f2", "|b1", "|i1", "|u1", "<c16", "|S5",
                    "<U3", "<M8[ns]", "<m8[25s]", "<M8", "|V3"})
    CHECK(to_string(checked(dtype::parse(text))) == text);
  CHECK(to_string(dtype::of<double>()) == "<f8");
  CHECK(to_string(dtype::of<int16_t>()) == "<i2");
  CHECK(to_string(dtype::of<bool>()) == "|b1");
  CHECK(to_string(dtype::of<std::byte>()) == "|u1");
  CHECK(to_string(dtype::of<half>()) == "<f2");
  CHECK(to_string(dtype::of<std::complex<float>>()) == "<c8");
  CHECK(to_string(dtype::of<std::chrono::milliseconds>()) == "<m8[ms]");
  CHECK(to_string(dtype::of<std::chrono::sys_time<std::chrono::nanoseconds>>())
        == "<M8[ns]");
}

TEST_CASE("what is no dtype is an error that names it") {
  for (auto text : {"", "<", "f", "<f3", "|O8", "<M8[x]", "<M8[", "<f8 ", "q8",
                    "|S99999999999999999999", "<U9223372036854775807"})
    CHECK(problem(dtype::parse(text)) == "no dtype: "s + text);
}

// -- arrays in C++ ------------------------------------------------------------

TEST_CASE("an array takes a vector without a copy") {
  std::vector<double> xs{1, 2, 3, 4, 5, 6};
  auto first = xs.data();
  auto x = ndarray::take(std::move(xs), {2, 3});
  CHECK(checked(x.span<double>()).data() == first);
  CHECK(x.nbytes() == 48);
  CHECK(to_string(x) == "array(<f8, shape (2, 3))");
  CHECK_THROWS_AS(ndarray::take(std::vector<int>{1, 2}, {3}),
                  std::invalid_argument);
}

TEST_CASE("elements are reached in whatever order they lie") {
  auto x = counting<int>({2, 3}, 6);
  auto turned = x.transposed();
  CHECK(turned.is_f_contiguous());
  CHECK_FALSE(turned.is_c_contiguous());
  auto seen = checked(turned.view<int, 2>());
  CHECK(seen.extent(0) == 3);
  CHECK(seen(2, 1) == 5);
  CHECK(checked(turned.to_vector<int>()) == std::vector{0, 3, 1, 4, 2, 5});
  CHECK(problem(turned.span<int>())
        == "expected array in C order, got one that is not");
  auto backwards = ndarray::from_memory(
    {x.data(), x.data().get() + 5 * sizeof(int)}, x.dtype(), {6}, {-4});
  CHECK(checked(backwards.to_vector<int>()) == std::vector{5, 4, 3, 2, 1, 0});
}

TEST_CASE("parts of an array share its elements") {
  auto x = counting<int>({3, 2}, 6);
  auto row = x.at(1);
  checked(row.mutable_view<int, 1>())(0) = 42;
  CHECK(checked(x.span<int>())[2] == 42);
  CHECK(x.slice(1, 3).shape() == std::vector<size_t>{2, 2});
  CHECK(checked(x.reshaped({6}).span<int>())[2] == 42);
  CHECK_THROWS_AS(x.at(3), std::out_of_range);
  CHECK_THROWS_AS(x.slice(2, 4), std::out_of_range);
  CHECK_THROWS_AS(x.reshaped({5}), std::invalid_argument);
}

TEST_CASE("access to an array of another type is an error that names both") {
  auto x = counting<float>({4}, 4);
  CHECK(problem(x.span<double>()) == "expected array of <f8, got array of <f4");
  CHECK(problem(x.view<float, 2>())
        == "expected array of 2 dimensions, got shape (4,)");
  auto odd =
    ndarray::from_memory({x.data(), x.data().get() + 1}, x.dtype(), {2});
  CHECK(problem(odd.span<float>())
        == "expected aligned array, got one that is not");
  CHECK(checked(odd.to_vector<float>()).size() == 2);
}

TEST_CASE("an array larger than memory is refused") {
  CHECK_THROWS_AS(ndarray::zeros(dtype{}, {size_t{1} << 62, 4}),
                  std::length_error);
  CHECK_THROWS_AS(ndarray::zeros(dtype{}, {0, size_t{1} << 62, 4}),
                  std::length_error);
}

// -- arrays as values ---------------------------------------------------------

TEST_CASE("an array is a value and prints as one") {
  value x{counting<double>({2, 3}, 6)};
  CHECK(to_string(x) == "array(<f8, shape (2, 3))");
  CHECK(checked(checked(x.as<ndarray>()).span<double>())[5] == 5);
  CHECK(problem(x.as<std::vector<double>>())
        == "expected array of 1 dimensions, got shape (2, 3)");
  CHECK(problem(value{std::vector{1}}.as<ndarray>())
        == "expected ndarray, got list");
}

TEST_CASE("sequences decode from arrays of the same type") {
  value x{counting<int>({3}, 3)};
  CHECK(checked(x.as<std::vector<int>>()) == std::vector{0, 1, 2});
  CHECK(checked(x.as<std::deque<int>>()) == std::deque{0, 1, 2});
  CHECK(checked(x.as<std::array<int, 3>>()) == std::array{0, 1, 2});
  CHECK(problem(x.as<std::array<int, 2>>())
        == "expected array of 2, got one of 3");
  CHECK(problem(x.as<std::vector<double>>())
        == "expected array of <f8, got array of <i4");
  CHECK(problem(x.as<std::vector<std::string>>())
        == "expected list, got ndarray");
}

TEST_CASE("bytes that are no array are malformed") {
  auto broken = [](std::string header) {
    std::string bytes{"\xc7", 1};
    bytes += static_cast<char>(header.size());
    return problem(value::from_bytes(bytes + "\x11" + header).as<ndarray>());
  };
  auto start = "malformed MessagePack: an array "s;
  CHECK(broken("\x90") == start + "without a header");
  CHECK(broken("\x93\xa3<f9\x90") == start + "of an unknown dtype");
  CHECK(broken("\x93\xa3<f8\x91\xff") == start + "of an impossible shape");
  CHECK(broken("\x93\xa3<f8\x91\xcf\x7f\xff\xff\xff\xff\xff\xff\xff\x01")
        == start + "larger than memory");
  CHECK(broken("\x93\xa3<f8\x91\x02"s + '\0' + "12345678")
        == start + "whose elements are not as long as its shape");
  CHECK(broken("\x93\xa3<f8\x91\x02\x10") == start + "with unknown flags");
}

TEST_CASE("whatever byte a bool has, it is true or false") {
  auto x =
    value::from_bytes("\xc7\x0a\x11\x93\xa3|b1\x91\x02"s + '\0' + "\2" + '\0');
  CHECK(checked(x.as<std::vector<bool>>()) == std::vector{true, false});
  CHECK(checked(x.as<std::array<bool, 2>>()) == std::array{true, false});
  auto seen = checked(x.as<ndarray>());
  CHECK(seen.data().get()[0] == 1);
}

BOTH_WAYS("an array is one of numpy's in Python and comes back", "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto x = counting<float>({2, 3}, 6);
  for (auto& sent : {x, x.transposed()}) {
    auto shown =
      checked(api.template python_wait<std::string>({"snakes", "show", sent}));
    CHECK_THAT(shown, Catch::StartsWith("ndarray array([[0., "));
    auto back =
      checked(api.template python_wait<ndarray>({"snakes", "identity", sent}));
    CHECK(back.shape() == sent.shape());
    CHECK(back.is_f_contiguous() == sent.is_f_contiguous());
    CHECK(checked(back.template to_vector<float>())
          == checked(sent.template to_vector<float>()));
  }
}

BOTH_WAYS("a scalar of numpy's is a number or text in C++", "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto ask = [&](const char* what) {
    return checked(api.python_wait(evaluate(what)));
  };
  CHECK(checked(ask("float64(0.5)").template as<double>()) == 0.5);
  CHECK(checked(ask("int8(-1)").template as<int>()) == -1);
  CHECK(checked(ask("uint64(2**64 - 1)").template as<uint64_t>())
        == std::numeric_limits<uint64_t>::max());
  CHECK(checked(ask("bool_(True)").template as<bool>()));
  CHECK(checked(ask("str_('snäke')").template as<std::string>()) == "snäke");
  auto array = checked(ask("float64(0.5)").template as<ndarray>());
  CHECK(array.ndim() == 0);
  CHECK(checked(array.template span<double>())[0] == 0.5);
  auto scalar = ask("float32(0.5)");
  CHECK(checked(api.python_wait({"snakes", "identity", scalar})) == scalar);
}

BOTH_WAYS("an array of objects is an error that names its dtype", "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto result = api.python_wait(evaluate("array([None])"));
  CHECK(code_in(result) == errc::unencodable);
  CHECK_THAT(text_in(result), Catch::Contains("array of dtype object"));
}
