#include "python_bridge/os/process_table.hpp"

#include "tests/catch.hpp"
#include "tests/leftovers.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

using namespace venomous;
using namespace venomous::test;

TEST_CASE("a process that runs one program after another has its environment "
          "all the time",
          "[process_table]") {
  temporary_folder folder;
  folder.write("again", "exec sh \"$0\"\n");
  auto script = folder / "again";
  auto pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setenv("VENOMOUS_TEST_MARK", "here", 1);
    ::execl("/bin/sh", "sh", script.c_str(), nullptr);
    ::_exit(127);
  }
  auto mark = [&] {
    return variable(environment_of(pid), "VENOMOUS_TEST_MARK=");
  };
  CHECK(eventually([&] { return mark() == "here"; }));
  auto missing = 0;
  for (auto n = 0; n < 2000; ++n)
    if (mark() != "here")
      ++missing;
  CHECK(missing == 0);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  CHECK(environment_of(pid).empty());
}
