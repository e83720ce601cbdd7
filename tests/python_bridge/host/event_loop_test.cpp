#include "python_bridge/host/event_loop.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace venomous;
using namespace std::chrono_literals;

namespace {

using clock_type = event_loop::clock;

/// Two connected sockets, closed at the end.
struct socket_pair {
  socket_pair() {
    std::array<int, 2> fds;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0)
      throw std::runtime_error("socketpair");
    ours = fds[0];
    theirs = fds[1];
  }

  ~socket_pair() {
    ::close(ours);
    ::close(theirs);
  }

  int ours;
  int theirs;
};

void send_byte(int fd) {
  if (::write(fd, "x", 1) != 1)
    throw std::runtime_error("write");
}

void take_byte(int fd) {
  char byte;
  if (::read(fd, &byte, 1) != 1)
    throw std::runtime_error("read");
}

/// Writes until the socket takes no more.
void fill(int fd) {
  std::array<char, 65536> bytes{};
  while (::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT) > 0)
    ;
}

/// Reads what is there.
void empty(int fd) {
  std::array<char, 65536> bytes;
  while (::recv(fd, bytes.data(), bytes.size(), MSG_DONTWAIT) > 0)
    ;
}

std::set<std::string> open_descriptors() {
  std::set<std::string> result;
  for (auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"})
    result.insert(entry.path().filename());
  return result;
}

struct numbered_task : event_loop::task {
  void run() override {}

  int number = 7;
};

} // namespace

// -- tasks --------------------------------------------------------------------

TEST_CASE("tasks of four threads all run, each thread's in order",
          "[event_loop]") {
  constexpr int per_thread = 5000;
  auto spin = GENERATE(0us, 50us);
  event_loop loop{spin};
  std::array<std::vector<int>, 4> seen;
  {
    std::jthread server{[&] {
      loop.run();
    }};
    {
      std::vector<std::jthread> posters;
      for (auto& mine : seen)
        posters.emplace_back([&loop, &mine] {
          for (int i = 0; i < per_thread; ++i)
            loop.post([&mine, i] { mine.push_back(i); });
        });
    }
    loop.stop();
  }
  std::vector<int> expected;
  for (int i = 0; i < per_thread; ++i)
    expected.push_back(i);
  for (auto& mine : seen)
    CHECK(mine == expected);
}

TEST_CASE("a post wakes a loop that sleeps", "[event_loop]") {
  event_loop loop;
  std::jthread server{[&] {
    loop.run();
  }};
  std::atomic<int> answer = 0;
  for (int i = 1; i <= 1000; ++i) {
    loop.post([&answer, i] {
      answer = i;
      answer.notify_one();
    });
    answer.wait(i - 1);
    REQUIRE(answer == i);
  }
  loop.stop();
}

TEST_CASE("a closed loop refuses a task and leaves it to the caller",
          "[event_loop]") {
  event_loop loop;
  loop.stop();
  loop.run();
  auto mine = std::make_unique<numbered_task>();
  mine->number = 42;
  event_loop::task_ptr task = std::move(mine);
  CHECK_FALSE(loop.post(std::move(task)));
  REQUIRE(task != nullptr);
  CHECK(static_cast<numbered_task&>(*task).number == 42);
  CHECK_FALSE(loop.post([] { FAIL("ran after the end"); }));
}

TEST_CASE("every accepted task runs although the loop stops", "[event_loop]") {
  event_loop loop;
  std::atomic<int> accepted = 0;
  int ran = 0;
  {
    std::jthread server{[&] {
      loop.run();
    }};
    std::vector<std::jthread> posters;
    for (int i = 0; i < 3; ++i)
      posters.emplace_back([&] {
        while (loop.post([&ran] { ++ran; }))
          if (++accepted == 3000)
            loop.stop();
      });
  }
  CHECK(accepted >= 3000);
  CHECK(ran == accepted);
}

TEST_CASE("a loop that was never run runs its tasks when it is destroyed",
          "[event_loop]") {
  std::vector<int> seen;
  {
    event_loop loop;
    loop.post([&] { seen.push_back(1); });
    loop.post([&] { seen.push_back(2); });
  }
  CHECK(seen == std::vector{1, 2});
}

TEST_CASE("a task that posts itself forever starves no descriptor",
          "[event_loop]") {
  event_loop loop;
  socket_pair sockets;
  bool over = false;
  std::function<void()> again = [&] {
    if (!over)
      loop.post(again);
  };
  event_loop::watch watch{loop, sockets.ours, [&] {
                            take_byte(sockets.ours);
                            over = true;
                            loop.stop();
                          }};
  loop.post(again);
  send_byte(sockets.theirs);
  loop.run();
  CHECK(over);
}

// -- watches ------------------------------------------------------------------

TEST_CASE("a watch calls back as long as there is something to read",
          "[event_loop]") {
  event_loop loop;
  socket_pair sockets;
  int calls = 0;
  event_loop::watch watch{loop, sockets.ours, [&] {
                            take_byte(sockets.ours);
                            if (++calls == 3)
                              loop.stop();
                          }};
  for (int i = 0; i < 3; ++i)
    send_byte(sockets.theirs);
  loop.run();
  CHECK(calls == 3);
}

TEST_CASE("the end of the other side counts as readable", "[event_loop]") {
  event_loop loop;
  socket_pair sockets;
  ssize_t got = -1;
  event_loop::watch watch{loop, sockets.ours, [&] {
                            char byte;
                            got = ::read(sockets.ours, &byte, 1);
                            loop.stop();
                          }};
  ::shutdown(sockets.theirs, SHUT_RDWR);
  loop.run();
  CHECK(got == 0);
}

TEST_CASE("a watch destroyed in the callback of another gets nothing",
          "[event_loop]") {
  event_loop loop;
  std::array<socket_pair, 2> sockets;
  std::array<event_loop::watch, 2> watches;
  int calls = 0;
  for (int i : {0, 1})
    watches[i] = event_loop::watch{loop, sockets[i].ours, [&, i] {
                                     ++calls;
                                     take_byte(sockets[i].ours);
                                     watches[1 - i].reset();
                                   }};
  for (auto& pair : sockets)
    send_byte(pair.theirs);
  // The end comes long after both descriptors are ready.
  event_loop::timer end{loop, clock_type::now() + 20ms, [&] {
                          loop.stop();
                        }};
  loop.run();
  CHECK(calls == 1);
}

TEST_CASE("a watch may be destroyed in its own callback", "[event_loop]") {
  event_loop loop;
  socket_pair sockets;
  std::optional<event_loop::watch> watch;
  int calls = 0;
  auto owned = std::make_shared<int>(7);
  watch.emplace(
    loop, sockets.ours,
    [&, owned] {
      watch.reset();
      calls += *owned;
    },
    [&] { FAIL("writable after the end of the watch"); });
  send_byte(sockets.theirs);
  event_loop::timer end{loop, clock_type::now() + 20ms, [&] {
                          loop.stop();
                        }};
  loop.run();
  CHECK(calls == 7);
  CHECK(owned.use_count() == 1);
}

TEST_CASE("a new watch on a descriptor number gets nothing of the old one",
          "[event_loop]") {
  event_loop loop;
  socket_pair first;
  socket_pair second;
  event_loop::watch watch{loop, first.ours, [] {
                            FAIL("the old watch was called");
                          }};
  send_byte(first.theirs);
  watch.reset();
  dup3(second.ours, first.ours, O_CLOEXEC);
  bool called = false;
  watch = event_loop::watch{loop, first.ours, [&] {
                              take_byte(first.ours);
                              called = true;
                              loop.stop();
                            }};
  event_loop::timer end{loop, clock_type::now() + 5ms, [&] {
                          CHECK_FALSE(called);
                          send_byte(second.theirs);
                        }};
  loop.run();
  CHECK(called);
}

TEST_CASE("a watch says writable only while that is wanted and possible",
          "[event_loop]") {
  event_loop loop;
  socket_pair sockets;
  std::vector<std::string> seen;
  event_loop::watch watch;
  watch = event_loop::watch{loop, sockets.ours, [] {},
                            [&] {
                              seen.push_back("writable");
                              if (seen.size() == 4)
                                watch.want_write(false);
                            }};
  fill(sockets.ours);
  watch.want_write(true);
  auto start = clock_type::now();
  event_loop::timer room{loop, start + 10ms, [&] {
                           seen.push_back("room");
                           empty(sockets.theirs);
                         }};
  event_loop::timer end{loop, start + 40ms, [&] {
                          loop.stop();
                        }};
  loop.run();
  CHECK(
    seen
    == std::vector<std::string>{"room", "writable", "writable", "writable"});
}

TEST_CASE("a watch on a closed descriptor is none, and errno says why",
          "[event_loop]") {
  event_loop loop;
  event_loop::watch watch{loop, -1, [] {
                          }};
  CHECK_FALSE(watch);
  CHECK(errno == EBADF);
}

// -- timers -------------------------------------------------------------------

TEST_CASE("ten thousand timers fire in the order of their deadlines",
          "[event_loop]") {
  constexpr int count = 10000;
  event_loop loop;
  auto start = clock_type::now();
  std::vector<event_loop::timer> timers;
  std::vector<int> seen;
  bool early = false;
  for (int i = 0; i < count; ++i) {
    // 7919 is prime: every rank comes up once, in a scattered order.
    auto rank = static_cast<int>(i * 7919LL % count);
    auto deadline = start + rank * 5us;
    timers.emplace_back(loop, deadline, [&, rank, deadline] {
      early |= clock_type::now() < deadline;
      seen.push_back(rank);
      if (seen.size() == count)
        loop.stop();
    });
  }
  loop.run();
  CHECK(seen.size() == count);
  CHECK(std::is_sorted(seen.begin(), seen.end()));
  CHECK_FALSE(early);
}

TEST_CASE("a cancelled timer does not fire, even if it was due already",
          "[event_loop]") {
  event_loop loop;
  auto past = clock_type::now() - 1s;
  event_loop::timer due;
  event_loop::timer canceller{loop, past, [&] {
                                due.cancel();
                              }};
  due = event_loop::timer{loop, past + 1ms, [] {
                            FAIL("a cancelled timer fired");
                          }};
  event_loop::timer end{loop, past + 2ms, [&] {
                          loop.stop();
                        }};
  loop.run();
}

TEST_CASE("a timer can be armed anew in its own callback", "[event_loop]") {
  event_loop loop;
  int fired = 0;
  event_loop::timer timer;
  std::function<void()> tick = [&] {
    if (++fired == 5)
      loop.stop();
    else
      timer = event_loop::timer{loop, clock_type::now() + 1ms, tick};
  };
  timer = event_loop::timer{loop, clock_type::now(), tick};
  loop.run();
  CHECK(fired == 5);
}

TEST_CASE("a timer that always re-arms for the past starves no task",
          "[event_loop]") {
  event_loop loop;
  event_loop::timer timer;
  std::function<void()> tick = [&] {
    timer = event_loop::timer{loop, clock_type::time_point{}, tick};
  };
  tick();
  std::jthread stopper{[&] {
    loop.stop();
  }};
  loop.run();
}

// -- resources ----------------------------------------------------------------

TEST_CASE("a loop leaves no descriptor behind and hands none to a child",
          "[event_loop]") {
  auto before = open_descriptors();
  {
    event_loop loop;
    socket_pair sockets;
    event_loop::watch watch{loop, sockets.ours, [&] {
                              loop.stop();
                            }};
    event_loop::timer timer{loop, clock_type::now() + 1h, [] {
                            }};
    send_byte(sockets.theirs);
    loop.run();
    auto during = open_descriptors();
    CHECK(during.size() > before.size() + 2);
    for (auto& name : during) {
      if (before.count(name) != 0)
        continue;
      auto flags = fcntl(std::stoi(name), F_GETFD);
      CHECK((flags == -1 || (flags & FD_CLOEXEC) != 0));
    }
  }
  CHECK(open_descriptors() == before);
}
