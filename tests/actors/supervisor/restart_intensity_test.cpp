#include "actors/supervisor/restart_intensity.hpp"

#include "tests/catch.hpp"

using namespace venomous;
using namespace std::chrono_literals;

namespace {

constexpr restart_intensity::clock::time_point first_death{
  std::chrono::hours(1)};

} // namespace

TEST_CASE("as many deaths as are permitted are not too many",
          "[restart_intensity]") {
  restart_intensity x{3, 5s};
  for (int i = 0; i < 3; ++i) {
    x.died(first_death);
    CHECK_FALSE(x.exceeded(first_death));
  }
  x.died(first_death);
  CHECK(x.exceeded(first_death));
}

TEST_CASE("deaths of long ago do not count", "[restart_intensity]") {
  restart_intensity x{2, 5s};
  for (auto when : {0s, 1s, 2s})
    x.died(first_death + when);
  CHECK(x.exceeded(first_death + 4s));
  CHECK_FALSE(x.exceeded(first_death + 5s));
  x.died(first_death + 5s);
  // Those of 1, 2 and 5 seconds.
  CHECK(x.exceeded(first_death + 5s));
  CHECK_FALSE(x.exceeded(first_death + 6s));
}

TEST_CASE("deaths that are far enough from each other are never too many",
          "[restart_intensity]") {
  restart_intensity x{2, 5s};
  for (auto now = first_death; now < first_death + 1h; now += 2500ms) {
    x.died(now);
    REQUIRE_FALSE(x.exceeded(now));
  }
}

TEST_CASE("where no death is permitted one is too many",
          "[restart_intensity]") {
  restart_intensity x{0, 5s};
  CHECK_FALSE(x.exceeded(first_death));
  x.died(first_death);
  CHECK(x.exceeded(first_death));
  CHECK_FALSE(x.exceeded(first_death + 5s));
}
