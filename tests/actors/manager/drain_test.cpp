#include "tests/actors/manager/manager_fixture.hpp"
#include "tests/catch.hpp"

#include "actors/manager/drain.hpp"

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

namespace {

/// A pool that is done at the `done_at`-th check, 0 for never. Its end ends the
/// loop.
struct drain_fixture : callers_fixture {
  bool is_done() {
    return ++checks >= done_at && done_at != 0;
  }

  void end() {
    draining.conclude();
    loop.stop();
  }

  event_loop loop;
  size_t checks = 0;
  size_t done_at = 0;
  drain draining{loop, [this] { return is_done(); },
                 [this] {
                   end();
                 }};
};

} // namespace

TEST_CASE("a pool ends when nothing is left to do", "[drain]") {
  drain_fixture f;
  f.done_at = GENERATE(size_t{1}, size_t{3});
  CHECK_FALSE(f.draining.active());
  f.draining.begin(forever, f.alice.bool_promise());
  CHECK(f.draining.active());
  CHECK_FALSE(f.alice.answer<bool>());
  f.loop.run();
  CHECK(f.alice.answer<bool>() == true);
}

TEST_CASE("a pool ends when the patience is over, whatever is left",
          "[drain]") {
  drain_fixture f;
  f.draining.begin(0s, f.alice.bool_promise());
  f.loop.run();
  CHECK(f.alice.answer<bool>() == false);
}

TEST_CASE("the most impatient of several decides when a pool ends", "[drain]") {
  drain_fixture f;
  f.draining.begin(forever, f.alice.bool_promise());
  f.draining.begin(0s, f.bob.bool_promise());
  f.draining.begin(1h, f.bob.bool_promise());
  f.loop.run();
  CHECK(f.alice.answer<bool>() == false);
  CHECK(f.bob.answer<bool>() == false);
  CHECK(f.bob.answer<bool>() == false);
}
