#include "tests/pool_fixture.hpp"
#include "tests/program.hpp"
#include "tests/sandbox.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

/// @file
/// The end of a pool that cannot end its processes, or is declared in the wrong
/// place: it has an end, or says why not.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

using Catch::Matchers::ContainsSubstring;

namespace {

// -- programs -----------------------------------------------------------------

// The exit code by which automake knows a skipped test.
constexpr int skipped = 77;

std::string variable(const char* name) {
  auto text = std::getenv(name);
  return text ? text : "";
}

/// Loses the right to kill what was started so far.
void lose_rights(const std::string& how) {
  auto lost =
    how == "user"
      // The user `nobody`.
      ? ::setresuid(65534, 65534, 65534) == 0
      : forbid({SYS_kill, SYS_tkill, SYS_tgkill, SYS_pidfd_send_signal});
  if (!lost)
    ::_exit(skipped);
}

/// Options that have the zygote come to `path` before it is ready.
pool_options slow_zygote(const temporary_folder& folder,
                         const std::string& path) {
  auto options = small_pool(1);
  folder.write("preloaded.py", "import snakes\n"
                               "snakes.meet('"
                                 + path + "')\n");
  options.module_paths.push_back(folder.path());
  options.preload = {"preloaded"};
  return options;
}

} // namespace

TEST_CASE("a program that loses the right to kill", "[.loses_rights]") {
  auto path = variable("VENOMOUS_TEST_MEET");
  auto how = variable("VENOMOUS_TEST_HOW");
  if (path.empty())
    return;
  temporary_folder folder;
  config cfg;
  caf::actor_system system{cfg};
  auto preloads = !variable("VENOMOUS_TEST_PRELOADS").empty();
  auto options = preloads ? slow_zygote(folder, path) : small_pool(1);
  pool snakes{system, options};
  if (!preloads)
    caf::anon_send(snakes.manager(), python_atom_v,
                   snake_args{"snakes", "meet", path},
                   python_options{.timeout = forever});
  await_go();
  lose_rights(how);
  snakes.stop();
}

TEST_CASE("a program whose system does not start anything", "[.cannot_start]") {
  if (variable("VENOMOUS_TEST_HOW").empty())
    return;
  if (!hold_up({SYS_execve, SYS_execveat}))
    ::_exit(skipped);
  {
    config cfg;
    caf::actor_system system{cfg};
    pool snakes{system, small_pool(1)};
  }
  // Catch2 restores the action of SIGABRT at the end of a test, which waits for
  // posix_spawn from glibc 2.41 on.
  std::exit(EXIT_SUCCESS);
}

TEST_CASE("a program whose pool may outlive its system", "[.outlives]") {
  auto how = variable("VENOMOUS_TEST_HOW");
  if (how.empty())
    return;
  auto options = small_pool(1);
  options.grace = 2s;
  config cfg;
  std::optional<pool> late;
  caf::actor_system system{cfg};
  std::optional<pool> in_time;
  auto& snakes = how == "before its system" ? in_time : late;
  snakes.emplace(system, options);
  caf::scoped_actor self{system};
  // So the end of the pool takes its time.
  CHECK(python(self, snakes->manager(), {"snakes", "ignore_sigterm"}));
  if (how == "by a call of stop")
    snakes->stop();
}

namespace {

/// @returns whether the system permitted what the test does.
bool is_permitted(int status) {
  if (!WIFEXITED(status) || WEXITSTATUS(status) != skipped)
    return true;
  WARN("not permitted here");
  return false;
}

} // namespace

// -- without the right to kill ------------------------------------------------

TEST_CASE("a pool ends though its program may not kill what does not respond, "
          "and says what is left",
          "[stop]") {
  std::string how = GENERATE("sandbox", "user");
  INFO(how);
  rendezvous here;
  program host{
    "[.loses_rights]",
    {{"VENOMOUS_TEST_MEET", here.path()}, {"VENOMOUS_TEST_HOW", how}}};
  auto snake = here.arrival();
  auto zygote = parent_process(snake);
  std::optional<int> status;
  {
    stopped_process unresponsive{zygote};
    host.go();
    status = host.end(40s);
    REQUIRE(status);
    if (!is_permitted(*status))
      return;
    CHECK(*status == 0);
    CHECK_THAT(
      host.said(),
      ContainsSubstring("these processes of the pool do not end and are left: ")
        && ContainsSubstring(std::to_string(zygote))
        && ContainsSubstring(std::to_string(snake))
        && ContainsSubstring("(Operation not permitted)"));
    CHECK(is_alive(zygote));
  }
  // Their host has closed their sockets.
  CHECK(eventually([&] { return !is_alive(zygote) && !is_alive(snake); }));
}

TEST_CASE("a pool whose program may not kill ends what is not ready",
          "[stop]") {
  std::string how = GENERATE("sandbox", "user");
  INFO(how);
  rendezvous here;
  program host{"[.loses_rights]",
               {{"VENOMOUS_TEST_MEET", here.path()},
                {"VENOMOUS_TEST_PRELOADS", "yes"},
                {"VENOMOUS_TEST_HOW", how}}};
  auto zygote = here.arrival();
  host.go();
  auto status = host.end(40s);
  REQUIRE(status);
  if (!is_permitted(*status))
    return;
  CHECK(*status == 0);
  CHECK(host.said() == "");
  CHECK_FALSE(is_alive(zygote));
}

// -- what does not even start -------------------------------------------------

TEST_CASE("a pool ends though the start of its interpreter does not",
          "[stop]") {
  // A search for leaks would wait for the thread that hangs.
  program host{
    "[.cannot_start]",
    {{"VENOMOUS_TEST_HOW", "yes"}, {"ASAN_OPTIONS", "detect_leaks=0"}}};
  auto status = host.end(40s);
  REQUIRE(status);
  if (!is_permitted(*status))
    return;
  CHECK(*status == 0);
  CHECK_THAT(host.said(), ContainsSubstring("the start of")
                            && ContainsSubstring("does not come to an end"));
}

// -- the actor system ---------------------------------------------------------

TEST_CASE("a pool ends ahead of its actor system or together with it",
          "[stop]") {
  std::string how = GENERATE("before its system", "by a call of stop", "late");
  INFO(how);
  program host{"[.outlives]", {{"VENOMOUS_TEST_HOW", how}}};
  auto status = host.end(40s);
  REQUIRE(status);
  CHECK(*status == 0);
  CHECK(host.said() == "");
}
