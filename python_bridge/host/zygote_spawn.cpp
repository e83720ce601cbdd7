#include "python_bridge/host/zygote_spawn.hpp"

#include "python_bridge/host/interpreter.hpp"
#include "python_bridge/host/python_folder.hpp"
#include "python_bridge/os/descriptor_pair.hpp"
#include "python_bridge/os/process_table.hpp"
#include "python_bridge/os/throw_errno.hpp"
#include "python_bridge/wire/protocol.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string_view>
#include <thread>
#include <utility>

namespace venomous {

namespace {

// The zygote finds its end of the control socket here.
constexpr int control_fd = 3;

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (auto& str : strings)
    result.push_back(str.data());
  result.push_back(nullptr);
  return result;
}

unique_fd open_null() {
  unique_fd result{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  if (!result)
    throw_errno("open(/dev/null)");
  return raised(std::move(result));
}

/// Has numerical libraries start no more threads than there are cores, unless
/// somebody has decided on that.
void limit_threads(const pool_options& options,
                   std::map<std::string, std::string>& variables) {
  const char* names[] = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                         "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
                         "NUMEXPR_NUM_THREADS"};
  for (auto name : names)
    if (variables.contains(name) || std::getenv(name) != nullptr)
      return;
  auto threads = options.blas_threads;
  if (threads == 0)
    threads = std::max<size_t>(
      std::thread::hardware_concurrency() / options.max_children, 1);
  for (auto name : names)
    variables[name] = std::to_string(threads);
}

std::vector<std::string> environment_for(const pool_options& options,
                                         const std::string& pool_name) {
  auto ours = options.envvars;
  limit_threads(options, ours);
  // The zygote's snakes overwrite the digits in place, which makes the number
  // show in /proc even for descendants that never exec.
  ours["VENOMOUS_SNAKE"] = no_snake_marker;
  ours["VENOMOUS_POOL"] = pool_name;
  std::vector<std::string> result;
  for (auto entry = environ; entry && *entry; ++entry) {
    std::string_view text = *entry;
    if (!ours.contains(std::string{text.substr(0, text.find('='))}))
      result.emplace_back(text);
  }
  for (auto& [name, content] : ours)
    result.push_back(name + "=" + content);
  return result;
}

} // namespace

zygote_spawn::zygote_spawn(const pool_options& options,
                           const std::vector<std::string>& python_places,
                           const std::string& pool_name, unique_fd control,
                           unique_fd standard_error)
  : argv_{executable_of(options), find_python_folder(python_places),
          std::to_string(protocol_number), library_version, source_folder()},
    environment_(environment_for(options, pool_name)),
    control_(std::move(control)),
    standard_error_(std::move(standard_error)),
    null_(open_null()) {
  // nop
}

int zygote_spawn::run(pid_t& pid) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, null_.get(), STDIN_FILENO);
  if (!is_standard(STDOUT_FILENO))
    posix_spawn_file_actions_adddup2(&files, null_.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, standard_error_.get(),
                                   STDERR_FILENO);
  posix_spawn_file_actions_adddup2(&files, control_.get(), control_fd);
  // The host may have descriptors open that nobody marked close-on-exec.
  posix_spawn_file_actions_addclosefrom_np(&files, control_fd + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  // Ctrl-C at the terminal is for the host to handle.
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK
                                          | POSIX_SPAWN_SETSIGDEF
                                          | POSIX_SPAWN_SETPGROUP);
  auto result =
    ::posix_spawnp(&pid, argv_.front().c_str(), &files, &attributes,
                   pointers(argv_).data(), pointers(environment_).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return result;
}

} // namespace venomous
