#include "tests/pool_fixture.hpp"

#include "python_bridge/os/unique_fd.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

/// @file
/// Pools in unusual programs: standard file descriptors are closed, and limits
/// of the system are low.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

using Catch::Matchers::ContainsSubstring;

namespace {

using answer = caf::expected<value>;

/// Runs tests with a certain tag, which may spoil the process that they run in,
/// in another one.
/// @returns the report if one of them failed, "" otherwise.
std::string run_apart(const std::string& tag) {
  temporary_folder folder;
  auto report = (folder / "report").string();
  auto program = ::fork();
  if (program == 0) {
    ::execl("/proc/self/exe", "venomous_tests", tag.c_str(), "--out",
            report.c_str(), nullptr);
    ::_exit(125);
  }
  int status = -1;
  ::waitpid(program, &status, 0);
  return status == 0 ? "" : std::to_string(status) + ": " + text_of(report);
}

/// A limit of this process, for as long as it lives.
class limited {
public:
  limited(__rlimit_resource resource, size_t most) : resource_(resource) {
    ::getrlimit(resource_, &before_);
    rlimit now{most, before_.rlim_max};
    REQUIRE(::setrlimit(resource_, &now) == 0);
  }

  limited(const limited&) = delete;

  ~limited() {
    ::setrlimit(resource_, &before_);
  }

private:
  __rlimit_resource resource_;
  rlimit before_{};
};

/// Returns how large the address space of this process is.
size_t address_space() {
  size_t pages = 0;
  std::istringstream{text_of("/proc/self/statm")} >> pages;
  return pages * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

/// Closes standard files and has a pool do all that takes descriptors.
void check_without(std::initializer_list<int> closed) {
  temporary_folder folder;
  for (auto fd : closed)
    ::close(fd);
  pool_fixture f{small_pool(2)};
  auto leased = checked(retrieve_snake(f.self, f.manager));
  auto path = (folder / "data").string();
  CHECK(checked(python<std::string>(f.self, f.manager,
                                    {"snakes", "write_beside_new_file", path}))
        == "data");
  CHECK(f.alive().size() == 2);
  for (auto fd : closed)
    CHECK_FALSE(is_open(fd));
  CHECK(snake_run(f.self, leased, tell_pid()));
}

} // namespace

// -- standard files -----------------------------------------------------------

TEST_CASE("a program that has closed its standard input", "[.closed_0]") {
  check_without({STDIN_FILENO});
}

TEST_CASE("a program that has closed its standard output", "[.closed_1]") {
  check_without({STDOUT_FILENO});
}

TEST_CASE("a program that has closed its standard error", "[.closed_2]") {
  check_without({STDERR_FILENO});
}

TEST_CASE("a program that has closed all its standard files", "[.closed_012]") {
  check_without({STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO});
}

TEST_CASE("nothing of a pool takes the place of standard files that a program "
          "has closed",
          "[host]") {
  auto tag =
    GENERATE("[.closed_0]", "[.closed_1]", "[.closed_2]", "[.closed_012]");
  CHECK(run_apart(tag) == "");
}

TEST_CASE("a program that closes its standard error when it has a pool",
          "[.closed_later]") {
  pool_fixture f{small_pool(2)};
  rendezvous here;
  auto running = f.call_later(here.call());
  here.arrival();
  ::close(STDERR_FILENO);
  for (int i = 0; i < 3; ++i)
    CHECK(checked(
            python<int>(f.self, f.manager,
                        {"snakes", "write_to", 2, std::string{"line\n"}, 100}))
          == 500);
  here.release();
  CHECK(running.get());
}

TEST_CASE("what snakes say harms no call when standard error was closed",
          "[host]") {
  CHECK(run_apart("[.closed_later]") == "");
}

TEST_CASE("a program whose other files have the numbers of standard files",
          "[.replaced]") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
  for (auto fd : {STDOUT_FILENO, STDERR_FILENO})
    REQUIRE(::dup3(ends[1], fd, O_CLOEXEC) == fd);
  {
    pool_fixture f{small_pool(1)};
    for (auto fd : {STDOUT_FILENO, STDERR_FILENO})
      CHECK(python(f.self, f.manager,
                   {"snakes", "write_to", fd, std::string{"line\n"}}));
  }
  char byte = 0;
  CHECK(::read(ends[0], &byte, 1) == -1);
  CHECK(errno == EAGAIN);
}

TEST_CASE("a file that is closed on exec is not taken for a standard file",
          "[host]") {
  CHECK(run_apart("[.replaced]") == "");
}

TEST_CASE("a file that a call opens does not become a standard file because a "
          "preload has closed those",
          "[host]") {
  temporary_folder folder;
  auto options = small_pool(1);
  folder.write("closing.py", "import os\n"
                             "for fd in range(3): os.close(fd)\n");
  options.module_paths.push_back(folder.path());
  options.preload = {"closing"};
  pool_fixture f{options};
  auto path = (folder / "data").string();
  CHECK(checked(python<std::string>(f.self, f.manager,
                                    {"snakes", "write_beside_new_file", path}))
        == "data");
  auto open = checked(
    python<std::vector<int>>(f.self, f.manager, {"snakes", "descriptors"}));
  std::ranges::sort(open);
  CHECK(std::vector(open.begin(), open.begin() + 3) == std::vector{0, 1, 2});
}

// -- memory -------------------------------------------------------------------

TEST_CASE("a limit to files below arena-mb is an exception that names both",
          "[host]") {
  auto options = small_pool(1);
  options.arena_mb = 64;
  config cfg;
  caf::actor_system system{cfg};
  limited files{RLIMIT_FSIZE, GENERATE(size_t{0}, 63 * megabyte)};
  CHECK_THROWS_WITH((pool{system, options}),
                    ContainsSubstring("arena-mb")
                      && ContainsSubstring("ulimit -f"));
}

TEST_CASE("a limit to files that comes later is what keeps snakes from "
          "starting",
          "[host]") {
  pool_fixture f{small_pool(1)};
  {
    limited files{RLIMIT_FSIZE, megabyte};
    auto got = python(f.self, f.manager, {"os", "getpid"});
    CHECK(code_in(got) == errc::start_failed);
    CHECK_THAT(text_in(got),
               ContainsSubstring("arena-mb") && ContainsSubstring("ulimit -f"));
  }
  CHECK(eventually([&] {
    return bool(python(f.self, f.manager, {"os", "getpid"}));
  }));
}

TEST_CASE("a limit to memory below arena-mb is an exception that names both",
          "[host]") {
  auto options = small_pool(1);
  options.arena_mb = 8000;
  config cfg;
  caf::actor_system system{cfg};
  limited memory{RLIMIT_AS, address_space() + 4000 * megabyte};
  CHECK_THROWS_WITH((pool{system, options}),
                    ContainsSubstring("arena-mb")
                      && ContainsSubstring("ulimit -v"));
}

TEST_CASE("a limit to memory that comes later is what keeps snakes from "
          "starting",
          "[host]") {
  auto options = small_pool(1);
  options.arena_mb = 8000;
  pool_fixture f{options};
  limited memory{RLIMIT_AS, address_space() + 4000 * megabyte};
  auto got = python(f.self, f.manager, {"os", "getpid"});
  CHECK(code_in(got) == errc::start_failed);
  CHECK_THAT(text_in(got),
             ContainsSubstring("arena-mb") && ContainsSubstring("ulimit -v"));
}

TEST_CASE("a limit to the memory of Python that leaves no room for arena-mb is "
          "what keeps snakes from starting",
          "[host]") {
  auto options = small_pool(1);
  options.arena_mb = 8000;
  temporary_folder folder;
  folder.write("python", "#!/bin/sh\n"
                         "ulimit -v 4000000\n"
                         "exec python3 \"$@\"\n");
  auto wrapper = folder / "python";
  std::filesystem::permissions(wrapper, std::filesystem::perms::owner_all);
  options.python_executable = wrapper.string();
  pool_fixture f{options};
  auto got = python(f.self, f.manager, {"os", "getpid"});
  CHECK(code_in(got) == errc::start_failed);
  CHECK_THAT(text_in(got),
             ContainsSubstring("arena-mb") && ContainsSubstring("ulimit -v"));
}

// -- descriptors --------------------------------------------------------------

TEST_CASE("a snake takes three descriptors of the program", "[host]") {
  pool_fixture f{small_pool(4)};
  std::ignore = checked(get_snakes_ready(f.self, f.manager, 1));
  auto before = leftovers::now().descriptors;
  CHECK(checked(get_snakes_ready(f.self, f.manager, 3)).size() == 3);
  CHECK(leftovers::now().descriptors == before + 9);
}

TEST_CASE("a program that may open few files goes on to open some, however "
          "many snakes there may be",
          "[host][concurrency]") {
  constexpr size_t most = 64;
  temporary_folder folder;
  auto said = (folder / "stderr").string();
  unique_fd log{::open(said.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600)};
  redirected_stderr elsewhere{log.get()};
  pool_fixture f{small_pool(50)};
  limited files{RLIMIT_NOFILE, most};
  auto leased = checked(get_snakes_ready(f.self, f.manager, 50));
  CHECK(leased.size() > 5);
  CHECK(leased.size() < most / 3);
  CHECK(leftovers::now().descriptors <= most - most / 4);
  // A caller that does not wait learns why there is no other snake.
  auto refused = python(f.self, f.manager, {"os", "getpid"});
  CHECK(code_in(refused) == errc::start_failed);
  auto count = "no more than " + std::to_string(leased.size()) + " snakes";
  CHECK_THAT(text_in(refused),
             ContainsSubstring(count) && ContainsSubstring("ulimit -n"));
  // A caller that waits gets the next free snake, without a back-off.
  auto waiting = f.call_later({"snakes", "echo", 1});
  CHECK(is_pending(waiting));
  CHECK(checked(release_snake(f.self, f.manager, leased[0])));
  CHECK(waiting.get());
  // The log of the program says so once.
  auto text = text_of(said);
  CHECK_THAT(text, ContainsSubstring("[venomous] " + count));
  CHECK(lines_in(said) == 1);
}

TEST_CASE("descriptors of the program count, whatever their numbers are",
          "[host]") {
  constexpr size_t most = 64;
  pool_fixture f{small_pool(50)};
  std::vector<unique_fd> files;
  for (int i = 0; i < 30; ++i)
    files.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  // The lowest numbers are free again.
  files.erase(files.begin(), files.begin() + 10);
  limited limit{RLIMIT_NOFILE, most};
  auto leased = checked(get_snakes_ready(f.self, f.manager, 50));
  CHECK_FALSE(leased.empty());
  CHECK(leftovers::now().descriptors <= most - most / 4);
}

TEST_CASE("where descriptors lack what waits still finds a limit", "[host]") {
  auto options = small_pool(50);
  options.max_queue_mb = 1;
  pool_fixture f{options};
  limited files{RLIMIT_NOFILE, leftovers::now().descriptors + 20};
  auto leased = checked(get_snakes_ready(f.self, f.manager, 50));
  CHECK(leased.size() < 10);
  std::string text(900'000, 'x');
  caller other{f};
  auto call = [&] {
    return other.start<value>(f.manager, python_atom_v,
                              snake_args{"builtins", "len", text}, patient);
  };
  auto first = call();
  auto second = call();
  auto got = second.get();
  CHECK(code_in(got) == errc::queue_full);
  CHECK(checked(release_snake(f.self, f.manager, leased[0])));
  CHECK(first.get());
}

TEST_CASE("snakes for which descriptors lacked are started when there are more",
          "[host]") {
  pool_fixture f{small_pool(4)};
  rendezvous here;
  auto running = f.call_later(here.call());
  here.arrival();
  std::future<answer> waiting;
  {
    limited files{RLIMIT_NOFILE, leftovers::now().descriptors + 10};
    waiting = f.call_later({"snakes", "echo", 1});
    CHECK(is_pending(waiting));
    CHECK(code_in(python(f.self, f.manager, {"os", "getpid"}))
          == errc::start_failed);
  }
  CHECK(waiting.get());
  here.release();
  CHECK(running.get());
}

TEST_CASE("a snake that may open the fewest files that an option permits works",
          "[host]") {
  auto options = small_pool(2);
  options.open_files = 16;
  pool_fixture f{options};
  CHECK(checked(python<int>(f.self, f.manager, {"snakes", "add_later", 1, 2}))
        == 3);
  auto numbers =
    checked(python(f.self, f.manager, {"numpy", "arange", 100'000}));
  // Another snake gets what the first one has returned.
  rendezvous here;
  auto running = f.call_later(here.call());
  here.arrival();
  CHECK(checked(python<size_t>(f.self, f.manager, {"builtins", "len", numbers}))
        == 100'000);
  here.release();
  CHECK(running.get());
}

TEST_CASE("a limit to the files of a snake that is too low is named",
          "[host]") {
  auto options = small_pool(1);
  options.open_files = 15;
  config cfg;
  caf::actor_system system{cfg};
  CHECK_THROWS_WITH(
    (pool{system, options}),
    ContainsSubstring("open-files: expected 0, or a whole number >= 16, "
                      "got 15"));
}
