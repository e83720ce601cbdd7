#include "python_bridge/os/process_table.hpp"

#include "python_bridge/os/page_size.hpp"
#include "python_bridge/os/unique_fd.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <thread>

namespace venomous {

namespace {

using clock = std::chrono::steady_clock;

unique_fd open_file(pid_t pid, const char* name) {
  auto path = "/proc/" + std::to_string(pid) + "/" + name;
  return opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

std::string read_file(pid_t pid, const char* name) {
  auto fd = open_file(pid, name);
  std::string result;
  char chunk[4096];
  ssize_t n = 0;
  while (fd && (n = ::read(fd.get(), chunk, sizeof(chunk))) > 0)
    result.append(chunk, static_cast<size_t>(n));
  return result;
}

/// Returns the entries of a folder whose names are numbers, nothing if it
/// cannot be opened.
std::optional<std::vector<int>> numbers_in(const char* path) {
  auto fd = opened(::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::unique_ptr<DIR, int (*)(DIR*)> folder{::fdopendir(fd.get()), ::closedir};
  if (!folder)
    return std::nullopt;
  fd.release();
  std::vector<int> result;
  while (auto entry = ::readdir(folder.get()))
    if (std::isdigit(static_cast<unsigned char>(entry->d_name[0])))
      result.push_back(std::atoi(entry->d_name));
  return result;
}

struct page_counts {
  uint64_t resident = 0;
  uint64_t shared = 0;
};

page_counts pages_of(pid_t pid) {
  auto statm = read_file(pid, "statm");
  unsigned long resident = 0;
  unsigned long shared = 0;
  if (std::sscanf(statm.c_str(), "%*u %lu %lu", &resident, &shared) != 2)
    return {};
  return {resident, shared};
}

/// Whether we may signal it. Otherwise the kernel shows less of it elsewhere,
/// too.
bool is_readable(pid_t pid, const char* name) {
  return static_cast<bool>(open_file(pid, name));
}

/// The fields of /proc/<pid>/stat, each by its number in proc(5).
class process_stat {
public:
  static constexpr size_t state = 3, parent = 4, address_space = 23, code = 26,
                          environment = 50, environment_end = 51;

  explicit process_stat(pid_t pid) {
    auto text = read_file(pid, "stat");
    // The name in parentheses may contain anything, parentheses too.
    auto end_of_name = text.rfind(')');
    if (end_of_name == std::string::npos)
      return;
    std::istringstream rest{text.substr(end_of_name + 1)};
    for (std::string field; rest >> field;)
      fields_.push_back(std::move(field));
  }

  /// Returns a field behind the name, empty if there is no such process.
  std::string operator[](size_t number) const {
    auto index = number - state;
    return index < fields_.size() ? fields_[index] : std::string{};
  }

private:
  std::vector<std::string> fields_;
};

/// Whether a process is about to run another program: until that begins it has
/// no environment, as if it had cleared it. It gets its code last.
bool is_between_programs(pid_t pid) {
  process_stat stat{pid};
  return !stat[stat.environment_end].empty() && stat[stat.address_space] != "0"
         && (stat[stat.code] == "0"
             || stat[stat.environment] != stat[stat.environment_end]);
}

/// Reads data that a process has had since its program started.
std::string read_of_program(pid_t pid, const char* name) {
  using namespace std::chrono_literals;
  auto give_up = clock::now() + 1s;
  auto result = read_file(pid, name);
  while (result.empty() && is_readable(pid, "environ")
         && is_between_programs(pid) && clock::now() < give_up) {
    std::this_thread::sleep_for(50us);
    result = read_file(pid, name);
  }
  return result;
}

bool is_remnant(pid_t pid, std::string_view pool) {
  return variable(environment_of(pid), pool_marker) == pool;
}

/// The id of a process may be reused at any time; a pidfd is not.
struct process {
  explicit process(pid_t pid)
    : pid(pid),
      fd(opened(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)))) {
    // nop
  }

  pid_t pid;
  unique_fd fd;
};

bool ends_by(const process& x, clock::time_point deadline) {
  using std::chrono::ceil, std::chrono::milliseconds;
  auto left = std::max(deadline - clock::now(), clock::duration::zero());
  pollfd ended{x.fd.get(), POLLIN, 0};
  return ::poll(&ended, 1, static_cast<int>(ceil<milliseconds>(left).count()))
         > 0;
}

/// Kills all remnants that exist now, or all except trackers, as far as that is
/// permitted.
std::vector<process> kill_remnants(std::string_view pool, bool spare_trackers) {
  std::vector<process> result;
  for (auto pid : all_processes()) {
    if (!is_remnant(pid, pool))
      continue;
    process found{pid};
    if (!found.fd || !is_remnant(pid, pool))
      continue;
    if (!spare_trackers || !is_tracker(pid))
      ::syscall(SYS_pidfd_send_signal, found.fd.get(), SIGKILL, nullptr, 0);
    result.push_back(std::move(found));
  }
  return result;
}

} // namespace

std::vector<pid_t> all_processes() {
  return numbers_in("/proc").value_or(std::vector<pid_t>{});
}

std::optional<size_t> count_own_descriptors() {
  auto numbers = numbers_in("/proc/self/fd");
  if (!numbers)
    return std::nullopt;
  // One of them belongs to the folder.
  return numbers->size() - 1;
}

std::optional<pid_t> parent_of(pid_t pid) {
  process_stat stat{pid};
  auto state = stat[stat.state];
  auto parent = stat[stat.parent];
  if (parent.empty() || state == "Z" || state == "X")
    return std::nullopt;
  return std::atoi(parent.c_str());
}

uint64_t resident_memory(pid_t pid) {
  return pages_of(pid).resident * page_size();
}

uint64_t anonymous_memory(pid_t pid) {
  auto pages = pages_of(pid);
  return (pages.resident - std::min(pages.resident, pages.shared))
         * page_size();
}

std::optional<uint64_t> private_memory(pid_t pid) {
  std::istringstream lines{read_file(pid, "smaps_rollup")};
  std::optional<uint64_t> result;
  for (std::string line; std::getline(lines, line);) {
    unsigned long kilobytes = 0;
    if (std::sscanf(line.c_str(), "Private_%*[^:]: %lu kB", &kilobytes) == 1)
      result = result.value_or(0) + (uint64_t{kilobytes} << 10);
  }
  return result;
}

std::string environment_of(pid_t pid) {
  return read_of_program(pid, "environ");
}

std::string variable(std::string_view environment, std::string_view name) {
  while (!environment.empty()) {
    auto entry = environment.substr(0, environment.find('\0'));
    if (entry.starts_with(name))
      return std::string{entry.substr(name.size())};
    environment.remove_prefix(std::min(environment.size(), entry.size() + 1));
  }
  return {};
}

bool is_tracker(pid_t pid) {
  return read_of_program(pid, "cmdline").find("resource_tracker")
         != std::string::npos;
}

std::vector<pid_t> sweep(std::string_view pool,
                         const std::vector<pid_t>& dying) {
  using namespace std::chrono_literals;
  auto give_up = clock::now() + 1s;
  auto end_of_patience = clock::now() + 500ms;
  std::vector<process> known;
  // A killed process may have forked a moment before.
  do {
    known = kill_remnants(pool, clock::now() < end_of_patience);
    for (auto& x : known)
      ends_by(x, std::min(clock::now() + 100ms, give_up));
  } while (!known.empty() && clock::now() < give_up);
  for (auto pid : dying)
    if (process x{pid}; x.fd)
      known.push_back(std::move(x));
  // A process that was just killed needs a moment.
  auto last_look = std::max(give_up, clock::now() + 100ms);
  std::vector<pid_t> left;
  for (auto& x : known)
    if (!ends_by(x, last_look) && std::ranges::find(left, x.pid) == left.end())
      left.push_back(x.pid);
  return left;
}

} // namespace venomous
