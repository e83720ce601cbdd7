#include "tests/facades.hpp"

#include <fcntl.h>
#include <signal.h>

/// @file
/// What snakes leave to the end of their process, seen from outside: every
/// normal end takes care of it, and costs no caller anything. The rest is in
/// python/test_estate.py.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

namespace {

/// Keeps the output of crashes from the terminal.
class silent_stderr {
public:
  silent_stderr() : redirected_(null_) {}

  ~silent_stderr() {
    ::close(null_);
  }

  silent_stderr(const silent_stderr&) = delete;

  silent_stderr& operator=(const silent_stderr&) = delete;

private:
  int null_ = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  redirected_stderr redirected_;
};

} // namespace

TEST_CASE("a file that nobody closed is written when its snake goes",
          "[estate]") {
  temporary_folder folder;
  auto path = folder / "text";
  auto options = small_pool(1);
  auto go = GENERATE(as<std::string>{}, "slain", "idle", "replaced", "drained",
                     "stopped");
  CAPTURE(go);
  if (go == "replaced")
    options.max_calls = 1;
  if (go == "idle")
    options.snake_ttl = 1ms;
  pool_fixture f{options};
  checked(python(f.self, f.manager,
                 {"snakes", "write_and_hold", path.string(), "all of it"}));
  // One that has had its calls may go at once.
  CHECK((go == "replaced" || text_of(path).empty()));
  if (go == "slain")
    CHECK(checked(slay_python_worker(f.self, f.manager, f.alive().at(0))));
  else if (go == "idle")
    CHECK(eventually(
      [&] { return checked(clean_inactive_snakes(f.self, f.manager)) == 1; }));
  else if (go == "replaced")
    process_of(f);
  else if (go == "drained")
    CHECK(f.pool.drain(forever));
  else
    f.stop();
  CHECK(eventually([&] { return text_of(path) == "all of it"; }));
}

TEST_CASE("a snake that crashes at its end is no failure of anybody's",
          "[estate]") {
  auto options = small_pool(1);
  options.max_restarts = 1;
  pool_fixture f{options};
  silent_stderr around;
  for (int i = 0; i < 5; ++i) {
    auto process = process_of(f);
    checked(python(f.self, f.manager, {"snakes", "crash_at_end"}));
    CHECK(checked(slay_python_worker(f.self, f.manager, f.alive().at(0))));
    CHECK(process_of(f) != process);
  }
}

TEST_CASE("a snake that hangs at its end holds up no call", "[estate]") {
  auto options = small_pool(2);
  options.grace = 1h;
  pool_fixture f{options};
  auto process =
    checked(python<pid_t>(f.self, f.manager, {"snakes", "hang_at_end"}));
  auto victim = f.alive().at(0);
  SECTION("when it is slain") {
    CHECK(checked(slay_python_worker(f.self, f.manager, victim)));
  }
  SECTION("when a call of it takes too long") {
    rendezvous here;
    CHECK(code_in(python(f.self, f.manager, here.call(), {.timeout = 50ms}))
          == errc::timeout);
  }
  CHECK(process_of(f) != process);
  CHECK(is_alive(process));
  ::kill(process, SIGKILL);
}

TEST_CASE("shared memory of a preload goes with the pool", "[estate]") {
  temporary_folder folder;
  folder.write("sharing.py", R"(
from multiprocessing import shared_memory
memory = shared_memory.SharedMemory(create=True, size=100)
def name():
    return memory.name
)");
  auto options = small_pool(1);
  options.module_paths.push_back(folder.path());
  options.preload = {"sharing"};
  pool_fixture f{options};
  auto path =
    std::filesystem::path{"/dev/shm"}
    / checked(python<std::string>(f.self, f.manager, {"sharing", "name"}));
  CHECK(std::filesystem::exists(path));
  SECTION("when it is stopped") {
    f.stop();
  }
  SECTION("when its zygote is killed") {
    ::kill(parent_process(process_of(f)), SIGKILL);
  }
  CHECK(eventually([&] { return !std::filesystem::exists(path); }));
}
