#include "actors/restart_intensity.hpp"

#include <catch2/catch.hpp>

using namespace venomous;
using namespace std::chrono_literals;

namespace {

constexpr restart_intensity::clock::time_point start{std::chrono::hours(1)};

} // namespace

TEST_CASE("as many deaths as are permitted are not too many",
          "[restart_intensity]") {
  restart_intensity x{3, 5s};
  for (int i = 0; i < 3; ++i) {
    x.died(start);
    CHECK_FALSE(x.exceeded(start));
  }
  x.died(start);
  CHECK(x.exceeded(start));
}

TEST_CASE("deaths of long ago do not count", "[restart_intensity]") {
  restart_intensity x{2, 5s};
  for (auto when : {0s, 1s, 2s})
    x.died(start + when);
  CHECK(x.exceeded(start + 4s));
  CHECK_FALSE(x.exceeded(start + 5s));
  x.died(start + 5s);
  // Those of 1, 2 and 5 seconds.
  CHECK(x.exceeded(start + 5s));
  CHECK_FALSE(x.exceeded(start + 6s));
}

TEST_CASE("deaths that are far enough from each other are never too many",
          "[restart_intensity]") {
  restart_intensity x{2, 5s};
  for (auto now = start; now < start + 1h; now += 2500ms) {
    x.died(now);
    REQUIRE_FALSE(x.exceeded(now));
  }
}

TEST_CASE("where no death is permitted one is too many",
          "[restart_intensity]") {
  restart_intensity x{0, 5s};
  CHECK_FALSE(x.exceeded(start));
  x.died(start);
  CHECK(x.exceeded(start));
  CHECK_FALSE(x.exceeded(start + 5s));
}
