#include "actors/supervisor/restart_policy.hpp"

#include "tests/catch.hpp"

using namespace venomous;
using namespace std::chrono_literals;

namespace {

constexpr restart_policy::clock::time_point an_hour{std::chrono::hours(1)};

restart_policy make_policy() {
  pool_options options;
  options.max_restarts = 2;
  options.max_seconds = 5s;
  return restart_policy{options};
}

} // namespace

TEST_CASE("a start that failed puts the next one off", "[restart_policy]") {
  auto x = make_policy();
  CHECK_FALSE(x.puts_off(an_hour));
  x.on_start_failed(an_hour, "no interpreter");
  CHECK(x.puts_off(an_hour));
  CHECK(x.remaining(an_hour) > 0s);
  CHECK(x.last_cause() == "no interpreter");
}

TEST_CASE("a snake that dies before anybody called it failed to start",
          "[restart_policy]") {
  auto x = make_policy();
  x.on_snake_died(an_hour, "exited with code 1", true);
  CHECK(x.puts_off(an_hour));
  CHECK(x.last_cause() == "exited with code 1");
}

TEST_CASE("a snake that was called is replaced at once", "[restart_policy]") {
  auto x = make_policy();
  x.on_snake_died(an_hour, "was killed by SIGSEGV", false);
  x.on_snake_died(an_hour, "was killed by SIGSEGV", false);
  CHECK_FALSE(x.puts_off(an_hour));
}

TEST_CASE("snakes that die too often put starts off, and no answer ends that",
          "[restart_policy]") {
  auto x = make_policy();
  for (int i = 0; i < 3; ++i)
    x.on_snake_died(an_hour, "was killed by SIGSEGV", false);
  CHECK(x.puts_off(an_hour));
  x.on_snake_proved(an_hour);
  CHECK(x.puts_off(an_hour));
}

TEST_CASE("an answer ends the wait after a start that failed",
          "[restart_policy]") {
  auto x = make_policy();
  x.on_start_failed(an_hour, "no interpreter");
  x.on_snake_proved(an_hour);
  CHECK_FALSE(x.puts_off(an_hour));
}

TEST_CASE("the third zygote in a row without an answer puts starts off",
          "[restart_policy]") {
  auto x = make_policy();
  x.on_zygote_gone(an_hour, "was killed", true);
  x.on_zygote_gone(an_hour, "was killed", true);
  CHECK_FALSE(x.puts_off(an_hour));
  x.on_snake_proved(an_hour);
  x.on_zygote_gone(an_hour, "was killed", true);
  x.on_zygote_gone(an_hour, "was killed", true);
  CHECK_FALSE(x.puts_off(an_hour));
  x.on_zygote_gone(an_hour, "was killed", true);
  CHECK(x.puts_off(an_hour));
}

TEST_CASE("a zygote that never got ready puts starts off at once",
          "[restart_policy]") {
  auto x = make_policy();
  x.on_zygote_gone(an_hour, "does not start", false);
  CHECK(x.puts_off(an_hour));
}
