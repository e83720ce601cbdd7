#include "venomous/ndarray.hpp"

#include "tests/facades.hpp"
#include "tests/value_tools.hpp"

#include <chrono>
#include <cmath>
#include <complex>
#include <deque>
#include <list>
#include <numeric>

/// @file
/// Arrays in C++, and on their way through Python.

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

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

TEST_CASE("names of fields are different UTF-8") {
  auto of_names = [](const char* first, const char* second) {
    return dtype::structured(
      {{first, dtype::of<int>(), 0, {}}, {second, dtype::of<int>(), 4, {}}}, 8);
  };
  CHECK(of_names("\xc3\xa9", "e"));
  CHECK_FALSE(of_names("e", "e"));
  CHECK_FALSE(of_names("\xc3", "e"));
}

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

TEST_CASE("sequences decode from arrays") {
  value x{counting<int>({3}, 3)};
  CHECK(checked(x.as<std::vector<int>>()) == std::vector{0, 1, 2});
  CHECK(checked(x.as<std::deque<int>>()) == std::deque{0, 1, 2});
  CHECK(checked(x.as<std::array<int, 3>>()) == std::array{0, 1, 2});
  CHECK(problem(x.as<std::array<int, 2>>())
        == "expected array of 2, got one of 3");
  CHECK(problem(x.as<std::vector<std::string>>())
        == "[0]: expected str, got int");
}

TEST_CASE("an array decodes as the list of its elements would") {
  value x{counting<int>({3}, 3)};
  CHECK(checked(x.as<std::vector<double>>()) == std::vector{0.0, 1.0, 2.0});
  CHECK(checked(x.as<std::vector<int8_t>>()) == std::vector<int8_t>{0, 1, 2});
  CHECK(checked(x.as<std::list<uint64_t>>()) == std::list<uint64_t>{0, 1, 2});
  CHECK(checked(x.as<std::array<double, 3>>()) == std::array{0.0, 1.0, 2.0});
  CHECK(checked(x.as<std::vector<std::optional<int>>>())[2] == 2);
  using choice = std::variant<double, int64_t>;
  CHECK(checked(x.as<std::vector<choice>>())[2] == choice{int64_t{2}});
  CHECK(checked(x.as<std::vector<value>>())[2].as<int>() == 2);
  CHECK(problem(value{counting<int>({200}, 200)}.as<std::vector<int8_t>>())
        == "[128]: expected int from -128 to 127, got 128");
  CHECK(problem(value{counting<double>({2}, 2)}.as<std::vector<int>>())
        == "[0]: expected int, got float");
  CHECK(problem(value{counting<double>({2}, 2)}.as<std::array<int, 2>>())
        == "[0]: expected int, got float");
}

TEST_CASE("elements without a size are no list") {
  auto type = checked(dtype::parse("|S0"));
  std::vector<size_t> many{size_t{1} << 60};
  value x{ndarray::from_memory(std::make_shared<char>(), type, many)};
  CHECK(problem(x.as<std::vector<std::string>>())
        == "expected array whose elements have a size, got array(|S0, shape "
           "(1152921504606846976,))");
}

TEST_CASE("an array of the other byte order is copied as this one's") {
  auto swapped = ndarray::copy(
    std::span<const uint8_t>{std::array<uint8_t, 4>{0, 1, 1, 0}}, {4});
  auto x =
    ndarray::from_memory(swapped.data(), checked(dtype::parse(">i2")), {2});
  CHECK(checked(x.to_vector<int16_t>()) == std::vector<int16_t>{1, 256});
  CHECK(to_string(x.native()) == "array(<i2, shape (2,))");
  CHECK(problem(x.span<int16_t>())
        == "expected array of <i2, got array of >i2");
  CHECK(problem(x.to_vector<int>())
        == "expected array of <i4, got array of >i2");
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
    CHECK_THAT(shown, StartsWith("ndarray array([[0., "));
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
  auto ask = [&](const char* expression) {
    return checked(api.python_wait(evaluate(expression)));
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

namespace {

/// Evaluates expressions of numpy on one snake.
class numpy_snake {
public:
  value operator()(const std::string& expression) {
    return checked(
      python_wait(f_.self, f_.manager, {"values", "of_numpy", expression}));
  }

private:
  pool_fixture f_{small_pool(1)};
};

} // namespace

TEST_CASE("scalars of any width are numbers", "[api]") {
  numpy_snake ask;
  CHECK(checked(ask("float16(0.1)").as<double>()) == 0.0999755859375);
  CHECK(checked(ask("float16(-6e-8)").as<double>()) == -0x1p-24);
  CHECK(checked(ask("float16('-inf')").as<double>())
        == -std::numeric_limits<double>::infinity());
  CHECK(std::isnan(checked(ask("float16('nan')").as<double>())));
  CHECK(checked(ask("longdouble(0.5)").as<double>()) == 0.5);
  CHECK(checked(ask("complex64(1-2j)").as<std::complex<double>>())
        == std::complex{1.0, -2.0});
  CHECK(checked(ask("complex128(0.1j)").as<std::complex<float>>())
        == std::complex{0.0f, 0.1f});
  CHECK(checked(ask("float16(2)").as<std::complex<double>>()) == 2.0);
  CHECK(problem(ask("float32(0.1)").as<int>()) == "expected int, got float");
}

TEST_CASE("a longdouble is rounded to the nearest float", "[api]") {
  numpy_snake ask;
  // 1 + 2**-60 is no float.
  auto near_one = ask("longdouble(1) + longdouble(2)**-60");
  CHECK(checked(near_one.as<double>()) == 1.0);
  CHECK(checked(near_one.as<float>()) == 1.0f);
  CHECK(checked(near_one.as<std::variant<int, double>>())
        == std::variant<int, double>{1.0});
  CHECK(checked(
          ask("clongdouble(1) + longdouble(2)**-60").as<std::complex<double>>())
        == 1.0);
  CHECK(problem(ask("longdouble(2)**2000").as<double>())
        == "expected float, got longdouble beyond it");
  CHECK(
    problem(ask("clongdouble(longdouble(2)**2000)").as<std::complex<double>>())
    == "expected complex, got clongdouble beyond it");
  CHECK(checked(ask("longdouble('inf')").as<double>())
        == std::numeric_limits<double>::infinity());
}

TEST_CASE("an array without dimensions is what its element is", "[api]") {
  numpy_snake ask;
  CHECK(checked(ask("array(1.5)").as<double>()) == 1.5);
  CHECK(checked(ask("array(7, dtype='>i8')").as<int>()) == 7);
  CHECK(checked(ask("array(1.5, dtype='>f4')").as<double>()) == 1.5);
  CHECK(checked(ask("array(True)").as<bool>()));
  CHECK(checked(ask("array(7)").as<big_integer>()) == 7);
  CHECK(checked(ask("array(1j, dtype='>c16')").as<std::complex<double>>())
        == std::complex{0.0, 1.0});
  CHECK(checked(ask("array('snäke', dtype='>U9')").as<std::string>())
        == "snäke");
  CHECK(checked(ask("array(b'snake')").as<bytes>()) == to_bytes("snake"));
  CHECK(checked(ask("array(1.5)").as<ndarray>()).ndim() == 0);
  CHECK(problem(ask("array([1.5])").as<double>())
        == "expected float, got ndarray");
  CHECK(problem(ask("zeros((), dtype='V3')").as<double>())
        == "expected float, got ndarray");
}

TEST_CASE("an array without dimensions takes the alternative of its kind",
          "[api]") {
  numpy_snake ask;
  using number = std::variant<double, int64_t>;
  CHECK(checked(ask("array(7)").as<number>()) == number{int64_t{7}});
  CHECK(checked(ask("array(7.0)").as<number>()) == number{7.0});
  using text = std::variant<std::string, bytes>;
  CHECK(checked(ask("bytes_(b'x')").as<text>()) == text{to_bytes("x")});
  CHECK(checked(ask("str_('x')").as<text>()) == text{"x"s});
  using any = std::variant<double, ndarray>;
  CHECK(checked(ask("array(7.0)").as<any>()).index() == 1);
}

TEST_CASE("an array of text is a list of it", "[api]") {
  numpy_snake ask;
  std::vector names{"a"s, "sn\u00e4ke"s, ""s};
  CHECK(checked(ask("array(['a', 'snäke', ''])").as<std::vector<std::string>>())
        == names);
  CHECK(checked(ask("array(['a', 'snäke', ''], dtype='>U6')")
                  .as<std::vector<std::string>>())
        == names);
  CHECK(checked(ask("char.encode(array(['a', 'snäke', '']), 'utf-8')")
                  .as<std::vector<std::string>>())
        == names);
  CHECK(checked(ask("array([b'a', b'\\xff'])").as<std::vector<bytes>>())
        == std::vector{to_bytes("a"), to_bytes("\xff")});
  CHECK(problem(ask("array([b'a', b'\\xff'])").as<std::vector<std::string>>())
        == "[1]: expected str, got bytes that are no UTF-8");
  CHECK(problem(ask("array([['a']])").as<std::vector<std::string>>())
        == "expected array of 1 dimensions, got shape (1, 1)");
  // Beyond 64 KB it is an attachment.
  auto many =
    checked(ask("array(['snake'] * 10000)").as<std::vector<std::string>>());
  CHECK(many == std::vector(10'000, "snake"s));
  CHECK(checked(ask("str_('x' * 20000)").as<std::string>())
        == std::string(20'000, 'x'));
}

TEST_CASE("text that is none is refused wherever it is", "[api]") {
  numpy_snake ask;
  CHECK(problem(ask("array(['a', chr(0xd800)])").as<std::vector<std::string>>())
        == "[1]: expected str, got one with surrogates");
  for (auto text : {"\\x80", "\\xc0\\x80", "\\xc3", "\\xed\\xa0\\x80",
                    "\\xe2\\x82", "\\xf4\\x90\\x80\\x80", "\\xff", "a\\xc3b"})
    CHECK(problem(ask("bytes_(b'"s + text + "')").as<std::string>())
          == "expected str, got bytes that are no UTF-8");
  for (auto text : {"a", "\u00e4", "\u20ac", "\U0001F40D", "\u00e4\U0010ffff"})
    CHECK(checked(ask("bytes_('"s + text + "'.encode())").as<std::string>())
          == text);
}

TEST_CASE("a big-endian array is a list of numbers", "[api]") {
  numpy_snake ask;
  std::vector doubles{1.5, -2.0};
  CHECK(checked(ask("array([1.5, -2], dtype='>f8')").as<std::vector<double>>())
        == doubles);
  CHECK(checked(ask("array([1.5, -2], dtype='>f4')").as<std::vector<double>>())
        == doubles);
  CHECK(checked(ask("array([1.5, -2], dtype='>f8')").as<std::deque<double>>())
        == std::deque{1.5, -2.0});
  CHECK(checked(ask("array([1, -2], dtype='>i2')").as<std::array<int16_t, 2>>())
        == std::array<int16_t, 2>{1, -2});
  CHECK(checked(ask("array([1-2j], dtype='>c8')")
                  .as<std::vector<std::complex<float>>>())[0]
        == std::complex{1.0f, -2.0f});
  auto many =
    checked(ask("arange(100000, dtype='>f8')").as<std::vector<double>>());
  CHECK(many.at(99'999) == 99'999);
  CHECK(
    checked(
      checked(ask("arange(3, dtype='>f8')").as<ndarray>()).to_vector<double>())
    == std::vector{0.0, 1.0, 2.0});
}

TEST_CASE("an array of bytes is bytes", "[api]") {
  numpy_snake ask;
  auto x = ask("arange(3, dtype='u1')");
  CHECK(checked(x.as<std::vector<uint8_t>>()) == std::vector<uint8_t>{0, 1, 2});
  CHECK(checked(x.as<bytes>()).at(2) == std::byte{2});
  CHECK(checked(ask("zeros(100000, dtype='u1')").as<bytes>()).size()
        == 100'000);
  CHECK(problem(ask("arange(3)").as<bytes>()) == "expected bytes, got ndarray");
}

TEST_CASE("an array of halves is a list of floats", "[api]") {
  numpy_snake ask;
  auto x = ask("array([0.5, 65504, -0.0], dtype='f2')");
  auto doubles = checked(x.as<std::vector<double>>());
  CHECK(doubles == std::vector{0.5, 65504.0, 0.0});
  CHECK(std::signbit(doubles[2]));
}

BOTH_WAYS("an array of objects is an error that names its dtype", "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto result = api.python_wait(evaluate("array([None])"));
  CHECK(code_in(result) == errc::unencodable);
  CHECK_THAT(text_in(result), ContainsSubstring("array of dtype object"));
}
