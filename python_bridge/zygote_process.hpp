#pragma once

#include "venomous/options.hpp"

#include "python_bridge/descriptor_pair.hpp"
#include "python_bridge/error_log.hpp"
#include "python_bridge/event_loop.hpp"
#include "python_bridge/exit_status.hpp"
#include "python_bridge/unique_fd.hpp"

#include <sys/types.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

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
    /// It is no more, and neither is any process of its. Called once, last.
    /// @param cause why it could not start, or how it ended.
    std::function<void(std::string cause)> on_gone;
  };

  // -- constructors, destructors ----------------------------------------------

  /// Starts a zygote. Returns at once: a spawn holds its thread for
  /// milliseconds, so another thread does it.
  /// @throws std::system_error if the system grants no descriptors or thread.
  zygote_process(event_loop& loop, const pool_options& options,
                 const std::string& pool_name, line_sink& sink, callbacks cb);

  /// Kills it if it still lives.
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

  /// Kills it, or has it killed as soon as it is there. The kernel kills its
  /// snakes then.
  /// @param why what `on_gone` gets to hear, if it has nothing better to say.
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

  /// Written by the thread that spawns, read once that has posted or ended.
  struct spawn_result {
    pid_t pid = -1;
    int error = 0;
  };

  void on_spawned();

  void send(request what);

  void send_kill();

  bool write_some();

  void on_refused(const request& what, int error);

  void receive();

  void aside(std::function<void()> work, void (zygote_process::*then)());

  void on_process_end();

  void reap();

  void on_swept();

  void gone(std::string cause);

  void interpret(std::string_view text);

  event_loop& loop_;
  std::chrono::milliseconds grace_;
  std::string pool_name_;
  std::string executable_;
  callbacks cb_;
  unique_fd control_;
  event_loop::watch control_watch_;
  /// For one that has closed its control socket.
  event_loop::timer ultimatum_;
  error_log errors_;
  unique_fd pidfd_;
  event_loop::watch pidfd_watch_;
  std::deque<request> queue_;
  /// Why it cannot start, mostly in its own words.
  std::string failure_;
  /// What `kill` was told.
  std::string kill_reason_;
  exit_status status_;
  bool unwanted_ = false;
  bool reaped_ = false;
  std::shared_ptr<spawn_result> spawned_ = std::make_shared<spawn_result>();
  /// Cleared by the destructor: what the spawning thread posted may come later.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  /// Does what would hold up the pool thread, one thing at a time.
  std::thread helper_;
};

} // namespace venomous
