#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <set>
#include <string>
#include <vector>

#include <unistd.h>

/// @file
/// What a pool leaves behind, and how tests wait until it is gone. Knows
/// nothing of Catch, so that programs can use it, too.

namespace venomous::test {

/// Waits until `condition` holds, for ten seconds unless `limit` says more: for
/// what the kernel tells nobody about.
bool eventually(const std::function<bool()>& condition,
                std::chrono::seconds limit = std::chrono::seconds(10));

/// Processes whose environment says that a pool of this process started them,
/// whoever their parent is by now. Dead ones that nobody reaped count too.
std::vector<pid_t> processes_of_pools();

/// The same for the pools of another process.
std::vector<pid_t> processes_of_pools(pid_t host);

bool is_alive(pid_t pid);

/// Waits until a process is gone, and kills it if it does not go: a pool with a
/// long grace would wait for it.
bool goes_away(pid_t pid);

/// Returns 0 if there is no such process.
pid_t parent_process(pid_t pid);

/// Returns a variable of the environment that a process began with, "" if there
/// is none.
std::string variable_of(pid_t pid, const std::string& name);

/// The names of what is in a folder.
std::set<std::string> names_in(const std::filesystem::path& folder);

/// What can be read of a file.
std::string text_of(const std::filesystem::path& file);

size_t lines_in(const std::filesystem::path& file);

/// A folder for one test, gone after it.
class temporary_folder {
public:
  temporary_folder();

  ~temporary_folder();

  temporary_folder(const temporary_folder&) = delete;

  temporary_folder& operator=(const temporary_folder&) = delete;

  std::filesystem::path operator/(const std::string& name) const {
    return path_ / name;
  }

  /// Creates a file in it.
  void write(const std::string& name, const std::string& text) const;

  std::string path() const {
    return path_.string();
  }

private:
  std::filesystem::path path_;
};

/// Has descriptor 2 of this process lead elsewhere.
class redirected_stderr {
public:
  explicit redirected_stderr(int to) : before_(::dup(STDERR_FILENO)) {
    ::dup2(to, STDERR_FILENO);
  }

  ~redirected_stderr() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
  }

private:
  int before_;
};

/// What a process can leave behind.
struct leftovers {
  size_t processes = 0;
  size_t descriptors = 0;
  size_t threads = 0;
  /// By name: other tests that run meanwhile have theirs.
  std::set<std::string> shared_memory;

  static leftovers now();

  /// Whether it is as `before`, save for what is gone.
  bool nothing_new_since(const leftovers& before) const;
};

std::ostream& operator<<(std::ostream& out, const leftovers& x);

/// What other programs do in /dev/shm must not look like a leak of ours. Where
/// this is not permitted, the tests see what they do.
void hide_shared_memory_of_others();

} // namespace venomous::test
