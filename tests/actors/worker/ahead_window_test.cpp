#include "actors/worker/ahead_window.hpp"

#include "tests/catch.hpp"

using namespace venomous;
using namespace std::chrono_literals;

TEST_CASE("a snake has one call at a time as long as none was measured",
          "[ahead_window]") {
  ahead_window x{32};
  CHECK(x.size() == 1);
  CHECK(x.worth_sharing());
}

TEST_CASE("short calls are sent ahead, up to the limit", "[ahead_window]") {
  ahead_window x{32};
  x.measure(100us, 1);
  CHECK(x.size() == 16);
  CHECK_FALSE(x.worth_sharing());
  x.measure(0us, 1);
  x.measure(0us, 1000);
  for (int i = 0; i < 100; ++i)
    x.measure(0us, 1);
  CHECK(x.size() == 33);
}

TEST_CASE("a long call closes the window at once, short ones open it slowly",
          "[ahead_window]") {
  ahead_window x{32};
  x.measure(10us, 1);
  x.measure(2ms, 1);
  CHECK(x.size() == 1);
  x.measure(10us, 1);
  CHECK(x.size() == 1);
  for (int i = 0; i < 100; ++i)
    x.measure(10us, 1);
  CHECK(x.size() == 33);
}

TEST_CASE("calls that were answered together share the time",
          "[ahead_window]") {
  ahead_window x{32};
  x.measure(1ms, 10);
  CHECK(x.size() == 16);
}

TEST_CASE("a call that has not ended closes the window, too",
          "[ahead_window]") {
  ahead_window x{32};
  x.measure(10us, 1);
  x.measure_at_least(1us);
  CHECK(x.size() == 33);
  x.measure_at_least(5ms);
  CHECK(x.size() == 1);
}
