#pragma once

#include "venomous/options.hpp"

#include "python_bridge/host/error_log.hpp"
#include "python_bridge/host/event_loop.hpp"
#include "python_bridge/host/zygote_lifetime.hpp"
#include "python_bridge/host/zygote_messages.hpp"
#include "python_bridge/os/descriptor_pair.hpp"
#include "python_bridge/os/exit_status.hpp"
#include "python_bridge/os/unique_fd.hpp"

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace venomous {

/// The host's handle on a zygote: starts it, asks it to start and end snakes,
/// and learns from it what became of them. Lives on the pool thread.
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
    /// It has imported all preloads and takes requests.
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

  /// Starts a zygote, and returns at once.
  /// @param python_places where to look for the library's Python side.
  /// @throws std::system_error if the system grants no descriptors or thread.
  /// @throws std::runtime_error if the Python side is in none of the places.
  zygote_process(event_loop& loop, const pool_options& options,
                 const std::vector<std::string>& python_places,
                 const std::string& pool_name, line_sink& sink, callbacks cb);

  /// Kills it if it still lives, and waits some seconds for that.
  ~zygote_process();

  // -- properties -------------------------------------------------------------

  /// Returns whether it takes requests.
  bool is_ready() const noexcept {
    return is_ready_;
  }

  /// Returns the snakes that it was asked for and that have not ended.
  std::vector<uint64_t> snakes() const;

  /// Returns whether a snake has not ended, though it may have no process yet.
  bool has_snake(uint64_t id) const {
    return snakes_.contains(id);
  }

  /// Returns the process of a snake, as long as it has one.
  std::optional<pid_t> pid_of(uint64_t id) const;

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
  struct request {
    std::string text;
    /// Of the snake that it asks for, if it does.
    uint64_t id = 0;
    snake_descriptors descriptors = {};
  };

  zygote_process(event_loop& loop, const pool_options& options,
                 const std::vector<std::string>& python_places,
                 const std::string& pool_name, line_sink& sink, callbacks cb,
                 descriptor_pair control, descriptor_pair errors);

  event_loop::watch watch_control();

  zygote_lifetime::callbacks make_lifetime_callbacks();

  // -- sending ----------------------------------------------------------------

  void send(request next);

  bool write_some();

  void on_refused(const request& refused, int error);

  // -- receiving --------------------------------------------------------------

  void receive();

  void on_event(zygote_event event);

  void on_hello(const zygote_event& event);

  void on_fork_failed(uint64_t id, std::string why);

  // -- end --------------------------------------------------------------------

  void on_control_closed();

  void on_end();

  void on_gone(std::string cause);

  std::vector<pid_t> processes_of_snakes() const;

  event_loop& loop_;
  std::chrono::milliseconds grace_;
  callbacks cb_;
  unique_fd control_;
  event_loop::watch control_watch_;
  std::deque<request> queue_;
  /// For one that has closed its control socket.
  event_loop::timer ultimatum_;
  error_log errors_;
  bool is_ready_ = false;
  /// Why it cannot start, in its own words.
  std::string failure_;
  /// Those that were asked for and have not ended, and their processes.
  std::map<uint64_t, std::optional<pid_t>> snakes_;
  zygote_lifetime lifetime_;
};

} // namespace venomous
