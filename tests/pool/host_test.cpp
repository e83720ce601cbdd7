#include "tests/pool_fixture.hpp"

#include "venomous/exec_main.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

/// @file
/// Programs that are made of `exec_main`, and what is left of them.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

namespace {

struct small_config : config {
  small_config() {
    pool = small_pool(4);
  }
};

/// Has calls in flight and a lease open, then ends as it is told to.
int leave_at_the_worst_time(pool& snakes, const std::string& path,
                            const std::string& go, const std::string& how) {
  auto& manager = snakes.manager();
  snake_args meet{"snakes", "ignore_sigterm_and_meet", path};
  python_options endless{.timeout = forever};
  caf::scoped_actor self{snakes.system()};
  auto leased = checked(retrieve_snake(self, manager));
  self->send(leased.worker, snake_run_atom_v, leased, meet, endless);
  self->send(manager, python_atom_v, meet, endless);
  // Nobody waits for this one, so that no caller's end is its own.
  caf::anon_send(manager, python_atom_v, meet, endless);
  std::ignore = checked(python(self, manager, {"snakes", "meet", go}));
  if (how == "throw")
    throw std::runtime_error{"as it was told"};
  return 7;
}

} // namespace

TEST_CASE("a program to be left by its main function", "[.program]") {
  auto path = std::getenv("VENOMOUS_TEST_MEET");
  auto go = std::getenv("VENOMOUS_TEST_GO");
  auto how = std::getenv("VENOMOUS_TEST_HOW");
  if (path == nullptr || go == nullptr || how == nullptr)
    return;
  char name[] = "program";
  char* argv[] = {name, nullptr};
  auto status = exec_main<small_config>(
    1, argv,
    [&](pool& snakes) {
      return leave_at_the_worst_time(snakes, path, go, how);
    },
    "/no/such/file");
  CHECK(status == 7);
}

TEST_CASE("an actor system that goes away takes everything with it", "[host]") {
  std::string how;
  SECTION("when its main function returns") {
    how = "return";
  }
  SECTION("when its main function throws") {
    how = "throw";
  }
  rendezvous here;
  rendezvous go;
  auto host = ::fork();
  if (host == 0) {
    ::setenv("VENOMOUS_TEST_MEET", here.path().c_str(), 1);
    ::setenv("VENOMOUS_TEST_GO", go.path().c_str(), 1);
    ::setenv("VENOMOUS_TEST_HOW", how.c_str(), 1);
    ::execl("/proc/self/exe", "venomous_tests", "[.program]", "--out",
            "/dev/null", nullptr);
    ::_exit(125);
  }
  std::vector<pid_t> snakes;
  for (int i = 0; i < 3; ++i)
    snakes.push_back(here.arrival());
  snakes.push_back(go.arrival());
  CHECK(processes_of_pools(host).size() == 5);
  go.release();
  int status = -1;
  auto ended =
    eventually([&] { return ::waitpid(host, &status, WNOHANG) == host; });
  if (!ended) {
    ::kill(host, SIGKILL);
    ::waitpid(host, nullptr, 0);
  }
  CHECK(ended);
  // Of Catch: the number of assertions that failed.
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == (how == "throw" ? 1 : 0));
  // At once: it does not leave before they do.
  CHECK(processes_of_pools(host).empty());
  for (auto process : snakes)
    CHECK_FALSE(is_alive(process));
}
