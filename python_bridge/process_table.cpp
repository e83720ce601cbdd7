#include "python_bridge/process_table.hpp"

#include "python_bridge/unique_fd.hpp"

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

unique_fd open_file(pid_t pid, const char* name) {
  auto path = "/proc/" + std::to_string(pid) + "/" + name;
  return unique_fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
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

/// Whether we may. Otherwise the kernel shows less of it elsewhere, too.
bool is_readable(pid_t pid, const char* name) {
  return static_cast<bool>(open_file(pid, name));
}

/// Whether a process is about to run another program: until that begins it has
/// no environment, as if it had cleared it. What it has last is its code.
bool is_between_programs(pid_t pid) {
  auto stat = read_file(pid, "stat");
  // The name in parentheses may contain anything. The state comes next, third
  // of the fields that proc(5) counts.
  std::istringstream rest{stat.substr(std::min(stat.size(), stat.rfind(')')))};
  std::vector<std::string> fields{"pid"};
  for (std::string field; rest >> field;)
    fields.push_back(field);
  constexpr size_t size = 22, code = 25, environment = 49, environment_end = 50;
  return fields.size() > environment_end && fields[size] != "0"
         && (fields[code] == "0"
             || fields[environment] != fields[environment_end]);
}

bool is_remnant(pid_t pid, std::string_view pool) {
  return variable(environment_of(pid), pool_marker) == pool;
}

/// Kills all remnants there are at this moment. The id of a process may pass to
/// another one any time, a pidfd does not.
std::vector<unique_fd> kill_remnants(std::string_view pool) {
  std::vector<unique_fd> result;
  for (auto pid : all_processes()) {
    if (!is_remnant(pid, pool))
      continue;
    unique_fd fd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    if (fd && is_remnant(pid, pool)
        && ::syscall(SYS_pidfd_send_signal, fd.get(), SIGKILL, nullptr, 0) == 0)
      result.push_back(std::move(fd));
  }
  return result;
}

} // namespace

std::vector<pid_t> all_processes() {
  std::vector<pid_t> result;
  std::unique_ptr<DIR, int (*)(DIR*)> proc{::opendir("/proc"), ::closedir};
  while (auto entry = proc ? ::readdir(proc.get()) : nullptr)
    if (std::isdigit(static_cast<unsigned char>(entry->d_name[0])))
      result.push_back(std::atoi(entry->d_name));
  return result;
}

std::optional<pid_t> parent_of(pid_t pid) {
  auto stat = read_file(pid, "stat");
  // The name in parentheses may contain anything, parentheses too.
  auto end_of_name = stat.rfind(')');
  char state = 0;
  pid_t parent = 0;
  if (end_of_name == std::string::npos
      || std::sscanf(stat.c_str() + end_of_name + 1, " %c %d", &state, &parent)
           != 2
      || state == 'Z' || state == 'X')
    return std::nullopt;
  return parent;
}

uint64_t resident_memory(pid_t pid) {
  auto statm = read_file(pid, "statm");
  unsigned long resident = 0;
  if (std::sscanf(statm.c_str(), "%*u %lu", &resident) != 1)
    return 0;
  return uint64_t{resident} * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::string environment_of(pid_t pid) {
  using clock = std::chrono::steady_clock;
  using namespace std::chrono_literals;
  auto give_up = clock::now() + 1s;
  auto result = read_file(pid, "environ");
  while (result.empty() && is_readable(pid, "environ")
         && is_between_programs(pid) && clock::now() < give_up) {
    std::this_thread::sleep_for(50us);
    result = read_file(pid, "environ");
  }
  return result;
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

void sweep(std::string_view pool) {
  using clock = std::chrono::steady_clock;
  auto give_up = clock::now() + std::chrono::seconds(1);
  // What is killed may have forked a moment before.
  for (auto killed = kill_remnants(pool);
       !killed.empty() && clock::now() < give_up; killed = kill_remnants(pool))
    for (auto& fd : killed) {
      pollfd ended{fd.get(), POLLIN, 0};
      ::poll(&ended, 1, 100);
    }
}

} // namespace venomous
