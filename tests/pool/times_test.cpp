#include "tests/pool_fixture.hpp"
#include "tests/value_tools.hpp"

#include <array>
#include <chrono>
#include <limits>
#include <list>
#include <optional>
#include <variant>
#include <vector>

/// @file
/// Times of any unit, as chrono, Python and numpy count them.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono;
using namespace std::literals;

namespace {

using frames = duration<int64_t, std::ratio<1, 60>>;
using samples = duration<int64_t, std::ratio<1, 44'100>>;
using seconds_f = duration<double>;

template <class Duration>
using instant = sys_time<Duration>;

/// Python, to be asked for values and to be shown some.
class python_side {
public:
  value operator()(const std::string& expression) {
    return ask({"values", "evaluate", expression});
  }

  value numpy(const std::string& expression) {
    return ask({"values", "of_numpy", expression});
  }

  std::string shown(const value& x) {
    return checked(ask({"builtins", "repr", x}).as<std::string>());
  }

private:
  value ask(const snake_args& args) {
    return checked(python_wait(f_.self, f_.manager, args));
  }

  pool_fixture f_{small_pool(1)};
};

} // namespace

// -- what C++ sends -----------------------------------------------------------

TEST_CASE("the time of the system's clock is a datetime", "[values]") {
  python_side python;
  auto now = system_clock::now();
  auto rounded = round<microseconds>(now);
  auto sent = value{now};
  CHECK(sent == value{rounded});
  CHECK(checked(sent.as<system_clock::time_point>()) == rounded);
  CHECK(checked(value{caf::make_timestamp()}.as<caf::timestamp>()) > now - 1h);
  instant<nanoseconds> then{sys_days{2020y / 2 / 29} + 1'500ns};
  CHECK(python.shown(then)
        == "datetime.datetime(2020, 2, 29, 0, 0, 0, 2, "
           "tzinfo=datetime.timezone.utc)");
  CHECK(
    python.shown(local_time<nanoseconds>{local_days{2020y / 2 / 29} + 999ns})
    == "datetime.datetime(2020, 2, 29, 0, 0, 0, 1)");
}

TEST_CASE("what is finer than a microsecond is rounded as Python does",
          "[values]") {
  python_side python;
  for (auto [sent, shown] :
       {std::pair{499ns, "0"},
        {500ns, "0"},
        {501ns, "microseconds=1"},
        {1'500ns, "microseconds=2"},
        {2'500ns, "microseconds=2"},
        {-500ns, "0"},
        {-1'499ns, "days=-1, seconds=86399, microseconds=999999"},
        {-1'500ns, "days=-1, seconds=86399, microseconds=999998"}})
    CHECK(python.shown(sent) == "datetime.timedelta("s + shown + ')');
  CHECK(python.shown(seconds_f{0.1})
        == "datetime.timedelta(microseconds=100000)");
  CHECK(python.shown(seconds_f{-1e-6})
        == "datetime.timedelta(days=-1, seconds=86399, microseconds=999999)");
  CHECK(python.shown(duration<float, std::milli>{1.5f})
        == "datetime.timedelta(microseconds=1500)");
  CHECK(python.shown(frames{1}) == "datetime.timedelta(microseconds=16667)");
  CHECK(python.shown(instant<seconds_f>{seconds_f{0.25}})
        == "datetime.datetime(1970, 1, 1, 0, 0, 0, 250000, "
           "tzinfo=datetime.timezone.utc)");
  CHECK(python.shown(duration<uint64_t, std::nano>{1'000})
        == "datetime.timedelta(microseconds=1)");
}

TEST_CASE("a time that Python cannot count is not sent", "[values]") {
  auto none = std::numeric_limits<double>::quiet_NaN();
  auto most = std::numeric_limits<int64_t>::max();
  CHECK_THROWS_AS(value{seconds_f{none}}, std::out_of_range);
  CHECK_THROWS_AS(value{seconds_f{1e300}}, std::out_of_range);
  CHECK_THROWS_AS(value{seconds_f{-1e18}}, std::out_of_range);
  CHECK_THROWS_AS(value{instant<seconds_f>{seconds_f{1e12}}},
                  std::out_of_range);
  CHECK_THROWS_AS(value{weeks{most}}, std::out_of_range);
  CHECK_THROWS_AS(value{years{-most}}, std::out_of_range);
  CHECK_THROWS_AS(
    (value{duration<uint64_t>{std::numeric_limits<uint64_t>::max()}}),
    std::out_of_range);
}

// -- what comes back ----------------------------------------------------------

TEMPLATE_TEST_CASE("ticks come back, whatever they are of", "[values]",
                   nanoseconds, microseconds, milliseconds, frames, samples,
                   minutes, weeks, years, seconds_f) {
  for (auto count : {-100'000, -3, 0, 1, 7, 44'101}) {
    TestType x{count};
    // Whole microseconds are sent.
    if constexpr (std::same_as<TestType, nanoseconds>)
      x *= 1'000;
    CHECK(round_trip(x) == x);
    if constexpr (!std::same_as<TestType,
                                weeks> && !std::same_as<TestType, years>) {
      // In parentheses, because Catch2 3 cannot print all such times.
      CHECK((round_trip(instant<TestType>{x}) == instant<TestType>{x}));
      CHECK((round_trip(local_time<TestType>{x}) == local_time<TestType>{x}));
    }
  }
}

TEST_CASE("a time is none of ticks that do not make it up", "[values]") {
  CHECK(why_not<seconds>(1'500ms)
        == "expected a multiple of 1 s, got a rest of 0.5 s");
  CHECK(why_not<milliseconds>(-1us)
        == "expected a multiple of 1 ms, got a rest of 0.000999 s");
  CHECK(why_not<frames>(10ms)
        == "expected a multiple of 1/60 s, got a rest of 0.01 s");
  CHECK(why_not<microseconds>(hours{999'999'999ll * 24})
        == "expected ticks of 1 us that 64 bits can count, got more");
  CHECK(why_not<instant<nanoseconds>>(
          instant<days>{sys_days{2300y / 1 / 1}.time_since_epoch()})
        == "expected ticks of 1 ns that 64 bits can count, got more");
  CHECK(why_not<duration<int8_t>>(128s)
        == "expected at most 127 ticks, got 128");
}

TEST_CASE("a duration of floating point takes any timedelta", "[values]") {
  CHECK(checked(value{1'500ms}.as<seconds_f>()) == seconds_f{1.5});
  CHECK(checked(value{-1us}.as<seconds_f>()) == seconds_f{-1e-6});
  CHECK(checked(value{90min}.as<duration<float, std::ratio<3600>>>()).count()
        == 1.5f);
  CHECK((checked(value{instant<milliseconds>{1'500ms}}.as<instant<seconds_f>>())
         == instant<seconds_f>{seconds_f{1.5}}));
}

// -- times of numpy -----------------------------------------------------------

TEST_CASE("a datetime64 is the time that is asked for", "[values]") {
  python_side python;
  auto day = python.numpy("datetime64('2020-02-29')");
  CHECK(checked(day.as<instant<seconds>>()) == sys_days{2020y / 2 / 29});
  CHECK(checked(day.as<local_time<hours>>()) == local_days{2020y / 2 / 29});
  CHECK(checked(day.as<year_month_day>()) == 2020y / 2 / 29);
  CHECK(checked(day.as<venomous::datetime>()).local
        == local_days{2020y / 2 / 29});
  CHECK(checked(day.as<system_clock::time_point>())
        == sys_days{2020y / 2 / 29});
  auto fine = python.numpy("datetime64('1969-12-31T23:59:59.000000001')");
  CHECK(checked(fine.as<instant<nanoseconds>>()).time_since_epoch()
        == 1ns - 1s);
  CHECK(why_not<instant<microseconds>>(fine)
        == "expected a multiple of 1 us, got a rest of 1e-09 s");
  CHECK(why_not<year_month_day>(fine)
        == "expected a multiple of 86400 s, got a rest of 86399 s");
  CHECK(checked(python.numpy("datetime64('2020-03')").as<year_month_day>())
        == 2020y / 3 / 1);
  CHECK(checked(python.numpy("datetime64('1969', 'Y')").as<instant<days>>())
        == sys_days{1969y / 1 / 1});
  CHECK(checked(python.numpy("datetime64(3, '25s')").as<instant<seconds>>())
        == instant<seconds>{75s});
  CHECK(checked(python.numpy("array('2020-02-29', dtype='>M8[s]')")
                  .as<instant<seconds>>())
        == sys_days{2020y / 2 / 29});
}

TEST_CASE("a timedelta64 is the duration that is asked for", "[values]") {
  python_side python;
  CHECK(checked(python.numpy("timedelta64(-90, 'm')").as<minutes>()) == -90min);
  CHECK(checked(python.numpy("timedelta64(3, 'W')").as<hours>()) == 504h);
  CHECK(checked(python.numpy("timedelta64(1500, 'ms')").as<seconds_f>())
        == seconds_f{1.5});
  CHECK(
    checked(
      python.numpy("timedelta64(7, 'ps')").as<duration<int64_t, std::pico>>())
      .count()
    == 7);
  CHECK(checked(python.numpy("array(5, dtype='m8[us]')").as<microseconds>())
        == 5us);
  CHECK(why_not<nanoseconds>(python.numpy("timedelta64(1, 'as')"))
        == "expected a multiple of 1 ns, got a rest of 1e-18 s");
}

TEST_CASE("a time of numpy's that is none of chrono's says why", "[values]") {
  python_side python;
  using time = instant<seconds>;
  CHECK(why_not<time>(python.numpy("datetime64('NaT')"))
        == "expected datetime, got NaT");
  CHECK(why_not<std::optional<time>>(python.numpy("datetime64('NaT', 's')"))
        == "expected datetime, got NaT");
  CHECK(why_not<year_month_day>(python.numpy("datetime64('NaT', 'D')"))
        == "expected date, got NaT");
  CHECK(why_not<seconds>(python.numpy("timedelta64('NaT', 's')"))
        == "expected timedelta, got NaT");
  CHECK(why_not<seconds>(python.numpy("timedelta64(5)"))
        == "expected timedelta, got <m8, whose unit has no length");
  CHECK(why_not<seconds>(python.numpy("timedelta64(5, 'M')"))
        == "expected timedelta, got <m8[M], whose unit has no length");
  CHECK(why_not<seconds>(python.numpy("timedelta64(2**62, 'W')"))
        == "expected timedelta, got one that 64 bits cannot count in seconds");
  CHECK(why_not<time>(python.numpy("datetime64(2**40, 'Y')"))
        == "expected datetime, got one that 64 bits cannot count in seconds");
  CHECK(why_not<venomous::datetime>(python.numpy("datetime64('10000-01-01')"))
        == "expected datetime of the years 1 to 9999, got another one");
  CHECK(why_not<year_month_day>(python.numpy("datetime64('-0001-01-01')"))
        == "expected date of the years 1 to 9999, got another one");
  CHECK(why_not<seconds>(python.numpy("datetime64('2020-02-29')"))
        == "expected timedelta, got ndarray");
  CHECK(why_not<time>(python.numpy("timedelta64(5, 's')"))
        == "expected datetime, got ndarray");
  CHECK(why_not<time>(python.numpy("int64(5)"))
        == "expected datetime, got int");
  CHECK(why_not<double>(python.numpy("timedelta64(5, 's')"))
        == "expected float, got ndarray");
}

TEST_CASE("a variant takes a time of numpy's as the time it is", "[values]") {
  python_side python;
  using choice = std::variant<int64_t, seconds, instant<seconds>, std::string>;
  CHECK(checked(python.numpy("datetime64(5, 's')").as<choice>())
        == choice{instant<seconds>{5s}});
  CHECK(checked(python.numpy("timedelta64(5, 's')").as<choice>())
        == choice{5s});
}

TEST_CASE("an array of times is a list of them", "[values]") {
  python_side python;
  auto days_of = python.numpy("array(['2020-02-29', '1969-12-31'], 'M8[D]')");
  std::vector<instant<seconds>> expected{sys_days{2020y / 2 / 29},
                                         sys_days{1969y / 12 / 31}};
  CHECK(checked(days_of.as<std::vector<instant<seconds>>>()) == expected);
  CHECK(checked(days_of.as<std::vector<year_month_day>>())
        == std::vector{2020y / 2 / 29, 1969y / 12 / 31});
  CHECK(
    checked(
      python.numpy("array([1, -2], 'm8[ns]')").as<std::vector<nanoseconds>>())
    == std::vector{1ns, -2ns});
  CHECK(
    checked(
      python.numpy("array([1, -2], '>m8[ns]')").as<std::list<nanoseconds>>())
    == std::list{1ns, -2ns});
  CHECK(checked(python.numpy("array([5], 'M8[ns]')")
                  .as<std::vector<system_clock::time_point>>())[0]
          .time_since_epoch()
        == 5ns);
  auto gap = python.numpy("array(['2020-02-29', 'NaT'], 'M8[s]')");
  CHECK(why_not<std::vector<instant<seconds>>>(gap)
        == "[1]: expected datetime, got NaT");
  CHECK(why_not<std::array<instant<seconds>, 2>>(gap)
        == "[1]: expected datetime, got NaT");
  CHECK(why_not<std::vector<local_time<milliseconds>>>(gap)
        == "[1]: expected datetime, got NaT");
  CHECK(why_not<std::vector<seconds>>(python.numpy("array(['NaT'], 'm8[s]')"))
        == "[0]: expected timedelta, got NaT");
}
