#include "actors/supervisor/backoff.hpp"

#include "tests/catch.hpp"

using namespace venomous;
using namespace std::chrono_literals;

namespace {

constexpr backoff::clock::time_point start{std::chrono::hours(1)};

/// Lets an attempt fail as soon as one is permitted.
/// @returns how long it is until the next one.
backoff::clock::duration fail_next(backoff& x,
                                   backoff::clock::time_point& now) {
  now += x.remaining(now);
  REQUIRE_FALSE(x.closed(now));
  x.failed(now);
  return x.remaining(now);
}

} // namespace

TEST_CASE("nothing is held up before the first failure", "[backoff]") {
  backoff x;
  CHECK_FALSE(x.closed(start));
  CHECK(x.remaining(start) == 0s);
}

TEST_CASE("each failure in a row doubles the delay, up to 30 seconds",
          "[backoff]") {
  // The jitter is another one each time.
  for (int round = 0; round < 100; ++round) {
    backoff x;
    auto now = start;
    for (backoff::clock::duration full = 100ms; full < 10min; full *= 2) {
      auto most = std::min<backoff::clock::duration>(full, 30s);
      auto delay = fail_next(x, now);
      REQUIRE(delay >= most / 2);
      REQUIRE(delay <= most);
    }
  }
}

TEST_CASE("the delays of two differ", "[backoff]") {
  // Otherwise pools that failed together would try again together. That 20
  // draws are equal by chance does not happen.
  backoff one;
  backoff other;
  auto now = start;
  auto later = start;
  bool differ = false;
  for (int i = 0; i < 20; ++i)
    differ |= fail_next(one, now) != fail_next(other, later);
  CHECK(differ);
}

TEST_CASE("it is too early until the delay is over", "[backoff]") {
  using tick = backoff::clock::duration;
  backoff x;
  x.failed(start);
  auto delay = x.remaining(start);
  CHECK(x.closed(start));
  CHECK(x.closed(start + delay - tick{1}));
  CHECK(x.remaining(start + delay - tick{1}) == tick{1});
  CHECK_FALSE(x.closed(start + delay));
  CHECK(x.remaining(start + delay + 1h) == 0s);
}

TEST_CASE("failures of attempts that began together count once", "[backoff]") {
  backoff x;
  x.failed(start);
  auto delay = x.remaining(start);
  for (int i = 0; i < 10; ++i)
    x.failed(start + delay / 2);
  CHECK(x.remaining(start) == delay);
  // The next delay is the second one, not the eleventh.
  x.failed(start + delay);
  CHECK(x.remaining(start + delay) >= 100ms);
  CHECK(x.remaining(start + delay) <= 200ms);
}

TEST_CASE("a success ends the delay, and the next failure is a first one",
          "[backoff]") {
  backoff x;
  auto now = start;
  for (int i = 0; i < 10; ++i)
    fail_next(x, now);
  CHECK(x.closed(now));
  x.succeeded();
  CHECK_FALSE(x.closed(now));
  CHECK(fail_next(x, now) <= 100ms);
}
