#include "python_bridge/host/background_task.hpp"

#include "tests/catch.hpp"
#include "tests/leftovers.hpp"

#include <future>
#include <memory>
#include <thread>

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

TEST_CASE("what comes after the work of another thread is done by the loop",
          "[background_task]") {
  event_loop loop;
  std::thread::id worker;
  std::thread::id after;
  background_task task{loop, [&] { worker = std::this_thread::get_id(); },
                       [&] {
                         after = std::this_thread::get_id();
                         loop.stop();
                       }};
  loop.run();
  CHECK(after == std::this_thread::get_id());
  CHECK(worker != after);
  CHECK(task.wait_for(0ms));
}

TEST_CASE("nobody has to wait for work that does not end",
          "[background_task][concurrency]") {
  std::promise<void> begin_end;
  std::promise<void> ended;
  auto threads = leftovers::now().threads;
  {
    event_loop loop;
    background_task task{loop, [&] { begin_end.get_future().wait(); },
                         [] { FAIL("somebody waits"); },
                         [&] {
                           ended.set_value();
                         }};
    CHECK_FALSE(task.wait_for(10ms));
    task = {};
    CHECK(task.wait_for(0ms));
    loop.stop();
    loop.run();
  }
  // The loop is gone by then.
  begin_end.set_value();
  CHECK(ended.get_future().wait_for(10s) == std::future_status::ready);
  CHECK(eventually([&] { return leftovers::now().threads <= threads; }));
}

TEST_CASE("nothing comes after work that nobody waits for any more",
          "[background_task]") {
  event_loop loop;
  auto task = std::make_unique<background_task>(
    loop, [] {}, [] { FAIL("somebody waits"); });
  REQUIRE(task->wait_for(10s));
  // What comes after the work is in the queue already.
  task.reset();
  loop.stop();
  loop.run();
}
