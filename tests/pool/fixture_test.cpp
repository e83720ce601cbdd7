#include "tests/pool_fixture.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

/// @file
/// The eyes of the other tests: what a pool leaves behind, they must see.

using namespace venomous::test;

namespace {

/// Other tests may have shared memory for a moment.
bool none_left(const leftovers& before) {
  return eventually([&] { return leftovers::now().nothing_new_since(before); });
}

} // namespace

TEST_CASE("the fixture sees a descriptor that is left", "[fixture]") {
  auto before = leftovers::now();
  auto fd = ::open("/dev/null", O_RDONLY);
  auto after = leftovers::now();
  CHECK(after.descriptors == before.descriptors + 1);
  CHECK_FALSE(after.nothing_new_since(before));
  ::close(fd);
  CHECK(none_left(before));
}

TEST_CASE("the fixture sees a thread that is left", "[fixture]") {
  auto before = leftovers::now();
  std::promise<void> done;
  std::thread left{[&] {
    done.get_future().wait();
  }};
  auto after = leftovers::now();
  CHECK(after.threads == before.threads + 1);
  CHECK_FALSE(after.nothing_new_since(before));
  done.set_value();
  left.join();
  CHECK(none_left(before));
}

TEST_CASE("the fixture sees shared memory that is left", "[fixture]") {
  auto before = leftovers::now();
  auto name = "/venomous-test-" + std::to_string(::getpid());
  auto fd = ::shm_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600);
  REQUIRE(fd >= 0);
  ::close(fd);
  auto after = leftovers::now();
  ::shm_unlink(name.c_str());
  CHECK(after.shared_memory.contains(name.substr(1)));
  CHECK_FALSE(after.nothing_new_since(before));
  CHECK(none_left(before));
}

TEST_CASE("the fixture sees a process of a pool that is left", "[fixture]") {
  auto before = leftovers::now();
  auto mark = "VENOMOUS_POOL=" + std::to_string(::getpid()) + "-1-1";
  char name[] = "sleep";
  char time[] = "3600";
  char* const argv[] = {name, time, nullptr};
  char* const environment[] = {mark.data(), nullptr};
  pid_t child = -1;
  REQUIRE(
    ::posix_spawn(&child, "/bin/sleep", nullptr, nullptr, argv, environment)
    == 0);
  CHECK(eventually(
    [&] { return leftovers::now().processes == before.processes + 1; }));
  ::kill(child, SIGKILL);
  // One that nobody has reaped is left as well.
  siginfo_t ignored{};
  ::waitid(P_PID, static_cast<id_t>(child), &ignored, WEXITED | WNOWAIT);
  CHECK(leftovers::now().processes == before.processes + 1);
  ::waitpid(child, nullptr, 0);
  CHECK(none_left(before));
}
