#include "tests/facades.hpp"

/// @file
/// Snakes that die again and again. Starts that fail are in
/// start_failed_test.cpp.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

using Catch::Matchers::ContainsSubstring;

namespace {

const snake_args crash{"snakes", "crash", "exit"};

/// A pool that takes three deaths for too many, with no end.
pool_options fragile_pool(size_t perpetual) {
  auto options = small_pool(2);
  options.perpetual_workers = perpetual;
  options.max_restarts = 2;
  options.max_seconds = 24h;
  return options;
}

std::optional<errc> ending_of_crash(pool_fixture& f) {
  auto got = python_wait(f.self, f.manager, crash);
  return got ? std::nullopt : code_of(got.error());
}

} // namespace

TEST_CASE("calls that crash too often are followed by a pause, and "
          "start_failed says why",
          "[restarts]") {
  auto perpetual = GENERATE(size_t{0}, size_t{1}, size_t{2});
  CAPTURE(perpetual);
  pool_fixture f{fragile_pool(perpetual)};
  // A few more may be started before the news of the last death is there.
  std::vector<errc> codes;
  std::string text;
  while (codes.size() < 20) {
    auto got = python_wait(f.self, f.manager, crash);
    codes.push_back(code_in(got));
    text = text_in(got);
    if (codes.back() == errc::start_failed)
      break;
    REQUIRE(codes.back() == errc::python_died);
  }
  CHECK(codes.back() == errc::start_failed);
  CHECK(codes.size() >= 4);
  CHECK_THAT(text, ContainsSubstring("exited with code 3"));
}

TEST_CASE("a pool recovers by itself from calls that crash too often",
          "[restarts]") {
  auto perpetual = GENERATE(size_t{0}, size_t{1});
  CAPTURE(perpetual);
  pool_fixture f{fragile_pool(perpetual)};
  while (ending_of_crash(f) != errc::start_failed)
    ;
  CHECK(eventually(
    [&] { return bool(python_wait(f.self, f.manager, tell_pid())); }));
}

TEST_CASE("the pause gets longer as long as calls crash", "[restarts]") {
  pool_fixture f{fragile_pool(0)};
  auto begin = std::chrono::steady_clock::now();
  size_t deaths = 0;
  // Two are for free, and one more may be started by mistake in each round.
  while (deaths < 8)
    if (ending_of_crash(f) == errc::python_died)
      ++deaths;
  // At least 50, 100 and 200 ms lie between two rounds.
  CHECK(std::chrono::steady_clock::now() - begin >= 350ms);
}

TEST_CASE("snakes that crash at their start are not started again at once",
          "[restarts]") {
  auto perpetual = GENERATE(size_t{0}, size_t{1});
  CAPTURE(perpetual);
  auto options = fragile_pool(perpetual);
  options.max_restarts = 1'000;
  options.encoder = encoder_call{"snakes", "crash", {std::string{"exit"}}};
  pool_fixture f{options};
  auto first = python_wait(f.self, f.manager, tell_pid());
  CHECK(code_in(first) == errc::start_failed);
  CHECK_THAT(text_in(first), ContainsSubstring("exited with code 3"));
  CHECK(code_in(python_wait(f.self, f.manager, tell_pid()))
        == errc::start_failed);
}

TEST_CASE("snakes that end because they are told to are no reason for a pause",
          "[restarts]") {
  auto perpetual = GENERATE(size_t{0}, size_t{1});
  CAPTURE(perpetual);
  auto options = fragile_pool(perpetual);
  options.max_restarts = 0;
  pool_fixture f{options};
  for (int i = 0; i < 5; ++i) {
    REQUIRE(python_wait(f.self, f.manager, tell_pid()));
    REQUIRE(checked(slay_python_worker(
      f.self, f.manager, f.alive().at(0),
      i % 2 == 0 ? termination_style::brutal : termination_style::polite)));
  }
  for (int i = 0; i < 3; ++i)
    REQUIRE(code_in(python_wait(f.self, f.manager, {"time", "sleep", 1000},
                                {.timeout = 20ms}))
            == errc::timeout);
  CHECK(python_wait(f.self, f.manager, tell_pid()));
}
