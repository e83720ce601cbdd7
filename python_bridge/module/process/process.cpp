#include "python_bridge/module/process/process.hpp"

#include "python_bridge/os/process_table.hpp"
#include "python_bridge/os/throw_errno.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace venomous::bridge {

namespace {

/// The memory that the kernel shows as /proc/<pid>/environ. `putenv` does not
/// change it.
char* marker_place = nullptr;

} // namespace

void become_subreaper() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
    throw_errno("prctl");
}

void die_with_parent(pid_t parent) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
    throw_errno("prctl");
  if (::getppid() != parent)
    ::_exit(1);
}

void find_marker() {
  auto* value = std::getenv("VENOMOUS_SNAKE");
  if (value != nullptr && no_snake_marker == value)
    marker_place = value;
}

void mark_process(uint64_t id) {
  if (marker_place == nullptr)
    return;
  // Code that sets the title of a process overwrites the environment.
  auto* name = marker_place - snake_marker.size();
  if (std::memcmp(name, snake_marker.data(), snake_marker.size()) != 0)
    return;
  char digits[17];
  std::snprintf(digits, sizeof(digits), "%016llx",
                static_cast<unsigned long long>(id));
  std::memcpy(marker_place, digits, no_snake_marker.size());
}

int signal_descriptor(const std::vector<int>& numbers) {
  sigset_t set;
  ::sigemptyset(&set);
  for (auto number : numbers)
    ::sigaddset(&set, number);
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0)
    throw_errno("sigprocmask");
  auto result = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (result < 0)
    throw_errno("signalfd");
  return result;
}

own_process::own_process() {
  auto* memory = ::mmap(nullptr, 1, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw_errno("mmap");
  // However it is forked, a child sees zeros.
  if (::madvise(memory, 1, MADV_WIPEONFORK) != 0)
    throw_errno("madvise(MADV_WIPEONFORK)");
  mark_ = static_cast<char*>(memory);
  *mark_ = 1;
}

own_process::~own_process() {
  ::munmap(const_cast<char*>(mark_), 1);
}

std::vector<child> children() {
  std::vector<child> result;
  auto self = ::getpid();
  for (auto pid : all_processes()) {
    if (parent_of(pid) == self)
      result.emplace_back(pid, variable(environment_of(pid), snake_marker));
  }
  return result;
}

} // namespace venomous::bridge
