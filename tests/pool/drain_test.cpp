#include "tests/facades.hpp"

#include "venomous/exec_main.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

/// @file
/// Pools that finish what they have accepted, and then end.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

namespace {

const python_options without_limit{.timeout = forever};

/// Asks for the end of the pool. From then on it takes nothing.
std::future<caf::expected<bool>> drain(caller& by, pool_fixture& f,
                                       caf::timespan patience) {
  return by.start<bool>(f.manager, drain_atom_v, patience);
}

} // namespace

// -- pools --------------------------------------------------------------------

TEST_CASE("a pool that is drained answers what runs and what waits",
          "[drain][concurrency]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  caller by{f};
  python_options patient{.busy = when_busy::wait};
  auto runs = occupy(by, f, here, patient);
  auto waits = by.start<value>(f.manager, python_atom_v, tell_pid(), patient);
  auto map = by.start<map_results>(
    f.manager, python_map_atom_v,
    map_args{"builtins", "abs", std::vector<int>{-1, -2, -3}}, map_options{});
  auto drained = drain(by, f, forever);
  CHECK(is_pending(drained));
  here.release();
  CHECK(runs.get());
  CHECK(waits.get());
  CHECK(checked(map.get()).errors.empty());
  CHECK(checked(drained.get()));
  f.stop();
}

TEST_CASE("a pool that is drained takes nothing more", "[drain]") {
  pool_fixture f{small_pool(2)};
  rendezvous here;
  caller by{f};
  auto runs = occupy(by, f, here);
  auto drained = drain(by, f, forever);
  CHECK(code_in(python_wait(f.self, f.manager, tell_pid()))
        == errc::shutting_down);
  CHECK(code_in(retrieve_snake_wait(f.self, f.manager)) == errc::shutting_down);
  CHECK(code_in(get_snakes_ready(f.self, f.manager, 1)) == errc::shutting_down);
  CHECK(code_in(python_map(f.self, f.manager,
                           {"builtins", "abs", std::vector<int>{1}}))
        == errc::shutting_down);
  // To look is not to ask for anything.
  CHECK(f.alive().size() == 1);
  here.release();
  CHECK(runs.get());
  CHECK(checked(drained.get()));
}

TEST_CASE("a pool that is drained waits for leases", "[drain]") {
  pool_fixture f{small_pool(1)};
  caller by{f};
  auto leased = checked(retrieve_snake(f.self, f.manager));
  auto drained = drain(by, f, forever);
  CHECK(
    checked(snake_run<pid_t>(f.self, leased, tell_pid(), {.keep_snake = true}))
    == leased.os_pid);
  CHECK(is_pending(drained));
  CHECK(snake_run(f.self, leased, tell_pid()));
  CHECK(checked(drained.get()));
}

TEST_CASE("what takes longer than the patience is cut off",
          "[drain][concurrency]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  caller by{f};
  auto runs = by.start<value>(f.manager, python_atom_v, here.call(),
                              python_options{.timeout = forever});
  auto process = here.arrival();
  auto waits = by.start<value>(f.manager, python_atom_v, tell_pid(),
                               python_options{.busy = when_busy::wait});
  CHECK_FALSE(checked(drain(by, f, 50ms).get()));
  CHECK(code_in(runs.get()) == errc::shutting_down);
  CHECK(code_in(waits.get()) == errc::shutting_down);
  CHECK(goes_away(process));
}

TEST_CASE("a call that crashes while its pool is drained has its own error",
          "[drain]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  caller by{f};
  auto runs = by.start<value>(
    f.manager, python_atom_v,
    snake_args{"snakes", "meet_and_crash", here.path()}, python_options{});
  here.arrival();
  auto drained = drain(by, f, forever);
  here.release("exit");
  CHECK(code_in(runs.get()) == errc::python_died);
  CHECK(checked(drained.get()));
}

TEST_CASE("a pool that has nothing to do is drained at once", "[drain]") {
  auto options = small_pool(2);
  options.perpetual_workers = 2;
  pool_fixture f{options};
  CHECK(f.pool.drain(caf::timespan{0}));
}

TEST_CASE("of several patiences the shortest counts", "[drain]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  caller by{f};
  auto runs = occupy(by, f, here, without_limit);
  auto patient = drain(by, f, forever);
  auto hasty = drain(by, f, 1ms);
  CHECK_FALSE(checked(hasty.get()));
  CHECK_FALSE(checked(patient.get()));
  CHECK(code_in(runs.get()) == errc::shutting_down);
}

TEST_CASE("to stop a pool ends its drain", "[drain]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  caller by{f};
  auto runs = occupy(by, f, here, without_limit);
  auto drained = drain(by, f, forever);
  f.stop();
  CHECK_FALSE(checked(drained.get()));
  CHECK(code_in(runs.get()) == errc::shutting_down);
}

TEST_CASE("pool::drain returns when nothing is left", "[drain]") {
  pool_fixture f{small_pool(1)};
  auto process = checked(python<pid_t>(f.self, f.manager, tell_pid()));
  CHECK(f.pool.drain(forever));
  CHECK_FALSE(is_alive(process));
  CHECK_FALSE(f.pool.drain(forever));
}

// -- programs -----------------------------------------------------------------

namespace {

struct drain_config : config {
  drain_config() {
    pool = small_pool(2);
    pool.drain = std::chrono::milliseconds{
      std::strtol(std::getenv("VENOMOUS_TEST_DRAIN"), nullptr, 10)};
    pool.grace = 1h;
  }
};

/// Calls until the pool takes no more.
/// @returns 7 if the last call that was taken ran to its end.
int call_until_refused(pool& snakes, const std::string& path) {
  caf::scoped_actor self{snakes.system()};
  auto last = false;
  for (;;) {
    auto got = python(self, snakes.manager(), {"snakes", "meet", path},
                      {.timeout = forever});
    if (!got && code_of(got.error()) == errc::shutting_down)
      return last ? 7 : 8;
    // Who comes when the test has left meets nobody.
    last = got || code_of(got.error()) == errc::python_exception;
  }
}

/// A process that runs the test case below.
class program {
public:
  program(const rendezvous& here, std::chrono::milliseconds patience,
          const char* behavior) {
    pid_ = ::fork();
    if (pid_ != 0)
      return;
    ::setenv("VENOMOUS_TEST_MEET", here.path().c_str(), 1);
    ::setenv("VENOMOUS_TEST_DRAIN", std::to_string(patience.count()).c_str(),
             1);
    ::setenv("VENOMOUS_TEST_HOW", behavior, 1);
    ::execl("/proc/self/exe", "venomous_tests", "[.drained]", "--out",
            "/dev/null", nullptr);
    ::_exit(125);
  }

  program(const program&) = delete;

  ~program() {
    if (!reaped_) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  pid_t pid() const {
    return pid_;
  }

  void terminate() const {
    ::kill(pid_, SIGTERM);
  }

  /// Waits for the end.
  /// @returns the status as the shell has it, -1 if it does not come.
  int status() {
    int status = -1;
    if (!eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }))
      return -1;
    reaped_ = true;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

private:
  pid_t pid_;
  bool reaped_ = false;
};

} // namespace

TEST_CASE("a program to be drained", "[.drained]") {
  auto path = std::getenv("VENOMOUS_TEST_MEET");
  auto how = std::getenv("VENOMOUS_TEST_HOW");
  if (path == nullptr || how == nullptr)
    return;
  // Catch handles it, too.
  ::signal(SIGTERM, how == std::string{"ignore"} ? SIG_IGN : SIG_DFL);
  char name[] = "program";
  char* argv[] = {name, nullptr};
  auto status = exec_main<drain_config>(
    1, argv,
    [&](pool& snakes) {
      auto result = call_until_refused(snakes, path);
      while (how == std::string{"stay"})
        ::pause();
      return result;
    },
    "/no/such/file");
  // Past Catch, which has exit codes of its own.
  std::_Exit(status);
}

TEST_CASE("SIGTERM lets a program finish its calls, and then its main function",
          "[drain]") {
  rendezvous here;
  program host{here, 1h, "return"};
  here.arrival();
  host.terminate();
  // It may call once more before it takes note of the signal.
  here.close();
  CHECK(host.status() == 7);
  CHECK(processes_of_pools(host.pid()).empty());
}

TEST_CASE("a program whose main function goes on after drain-ms is ended by "
          "SIGTERM",
          "[drain]") {
  rendezvous here;
  program host{here, 100ms, "stay"};
  auto snake = here.arrival();
  host.terminate();
  CHECK(host.status() == 128 + SIGTERM);
  CHECK(goes_away(snake));
}

TEST_CASE("a second SIGTERM ends a program at once", "[drain]") {
  rendezvous here;
  program host{here, 1h, "return"};
  auto snake = here.arrival();
  CHECK(eventually([&] {
    host.terminate();
    return !is_alive(host.pid());
  }));
  CHECK(host.status() == 128 + SIGTERM);
  CHECK(goes_away(snake));
}

TEST_CASE("a program that ignores SIGTERM goes on", "[drain]") {
  rendezvous here;
  program host{here, 1h, "ignore"};
  here.arrival();
  host.terminate();
  here.release();
  // It calls again.
  here.arrival();
  CHECK(is_alive(host.pid()));
}
