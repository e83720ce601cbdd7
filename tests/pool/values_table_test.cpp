#include "tests/facades.hpp"
#include "tests/paths.hpp"
#include "tests/value_tools.hpp"

#include "venomous/masked_array.hpp"

#include <chrono>
#include <complex>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <unordered_set>

/// @file
/// Each type of Python's against the types of C++ that it is mapped to. The
/// table in docs/values.md is written by what is tested here.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;
using namespace std::literals;

namespace {

enum class size : uint8_t { small = 1 };

enum class number : int { one = 1 };

enum class access_right : uint8_t { read = 1, write = 2 };

struct listed_offer {
  std::string what;
  double price = 0;

  bool operator==(const listed_offer&) const = default;

  MSGPACK_DEFINE_MAP(what, price)
};

struct terminal_size {
  int columns = 0;
  int lines = 0;

  MSGPACK_DEFINE_MAP(columns, lines)
};

} // namespace

template <>
inline constexpr std::string_view venomous::enum_class<size> = "values:Size";

template <>
inline constexpr std::string_view venomous::enum_class<access_right> =
  "values:Access";

namespace {

/// Whether C++ sends a type as the one that Python had.
enum class back { same, other };

struct row {
  std::string python_type;
  std::string cpp_type;
  std::string note;
  /// Whatever Python has.
  std::string expression;
  std::function<void(blocking_functions&, const row&)> check;
};

/// Checks that `x` arrives from Python, in Python if it is sent as the same,
/// and that the value itself gets there and back without a change.
template <class T>
row cell(std::string python_type, std::string cpp_type, std::string expression,
         T x, std::string note = "", back way = back::same) {
  auto check = [x, way](blocking_functions& api, const row& cell) {
    INFO(cell.expression + " as " + cell.cpp_type);
    auto got =
      checked(api.python_wait({"values", "evaluate", cell.expression}));
    CHECK(to_string(got)
          == checked(api.python_wait<std::string>({"builtins", "repr", got})));
    CHECK(checked(got.as<T>()) == x);
    CHECK(checked(api.python_wait<std::string>(
            {"values", "same", cell.expression, got}))
          == "");
    if (way == back::same)
      CHECK(checked(api.python_wait<std::string>(
              {"values", "same", cell.expression, x}))
            == "");
    CHECK(round_trip(x) == x);
    using choice = std::variant<std::monostate, T>;
    CHECK(std::get<T>(checked(got.as<choice>())) == x);
    CHECK(checked(got.as<std::optional<T>>()) == x);
  };
  return {std::move(python_type), std::move(cpp_type), std::move(note),
          std::move(expression), check};
}

/// The same of a type that arrives as another one, as what `twin` evaluates to.
row arrives_as(const std::string& twin, row x) {
  auto inner = x;
  inner.expression = twin;
  x.check = [inner](blocking_functions& api, const row& cell) {
    INFO(cell.expression + " as " + inner.expression);
    auto got =
      checked(api.python_wait({"values", "evaluate", cell.expression}));
    CHECK(checked(api.python_wait<std::string>(
            {"values", "same", inner.expression, got}))
          == "");
    inner.check(api, inner);
  };
  return x;
}

template <class T>
T parsed(std::string_view text) {
  return checked(T::parse(text));
}

std::vector<row> scalars() {
  return {
    cell("bool", "bool", "True", true),
    cell("int", "int64_t", "-7", int64_t{-7}, "any integer that holds it"),
    cell("int", "venomous::big_integer", "10**30",
         parsed<big_integer>("1" + std::string(30, '0'))),
    cell("float", "double", "1.5", 1.5),
    cell("complex", "std::complex<double>", "1-2.5j",
         std::complex<double>{1, -2.5}, "takes floats and ints, too"),
    cell("complex", "std::complex<float>", "2j", std::complex<float>{0, 2}),
    cell("Decimal", "venomous::decimal", "Decimal('-1.50E+30')",
         parsed<decimal>("-1.50e30"), "keeps each digit"),
    cell("str", "std::string", "'snake'", "snake"s),
    cell("bytes", "venomous::bytes", "b'snake'", to_bytes("snake")),
    cell("bytearray", "venomous::bytearray", "bytearray(b'snake')",
         bytearray{to_bytes("snake")}),
    cell("bytearray", "venomous::bytes", "bytearray(b'snake')",
         to_bytes("snake"), "goes back as bytes", back::other),
    cell("UUID", "venomous::uuid",
         "uuid.UUID('12345678-1234-5678-1234-567812345678')",
         parsed<uuid>("12345678123456781234567812345678")),
    cell("PosixPath", "std::filesystem::path", "PosixPath('/a/b')",
         std::filesystem::path{"/a/b"}, "bytes need not be UTF-8"),
    cell("PurePosixPath", "std::filesystem::path", "PurePosixPath('a')",
         std::filesystem::path{"a"}, "goes back as PosixPath", back::other),
    cell("Enum", "std::string", "Color.RED", "red"s,
         "its value, which goes back as such", back::other),
    cell("IntEnum", "a C++ enum", "Size.SMALL", size::small,
         "goes back as the class that `enum_class` names"),
    cell("IntEnum", "a C++ enum", "Size.SMALL", number::one,
         "goes back as int without `enum_class`", back::other),
    cell("Flag", "int", "Access.READ | Access.WRITE", 3,
         "its value, which goes back as such", back::other),
    cell("Flag", "a C++ enum", "Access.READ | Access.WRITE", access_right{3},
         "goes back as the class that `enum_class` names, or not at all if "
         "that has fewer bits"),
  };
}

std::vector<row> containers() {
  return {
    cell("list", "std::vector<T>", "[1, 2]", std::vector{1, 2},
         "std::list, std::deque and std::array, too"),
    cell("tuple", "std::tuple<Ts...>", "(1, 'a')", std::tuple{1, "a"s}),
    cell("dict", "std::map<K, T>", "{'a': 1}",
         std::map<std::string, int>{{"a", 1}},
         "std::unordered_map, too; no NaN, no keys that C++ takes for equal"),
    cell("set", "std::set<T>", "{1, 2}", std::set{1, 2}),
    cell("set", "std::unordered_set<T>", "{7}", std::unordered_set{7}),
    cell("frozenset", "venomous::frozen<std::set<T>>", "frozenset({1, 2})",
         frozen{std::set{1, 2}}),
    cell("frozenset", "std::set<T>", "frozenset()", std::set<int>{},
         "goes back as set", back::other),
    cell("range", "venomous::range", "range(1, 9, 2)", range{1, 9, 2},
         "of ints that 64 bits hold"),
    cell("namedtuple", "std::tuple<Ts...>", "Point(1, 2)", std::tuple{1, 2},
         "goes back as tuple", back::other),
    cell("namedtuple", "a struct with MSGPACK_DEFINE_MAP", "Offer('egg', 2.0)",
         listed_offer{"egg", 2.0}, "goes back as dict", back::other),
    arrives_as("{'a': 2, 'b': 1}",
               cell("Counter, OrderedDict, defaultdict", "std::map<K, T>",
                    "Counter('aba')",
                    std::map<std::string, int>{{"a", 2}, {"b", 1}},
                    "a dict; the function of a defaultdict is lost")),
    arrives_as("[1, 2]", cell("deque", "std::vector<T>", "deque([1, 2])",
                              std::vector{1, 2}, "a list of any length")),
  };
}

std::vector<row> times() {
  using namespace std::chrono;
  auto noon = local_days{2020y / 2 / 29} + 12h;
  datetime vienna{local_days{2020y / 10 / 25} + 2h, {}, true};
  vienna.zone.offset = 1h;
  vienna.zone.key = "Europe/Vienna";
  datetime east{noon};
  east.zone.offset = 1h;
  time_of_day named{1h + 1us};
  named.zone.offset = -90min;
  named.zone.name = "mine";
  return {
    cell("date", "std::chrono::year_month_day", "datetime.date(2020, 2, 29)",
         year_month_day{2020y / 2 / 29}),
    cell("time", "venomous::time_of_day",
         "datetime.time(1, 0, 0, 1, "
         "datetime.timezone(datetime.timedelta(hours=-1.5), 'mine'))",
         named, "with zone and fold"),
    cell("datetime, aware", "std::chrono::sys_time<D>",
         "datetime.datetime(2020, 2, 29, 12, tzinfo=datetime.timezone.utc)",
         sys_time<microseconds>{noon.time_since_epoch()},
         "any D; goes back in UTC"),
    cell("datetime, aware", "std::chrono::sys_time<D>",
         "datetime.datetime(2020, 2, 29, 13, tzinfo=datetime.timezone("
         "datetime.timedelta(hours=1)))",
         sys_time<hours>{noon.time_since_epoch()},
         "a zone other than UTC is lost", back::other),
    cell("datetime, naive", "std::chrono::local_time<D>",
         "datetime.datetime(2020, 2, 29, 12)", local_time<seconds>{noon}),
    cell("datetime", "venomous::datetime",
         "datetime.datetime(2020, 10, 25, 2, fold=1, "
         "tzinfo=zoneinfo.ZoneInfo('Europe/Vienna'))",
         vienna, "with zone and fold"),
    arrives_as("datetime.datetime(2020, 2, 29, 12, tzinfo=datetime.timezone("
               "datetime.timedelta(hours=1)))",
               cell("datetime", "venomous::datetime",
                    "datetime.datetime(2020, 2, 29, 12, tzinfo=Fixed(1))", east,
                    "with any zone that is at one offset")),
    cell("timedelta", "std::chrono::duration<Rep, Period>",
         "datetime.timedelta(days=-1, microseconds=1)", -24h + 1us,
         "what is finer than a microsecond is rounded for Python"),
    cell("timedelta", "std::chrono::duration<double>",
         "datetime.timedelta(seconds=1.5)", duration<double>{1.5},
         "the nearest there is"),
    cell("timedelta", "std::chrono::hours",
         "datetime.timedelta(days=999999999)", hours{999'999'999ll * 24}),
  };
}

/// The same for what C++ does not print as Python does.
template <class T>
row array_cell(std::string python_type, std::string cpp_type,
               std::string expression, std::string note,
               back way = back::other) {
  auto check = [way](blocking_functions& api, const row& cell) {
    INFO(cell.expression + " as " + cell.cpp_type);
    auto same = [&](const auto& x) {
      return checked(
        api.python_wait<std::string>({"values", "same", cell.expression, x}));
    };
    auto got =
      checked(api.python_wait({"values", "evaluate", cell.expression}));
    CHECK(same(got) == "");
    auto x = checked(got.as<T>());
    CHECK((same(x) == "") == (way == back::same));
    CHECK(checked(got.as<std::optional<T>>()));
  };
  return {std::move(python_type), std::move(cpp_type), std::move(note),
          std::move(expression), check};
}

std::vector<row> arrays() {
  return {
    array_cell<ndarray>("numpy.ndarray", "venomous::ndarray",
                        "numpy.array([[1.5, 2.0]])",
                        "any rank, order and dtype but object", back::same),
    array_cell<std::vector<double>>(
      "numpy.ndarray", "std::vector<T>", "numpy.array([1.5], dtype='>f4')",
      "of one dimension, as a list of its elements; goes back as list"),
    array_cell<std::vector<std::string>>(
      "numpy.ndarray", "std::vector<std::string>", "numpy.array(['a', 'b'])",
      "of bytes, too, if UTF-8"),
    array_cell<std::vector<std::chrono::sys_time<std::chrono::nanoseconds>>>(
      "numpy.ndarray", "std::vector<std::chrono::sys_time<D>>",
      "numpy.array(['2020-02-29'], dtype='M8[s]')", "no NaT"),
    array_cell<bytes>("numpy.ndarray", "venomous::bytes",
                      "numpy.array([1], dtype='u1')",
                      "of one dimension; goes back as bytes"),
    array_cell<double>("numpy.ndarray", "double", "numpy.array(1.5)",
                       "without dimensions, as its element"),
    array_cell<ndarray>("numpy.datetime64", "venomous::ndarray",
                        "numpy.datetime64('2020-02-29')",
                        "any scalar; goes back as array"),
    array_cell<std::chrono::sys_time<std::chrono::seconds>>(
      "numpy.datetime64", "std::chrono::sys_time<D>",
      "numpy.datetime64('2020-02-29T12:00')",
      "any D that holds it, local_time and year_month_day, too; no NaT"),
    array_cell<std::chrono::minutes>(
      "numpy.timedelta64", "std::chrono::duration<Rep, Period>",
      "numpy.timedelta64(90, 'm')", "any that holds it; no NaT"),
    array_cell<double>("numpy.float64", "double", "numpy.float64(1.5)",
                       "goes back as float"),
    array_cell<double>("numpy.float16", "double", "numpy.float16(0.1)",
                       "goes back as float"),
    array_cell<double>("numpy.longdouble", "double", "numpy.longdouble('0.1')",
                       "rounded to the nearest; goes back as float"),
    array_cell<std::complex<double>>("numpy.complex64", "std::complex<double>",
                                     "numpy.complex64(1j)",
                                     "goes back as complex"),
    array_cell<int>("numpy.int16", "int", "numpy.int16(7)",
                    "any integer that holds it; goes back as int"),
    array_cell<bool>("numpy.bool_", "bool", "numpy.bool_(True)",
                     "goes back as bool"),
    array_cell<std::string>("numpy.str_", "std::string", "numpy.str_('a')",
                            "goes back as str"),
    array_cell<bytes>("numpy.bytes_", "venomous::bytes", "numpy.bytes_(b'a')",
                      "std::string, too, if UTF-8; goes back as bytes"),
    array_cell<ndarray>("memoryview", "venomous::ndarray",
                        "memoryview(b'snake')", "goes back as array"),
    array_cell<masked_array>("numpy.ma.MaskedArray", "venomous::masked_array",
                             "numpy.ma.MaskedArray([1.5, 2.0], [False, True])",
                             "", back::same),
    arrives_as("numpy.array([(1, 2.5)], [('a', 'i4'), ('b', 'f8')])",
               array_cell<ndarray>(
                 "numpy.recarray", "venomous::ndarray",
                 "numpy.rec.array([(1, 2.5)], [('a', 'i4'), ('b', 'f8')])",
                 "an ndarray; so is a matrix", back::same)),
    arrives_as("numpy.array([1.5])",
               array_cell<ndarray>("array.array", "venomous::ndarray",
                                   "array('d', [1.5])", "an ndarray",
                                   back::same)),
    array_cell<std::tuple<int, int, int, int, int, int, int, int, int,
                          std::string, int>>(
      "time.struct_time", "std::tuple<Ts...>", "time.gmtime(0)",
      "and others like it; goes back as tuple"),
    array_cell<terminal_size>(
      "os.terminal_size", "a struct with MSGPACK_DEFINE_MAP",
      "os.terminal_size((80, 24))", "goes back as dict"),
  };
}

std::string render(const std::vector<row>& rows) {
  std::ostringstream out;
  out << "| Python | C++ | for example | |\n|---|---|---|---|\n";
  for (auto& x : rows) {
    auto expression = x.expression;
    for (size_t at = 0; (at = expression.find('|', at)) != std::string::npos;
         at += 2)
      expression.insert(at, "\\");
    out << "| " << x.python_type << " | `" << x.cpp_type << "` | `"
        << expression << "` | " << x.note << " |\n";
  }
  return out.str();
}

std::vector<row> all_rows() {
  auto result = scalars();
  for (auto& part : {containers(), times(), arrays()})
    result.insert(result.end(), part.begin(), part.end());
  return result;
}

} // namespace

TEST_CASE("each row of the table of values is true", "[values]") {
  pool_fixture f{small_pool(1)};
  blocking_functions api{f};
  for (auto& x : all_rows())
    x.check(api, x);
}

TEST_CASE("docs/values.md has the table that is tested", "[values]") {
  auto path =
    std::filesystem::path{tests_folder()}.parent_path() / "docs" / "values.md";
  std::ifstream in{path};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  auto begin = text.find("| Python | C++ |");
  auto end = text.find("\n\n", begin);
  REQUIRE(end != std::string::npos);
  auto table = render(all_rows());
  if (std::getenv("VENOMOUS_WRITE_TABLE") != nullptr) {
    text.replace(begin, end + 1 - begin, table);
    std::ofstream{path} << text;
    return;
  }
  CHECK(text.substr(begin, end + 1 - begin) == table);
}

TEST_CASE("a datetime is no other kind of time than it is", "[values]") {
  using aware = std::chrono::sys_time<std::chrono::seconds>;
  using naive = std::chrono::local_time<std::chrono::seconds>;
  CHECK(why_not<aware>(naive{1s})
        == "expected datetime with the offset of a zone, got one without");
  CHECK(why_not<naive>(aware{1s})
        == "expected datetime without a zone, got one with it");
}

TEST_CASE("what Python cannot hold is not sent", "[values]") {
  using namespace std::chrono;
  CHECK_THROWS_AS(value{year_month_day{year{0} / 1 / 1}}, std::out_of_range);
  CHECK_THROWS_AS(value{year_month_day{2021y / 2 / 29}}, std::out_of_range);
  CHECK_THROWS_AS(value{sys_time<hours>{hours{1ll << 40}}}, std::out_of_range);
  CHECK_THROWS_AS(value{hours{1ll << 40}}, std::out_of_range);
  CHECK_THROWS_AS(value{time_of_day{24h}}, std::out_of_range);
}

TEST_CASE("a Decimal is spelled as Python spells it", "[values]") {
  for (auto [text, spelled] : {std::pair{"007", "7"},
                               {"1e5", "1E+5"},
                               {".5", "0.5"},
                               {"-0", "-0"},
                               {"0.0000001", "1E-7"},
                               {"0.000001", "0.000001"},
                               {"1.50", "1.50"},
                               {"12e-9", "1.2E-8"},
                               {"inf", "Infinity"},
                               {"snan0", "sNaN"}})
    CHECK(to_string(parsed<decimal>(text)) == spelled);
  for (auto text : {"", "-", ".", "e5", "1e", "1e+-5", "1.2.3", "nanx", " 1",
                    "1E+9999999999999999999", "1E-99999999999999999999"})
    CHECK_FALSE(decimal::parse(text));
}

TEST_CASE("hostile payloads of any kind are errors", "[values]") {
  auto refused = [](auto type, std::string_view bytes) {
    auto x = value::from_bytes(std::string{bytes});
    CHECK_FALSE(x.as<decltype(type)>());
    CHECK_FALSE(to_string(x).empty());
  };
  refused(std::complex<double>{}, "\xd4\x05\x01");
  refused(std::chrono::year_month_day{}, "\xd6\x08\x07\xe5\x02\x1d");
  refused(time_of_day{}, "\xd7\x09\xff\xff\xff\xff\xff\xff\xff\xff");
  refused(datetime{}, "\xc7\x09\x0a\x7f\xff\xff\xff\xff\xff\xff\xff\0"sv);
  refused(std::chrono::microseconds{},
          "\xc7\x0c\x0b\x7f\xff\xff\xff\0\0\0\0\0\0\0\0"sv);
  refused(decimal{}, "\xd4\x0cx");
  refused(uuid{}, "\xd4\x0dx");
  refused(std::filesystem::path{}, "\xd4\x0e\x07");
  refused(range{}, "\xc7\x04\x07\x93\x01\x02\0"sv);
  refused(std::set<int>{}, "\xc7\x03\x03\x92\x01\x01");
  refused(1, "\xd5\x0f\x91\x01");
  refused(std::tuple<>{}, "\xd4\x10\x90");
}
