#include "python_bridge/os/spin.hpp"

#include "tests/catch.hpp"

#include <thread>

using namespace venomous;
using namespace std::chrono_literals;

TEST_CASE("with a limit of 0 nothing is polled", "[spin]") {
  spin x{0us};
  auto polled = false;
  CHECK_FALSE(x([&] { return polled = true; }));
  CHECK_FALSE(polled);
}

TEST_CASE("what is ready is found without sleep", "[spin]") {
  spin x{1h};
  auto polls = 0;
  CHECK(x([&] { return ++polls == 3; }));
  CHECK(polls == 3);
}

TEST_CASE("polling ends when its time is over", "[spin]") {
  spin x{1us};
  CHECK_FALSE(x([] { return false; }));
}

TEST_CASE(
  "polling stops while sleeps are long, and comes back after a short one",
  "[spin]") {
  const auto limit = 20ms;
  spin x{limit};
  auto polls = [&] {
    auto result = false;
    x([&] { return result = true; });
    return result;
  };
  CHECK(polls());
  x.wait([&] { std::this_thread::sleep_for(limit); });
  CHECK_FALSE(polls());
  x.wait([] {});
  CHECK(polls());
}
