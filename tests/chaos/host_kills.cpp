#include "host_kills.hpp"

#include "tests/leftovers.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace venomous::chaos {

namespace {

using namespace std::chrono_literals;

using clock = std::chrono::steady_clock;

/// The processes that a host has started.
struct process_counts {
  size_t processes = 0;
  /// Those in sessions of their own.
  size_t daemons = 0;

  static process_counts of(pid_t host) {
    process_counts result;
    for (auto pid : test::processes_of_pools(host)) {
      ++result.processes;
      if (auto session = ::getsid(pid); session != ::getsid(0) && session > 0)
        ++result.daemons;
    }
    return result;
  }
};

/// This program once more, with a folder of its own.
class host {
public:
  explicit host(uint64_t seed);

  /// Kills it.
  /// @returns whether it was alive until then.
  bool kill();

  /// Ends this process because of it.
  [[noreturn]] void fail(const std::string& why) const;

  pid_t pid() const {
    return pid_;
  }

private:
  void become(uint64_t seed) const;

  test::temporary_folder folder_;
  uint64_t seed_;
  pid_t pid_;
};

host::host(uint64_t seed) : seed_(seed), pid_(::fork()) {
  if (pid_ == 0)
    become(seed);
}

void host::become(uint64_t seed) const {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setenv("TMPDIR", folder_.path().c_str(), 1);
  ::dup2(
    ::open((folder_ / "said").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600),
    STDOUT_FILENO);
  ::execl("/proc/self/exe", "chaos", "--host", "--seconds", "3600", "--seed",
          std::to_string(seed).c_str(), nullptr);
  ::_exit(127);
}

bool host::kill() {
  ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

void host::fail(const std::string& why) const {
  std::cout << test::text_of(folder_ / "said") << "\nFAILED: host " << pid_
            << " of seed " << seed_ << ' ' << why << std::endl;
  for (auto pid : test::processes_of_pools(pid_)) {
    auto stat = test::text_of("/proc/" + std::to_string(pid) + "/stat");
    std::cout << "still there: " << stat.substr(0, 60) << std::endl;
    ::kill(pid, SIGKILL);
  }
  std::exit(1);
}

/// Reaps processes that have ended. This process is the subreaper of its
/// descendants, so those of a dead host are its children or descend from one.
/// @returns the children that are still alive.
std::string children() {
  auto all = [] {
    return test::text_of("/proc/thread-self/children");
  };
  pid_t pid = 0;
  for (std::istringstream pids{all()}; pids >> pid;)
    ::waitpid(pid, nullptr, WNOHANG);
  return all();
}

struct totals {
  process_counts found;
  std::vector<clock::duration> took;

  void print() const {
    auto in_ms = [](clock::duration x) {
      return std::chrono::duration_cast<std::chrono::milliseconds>(x).count();
    };
    auto sorted = took;
    std::ranges::sort(sorted);
    std::cout << took.size() << " hosts killed, with " << found.processes
              << " processes, " << found.daemons
              << " of them in sessions of their own; all gone after "
              << in_ms(sorted[sorted.size() / 2]) << " ms (median), "
              << in_ms(sorted.back()) << " ms (longest)" << std::endl;
  }
};

/// Lets a host run for a while, mostly until it has something to leave behind.
void let_live(const host& running, std::mt19937_64& random) {
  if (random() % 4 == 0)
    return std::this_thread::sleep_for(
      std::chrono::milliseconds(random() % 400));
  test::eventually(
    [&] { return process_counts::of(running.pid()).daemons > 0; });
  std::this_thread::sleep_for(std::chrono::milliseconds(random() % 1500));
}

void kill_one(uint64_t seed, std::chrono::seconds limit, totals& all) {
  std::mt19937_64 random{seed};
  auto memory = test::names_in("/dev/shm");
  auto others = children();
  host victim{seed};
  let_live(victim, random);
  auto found = process_counts::of(victim.pid());
  all.found.processes += found.processes;
  all.found.daemons += found.daemons;
  auto begin = clock::now();
  if (!victim.kill())
    victim.fail("ended by itself");
  auto gone = test::eventually(
    [&] {
      return children() == others
             && test::processes_of_pools(victim.pid()).empty();
    },
    limit);
  all.took.push_back(clock::now() - begin);
  if (!gone)
    victim.fail("was killed, but some of its processes are alive");
  if (test::names_in("/dev/shm") != memory)
    victim.fail("left shared memory");
}

} // namespace

void kill_hosts(uint64_t seed, size_t times, std::chrono::seconds limit) {
  if (times == 0)
    return;
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  std::mt19937_64 seeds{seed};
  totals all;
  for (size_t i = 0; i < times; ++i)
    kill_one(i == 0 ? seed : seeds(), limit, all);
  all.print();
}

} // namespace venomous::chaos
