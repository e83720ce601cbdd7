#pragma once

#include "python_bridge/host/background_task.hpp"
#include "python_bridge/host/child_process.hpp"
#include "python_bridge/host/error_log.hpp"
#include "python_bridge/host/event_loop.hpp"
#include "python_bridge/host/zygote_spawn.hpp"

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace venomous {

/// The life of a zygote's process, from its spawn until nothing of it is left:
/// starts it, kills it if asked, notices its end and cleans up after it. Gives
/// up on a process that the system neither starts nor ends. Lives on the pool
/// thread.
class zygote_lifetime {
public:
  // -- member types -----------------------------------------------------------

  struct callbacks {
    /// The system refuses to kill the process.
    std::function<void()> on_unkillable;
    /// The process has ended, or is given up. The last chance to read its
    /// events.
    std::function<void()> on_end;
    /// Returns the snakes that are known to live.
    std::function<std::vector<pid_t>()> snakes;
    /// The zygote and all its processes are gone, except for those that
    /// standard error names. Called once, last.
    std::function<void(std::string cause)> on_gone;
  };

  // -- constructors, destructors ----------------------------------------------

  /// Starts the process, on another thread: a spawn holds up its thread for
  /// milliseconds.
  /// @throws std::system_error if the system grants no thread.
  zygote_lifetime(event_loop& loop, zygote_spawn spawn, std::string executable,
                  std::string pool_name, line_sink& sink, error_log& errors,
                  callbacks cb);

  /// Kills the process if it still lives, and waits some seconds for that.
  ~zygote_lifetime();

  // -- modifiers --------------------------------------------------------------

  /// Kills the process, or has it killed as soon as it exists. The kernel then
  /// kills its snakes. Gives it up if it does not end by that.
  /// @param why the cause for `on_gone`, unless there is a better one.
  void kill(std::string why);

private:
  enum class phase : uint8_t { spawning, running, cleaning, over };

  /// Written by the thread that spawns, read once that thread has ended.
  struct spawn_result {
    pid_t pid = -1;
    int error = 0;
  };

  // -- start ------------------------------------------------------------------

  void start(zygote_spawn spawn);

  void on_spawned();

  void watch();

  // -- end --------------------------------------------------------------------

  void send_kill();

  void arm_patience();

  void give_up();

  void look_whether_ended();

  void on_process_end();

  // -- cleaning up ------------------------------------------------------------

  void clean_up();

  void leave_all();

  void on_swept();

  std::vector<pid_t> known_processes() const;

  void gone(std::string cause);

  // -- texts ------------------------------------------------------------------

  std::string endless_start() const;

  std::string death_report() const;

  void tell_left();

  void tell(const std::string& text);

  event_loop& loop_;
  std::string executable_;
  std::string pool_name_;
  line_sink& sink_;
  error_log& errors_;
  callbacks cb_;
  phase phase_ = phase::spawning;
  std::shared_ptr<spawn_result> spawned_ = std::make_shared<spawn_result>();
  /// There once it is spawned.
  std::optional<child_process> process_;
  event_loop::watch watch_;
  /// For an end that cannot be watched.
  event_loop::timer lookout_;
  /// For the system to do what it was asked for.
  event_loop::timer patience_;
  /// Whether it is to be killed.
  bool unwanted_ = false;
  /// The reason that `kill` was given.
  std::string kill_reason_;
  /// Why the system refuses to kill it, 0 if it does not.
  int kill_error_ = 0;
  /// Why it cannot be watched.
  std::string failure_;
  /// Found by the thread that cleans up, read once that thread has ended.
  std::shared_ptr<std::vector<pid_t>> left_ =
    std::make_shared<std::vector<pid_t>>();
  /// Does work that would hold up the pool thread, one piece at a time.
  background_task helper_;
};

} // namespace venomous
