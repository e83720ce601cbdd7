#include "tests/leftovers.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <ostream>
#include <sstream>
#include <system_error>
#include <thread>

namespace fs = std::filesystem;

namespace venomous::test {

bool eventually(const std::function<bool()>& condition,
                std::chrono::seconds limit) {
  using namespace std::chrono_literals;
  auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline)
      return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

namespace {

/// What can be read of `file`: a process may vanish while it is looked at.
std::string contents(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// Parent and state of a process from /proc/<pid>/stat, whose second field may
/// contain anything.
std::pair<char, pid_t> state_and_parent(const fs::path& folder) {
  auto stat = contents(folder / "stat");
  auto name_end = stat.rfind(')');
  if (name_end == std::string::npos)
    return {'?', 0};
  char state = '?';
  int parent = 0;
  std::sscanf(stat.c_str() + name_end + 1, " %c %d", &state, &parent);
  return {state, parent};
}

} // namespace

std::vector<pid_t> processes_of_pools() {
  return processes_of_pools(::getpid());
}

std::vector<pid_t> processes_of_pools(pid_t host) {
  std::vector<pid_t> result;
  auto marker = "VENOMOUS_POOL=" + std::to_string(host) + "-";
  std::error_code ignored;
  for (auto& entry : fs::directory_iterator{"/proc", ignored}) {
    auto name = entry.path().filename().string();
    auto pid = static_cast<pid_t>(std::atoi(name.c_str()));
    if (pid <= 0)
      continue;
    // The environment of a dead process cannot be read any more.
    auto [state, parent] = state_and_parent(entry.path());
    if (contents(entry.path() / "environ").find(marker) != std::string::npos
        || (state == 'Z' && parent == host))
      result.push_back(pid);
  }
  return result;
}

bool is_alive(pid_t pid) {
  auto state = state_and_parent("/proc/" + std::to_string(pid)).first;
  return state != '?' && state != 'Z' && state != 'X';
}

bool goes_away(pid_t pid) {
  auto gone = eventually([=] { return !is_alive(pid); });
  if (!gone)
    ::kill(pid, SIGKILL);
  return gone;
}

pid_t parent_process(pid_t pid) {
  return state_and_parent("/proc/" + std::to_string(pid)).second;
}

std::string variable_of(pid_t pid, const std::string& name) {
  std::istringstream all{contents("/proc/" + std::to_string(pid) + "/environ")};
  for (std::string entry; std::getline(all, entry, '\0');)
    if (entry.starts_with(name + "="))
      return entry.substr(name.size() + 1);
  return {};
}

std::set<std::string> names_in(const fs::path& folder) {
  std::error_code ignored;
  std::set<std::string> result;
  for (auto& entry : fs::directory_iterator{folder, ignored})
    result.insert(entry.path().filename());
  return result;
}

std::string text_of(const fs::path& file) {
  return contents(file);
}

size_t lines_in(const fs::path& file) {
  auto text = contents(file);
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

// -- temporary_folder ---------------------------------------------------------

temporary_folder::temporary_folder() {
  auto name = (fs::temp_directory_path() / "venomous-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw std::system_error{errno, std::generic_category(), "mkdtemp"};
  path_ = name;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void temporary_folder::write(const std::string& name,
                             const std::string& text) const {
  std::ofstream{path_ / name} << text;
}

// -- leftovers ----------------------------------------------------------------

leftovers leftovers::now() {
  return {processes_of_pools().size(), names_in("/proc/self/fd").size(),
          names_in("/proc/self/task").size(), names_in("/dev/shm")};
}

bool leftovers::nothing_new_since(const leftovers& before) const {
  return processes <= before.processes && descriptors <= before.descriptors
         && threads <= before.threads
         && std::includes(before.shared_memory.begin(),
                          before.shared_memory.end(), shared_memory.begin(),
                          shared_memory.end());
}

std::ostream& operator<<(std::ostream& out, const leftovers& x) {
  return out << x.processes << " processes, " << x.descriptors
             << " descriptors, " << x.threads << " threads, "
             << x.shared_memory.size() << " pieces of shared memory";
}

void hide_shared_memory_of_others() {
  if (::unshare(CLONE_NEWNS) == 0
      && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0)
    static_cast<void>(::mount("none", "/dev/shm", "tmpfs", 0, nullptr));
}

} // namespace venomous::test
