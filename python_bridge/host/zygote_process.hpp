#pragma once

#include "venomous/options.hpp"

#include "python_bridge/host/background_task.hpp"
#include "python_bridge/host/error_log.hpp"
#include "python_bridge/host/event_loop.hpp"
#include "python_bridge/os/descriptor_pair.hpp"
#include "python_bridge/os/exit_status.hpp"
#include "python_bridge/os/unique_fd.hpp"

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace venomous {

/// The host's handle on a zygote: starts it, asks it for snakes and for their
/// end, and hears from it what became of them. Lives on the pool thread.
class zygote_process {
public:
  // -- member types -----------------------------------------------------------

  /// What a snake has in common with its host.
  struct snake_descriptors {
    unique_fd socket;
    unique_fd standard_error;
    unique_fd ledger;
    unique_fd arena;
  };

  struct callbacks {
    /// It has imported what it had to and takes requests.
    std::function<void()> on_ready;
    std::function<void(uint64_t id, pid_t pid)> on_forked;
    std::function<void(uint64_t id, std::string why)> on_fork_failed;
    std::function<void(uint64_t id, exit_status)> on_exited;
    /// It has answered a `ping`.
    std::function<void()> on_pong;
    /// The zygote and all its processes are gone, except for those that
    /// standard error names. Called once, last.
    /// @param cause why it could not start, or how it ended.
    std::function<void(std::string cause)> on_gone;
  };

  // -- constructors, destructors ----------------------------------------------

  /// Starts a zygote. Returns at once: a spawn holds its thread for
  /// milliseconds, so another thread does it.
  /// @throws std::system_error if the system grants no descriptors or thread.
  zygote_process(event_loop& loop, const pool_options& options,
                 const std::string& pool_name, line_sink& sink, callbacks cb);

  /// Kills it if it still lives, and waits some seconds for that.
  ~zygote_process();

  // -- requests, once it is ready ---------------------------------------------

  /// Asks for a snake.
  void fork(uint64_t id, snake_descriptors descriptors);

  /// Asks for the end of a snake.
  void end(uint64_t id, termination_style style);

  /// Asks for a signal to a snake, by which it looks into its ledger.
  void interrupt(uint64_t id);

  /// Asks for a sign of life.
  void ping();

  /// Asks for the end of everything, itself included.
  void stop(termination_style style);

  /// Kills it, or has it killed as soon as it exists. The kernel then kills its
  /// snakes. Gives it up if it does not end by that.
  /// @param why the cause for `on_gone`, unless there is a better one.
  void kill(std::string why = {});

private:
  zygote_process(event_loop& loop, const pool_options& options,
                 const std::string& pool_name, line_sink& sink, callbacks cb,
                 descriptor_pair control, descriptor_pair errors);

  struct request {
    std::string text;
    /// Of the snake that it asks for, if it does.
    uint64_t id = 0;
    snake_descriptors descriptors = {};
  };

  enum class phase : uint8_t { spawning, running, cleaning, over };

  /// Written by the thread that spawns, read once that thread has ended.
  struct spawn_result {
    pid_t pid = -1;
    int error = 0;
  };

  void on_spawned();

  void send(request what);

  bool write_some();

  void on_refused(const request& what, int error);

  void receive();

  void interpret(std::string_view text);

  // -- end --------------------------------------------------------------------

  void send_kill();

  void arm_patience();

  void give_up();

  std::string endless_start() const;

  void look_whether_ended();

  void on_process_end();

  bool reap();

  void await_end();

  void clean_up();

  void leave_all();

  void on_swept();

  std::string epitaph() const;

  std::vector<pid_t> known_processes() const;

  void tell_left();

  void tell(const std::string& text);

  void gone(std::string cause);

  event_loop& loop_;
  line_sink& sink_;
  std::chrono::milliseconds grace_;
  std::string pool_name_;
  std::string executable_;
  callbacks cb_;
  unique_fd control_;
  event_loop::watch control_watch_;
  /// For one that has closed its control socket.
  event_loop::timer ultimatum_;
  /// For an end that cannot be watched.
  event_loop::timer lookout_;
  /// For requests to the system.
  event_loop::timer patience_;
  error_log errors_;
  unique_fd pidfd_;
  event_loop::watch pidfd_watch_;
  std::deque<request> queue_;
  /// Why it cannot start, mostly in its own words.
  std::string failure_;
  /// What `kill` was told.
  std::string kill_reason_;
  /// Why the system refuses to kill it, 0 if it does not.
  int kill_error_ = 0;
  exit_status status_;
  phase phase_ = phase::spawning;
  bool unwanted_ = false;
  bool reaped_ = false;
  /// Those that have been forked and have not ended.
  std::map<uint64_t, pid_t> snakes_;
  std::shared_ptr<spawn_result> spawned_ = std::make_shared<spawn_result>();
  /// Found by the thread that cleans up, read once that thread has ended.
  std::shared_ptr<std::vector<pid_t>> left_ =
    std::make_shared<std::vector<pid_t>>();
  /// Does what would hold up the pool thread, one thing at a time.
  background_task helper_;
};

} // namespace venomous
