#pragma once

#include "actors/interfaces.hpp"
#include "actors/pool_actor.hpp"

#include "python_bridge/connection.hpp"
#include "python_bridge/deadline.hpp"
#include "python_bridge/error_log.hpp"

#include "venomous/options.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <set>

namespace venomous {

/// What a snake worker is given at its start.
struct snake_worker_setup {
  snake_id id;
  unique_fd socket;
  std::unique_ptr<error_log> errors;
  snake_supervisor_actor supervisor;
  snake_manager_inner manager;
  pool_options options;
};

/// Owns one Python process: hands it calls, one at a time, and answers them.
/// Lives until the process is gone, so that a place in the pool is free when,
/// and not before, its process is.
class snake_worker : public pool_actor {
public:
  snake_worker(caf::actor_config& cfg, pool_context_ptr context,
               snake_worker_setup setup);

  const char* name() const override;

protected:
  caf::behavior start() override;

  /// A call for a snake that has just ended goes back to the manager.
  bool redirect(caf::response_promise promise,
                const caf::message& content) override;

  void shut_down() override;

private:
  struct call {
    caf::response_promise promise;
    snake_args args;
    python_options options;
    attempt_count attempt = 0;
    /// 0 for a call that came by the manager.
    uint64_t lease = 0;
  };

  // -- calls ------------------------------------------------------------------

  void on_run(call what);

  void on_snake_run(call what);

  void begin(call what);

  void answer(caf::message what);

  void make_idle(const call& answered);

  void refuse_queued();

  void stand_in_queue(call what);

  void on_caller_down(const caf::actor_addr& caller);

  bool release(const snake& leased);

  bool cancel_queued(call_token token);

  // -- the Python process -----------------------------------------------------

  void on_frame(const frame_header& header, frame_body body);

  void on_deadline();

  void on_slow_end();

  void on_exited(const exit_status& status);

  void on_death_in_call(const std::string& how);

  /// Makes sure that the process ends and nobody counts on it any more.
  void end(termination_style style);

  std::string epitaph(const exit_status& status) const;

  // -- member variables -------------------------------------------------------

  snake_id id_;
  std::unique_ptr<error_log> errors_;
  connection connection_;
  snake_supervisor_actor supervisor_;
  snake_manager_inner manager_;
  std::chrono::milliseconds default_timeout_;
  std::chrono::milliseconds start_timeout_;
  std::chrono::milliseconds grace_;
  termination_style style_;
  size_t max_queue_;

  bool takes_calls_ = false;
  bool answered_ = false;
  bool ending_ = false;
  /// Whether it ends because it was told to.
  bool abandoned_ = false;
  /// Why it had to end, if that says more than how its process did.
  std::string fault_;

  uint64_t lease_ = 0;
  uint64_t last_call_ = 0;
  std::optional<call> running_;
  /// Runs of the lease that came while another one ran.
  std::deque<call> queued_;
  /// Whose runs have been in there: they are monitored.
  std::set<caf::actor_addr> callers_;
  deadline deadline_;
};

} // namespace venomous
