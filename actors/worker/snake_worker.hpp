#pragma once

#include "actors/base/interfaces.hpp"
#include "actors/base/pool_actor.hpp"

#include "python_bridge/host/connection.hpp"
#include "python_bridge/host/deadline.hpp"
#include "python_bridge/host/error_log.hpp"
#include "python_bridge/memory/ledger.hpp"

#include "venomous/options.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace venomous {

/// What a snake worker is given at its start.
struct snake_worker_setup {
  snake_id id;
  unique_fd socket;
  std::unique_ptr<ledger> shared;
  std::shared_ptr<host_arena> memory;
  std::unique_ptr<error_log> errors;
  snake_supervisor_actor supervisor;
  snake_manager_inner manager;
  pool_options options;
};

/// Owns one Python process: hands it calls and answers them. The process runs
/// them one at a time; short ones are sent ahead, so that it need not wait for
/// the next. Lives until the process is gone, so that a place in the pool is
/// free when, and not before, its process is.
class snake_worker : public pool_actor {
public:
  snake_worker(caf::actor_config& cfg, pool_context_ptr context,
               snake_worker_setup setup);

  const char* name() const override;

  std::set<std::string> message_types() const override;

protected:
  caf::behavior start() override;

  /// A call for a snake that has just ended goes back to the manager.
  bool redirect(caf::response_promise promise,
                const caf::message& content) override;

  void shut_down() override;

private:
  struct call {
    caf::response_promise promise;
    job what;
    python_options options;
    call_ticket ticket = {};
    /// 0 for a call that came by the manager.
    uint64_t lease = 0;
    /// Ends the wait for another run of the lease.
    event_loop::timer patience = {};
    /// For the arguments, as long as the call waits.
    memory_quota::share memory = {};
    /// Its name in the process, once it is sent.
    call_key key = {};
    /// How many items of a chunk have a result.
    size_t done = 0;
    /// Whether an exception was raised in it from outside.
    bool interrupted = false;
    /// Whether it is answered `cancelled`, however it ends.
    bool cancelled = false;
  };

  /// Runs of a lease that wait for another one, in their order.
  using queue = std::map<uint64_t, call>;

  // -- calls ------------------------------------------------------------------

  void on_run(call what);

  void on_snake_run(call what);

  void dispatch(call what);

  void on_first_changed();

  void set_deadline();

  void settle();

  void measure(size_t answered);

  uint32_t window() const;

  bool ends_lease(const call& answered) const;

  // -- calls that shall end ---------------------------------------------------

  void interrupt();

  void on_soft_timeout();

  void cancel_running();

  static caf::expected<value> verdict(const call& what,
                                      caf::expected<value> result);

  // -- calls that are not begun -----------------------------------------------

  std::deque<call> take_unbegun();

  void hand_back(std::deque<call> calls);

  void hand_back(call what);

  void yield();

  void on_overdue();

  template <class Predicate, class F>
  bool take_back(Predicate is_wanted, const caf::error& why, F end_running);

  void on_forsaken(const caf::actor_addr& caller);

  // -- chunks of maps ---------------------------------------------------------

  void on_results(uint64_t id, frame_body body);

  bool take_results(call& what, frame_body body, size_t known);

  bool take_unsent();

  void tell(call& what, map_part part);

  void break_off(const caf::error& why);

  // -- leases -----------------------------------------------------------------

  void stand_in_queue(call what);

  void leave_queue(queue::iterator where, caf::error why);

  void end_lease();

  void end_lease(const caf::error& why);

  void on_caller_down(const caf::actor_addr& caller);

  bool release(const snake& leased);

  bool cancel(call_token token);

  void abandon(caf::error why, termination_style style);

  caf::error snake_gone() const;

  // -- kept objects -----------------------------------------------------------

  void make_home();

  void close_home();

  std::optional<std::vector<detail::kept_reference>> keep(frame_body& body);

  void release_kept();

  bool has_all_kept(const job& what) const;

  // -- the Python process -----------------------------------------------------

  void on_frame(const frame_header& header, frame_body body);

  bool runs(uint64_t id) const;

  void on_deadline();

  void trim();

  void watch_end(std::chrono::milliseconds patience);

  void on_exited(const exit_status& status);

  bool is_usable();

  void on_broken_protocol();

  void on_reply(frame_kind kind, value content);

  void prove();

  void end(termination_style style);

  std::string epitaph(const exit_status& status) const;

  // -- member variables -------------------------------------------------------

  snake_id id_;
  std::unique_ptr<error_log> errors_;
  /// Null once the process is gone.
  std::optional<connection> connection_;
  std::unique_ptr<ledger> ledger_;
  snake_supervisor_actor supervisor_;
  snake_manager_inner manager_;
  std::chrono::milliseconds default_timeout_;
  caf::timespan default_soft_timeout_;
  std::chrono::milliseconds start_timeout_;
  std::chrono::milliseconds grace_;
  termination_style style_;
  size_t max_queue_;
  size_t max_ahead_;
  size_t max_frame_mb_;

  bool takes_calls_ = false;
  bool proved_ = false;
  bool ending_ = false;
  /// Whether it ends because somebody wants it, not by itself.
  bool condemned_ = false;
  /// Why it had to end, if that says more than how its process did.
  std::string fault_;

  /// Where those who refer to objects of the process let go of them.
  std::shared_ptr<detail::kept_home> home_;
  /// How many objects are referred to.
  size_t kept_ = 0;
  /// Cleared at the end: who lets go of an object may do so later.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

  uint64_t lease_ = 0;
  uint64_t last_call_ = 0;
  /// The calls that were sent and not answered. The first one runs, or is about
  /// to.
  std::deque<call> sent_;
  /// The calls that were answered by what has just come in.
  std::vector<std::pair<call, caf::expected<value>>> answered_;
  /// When the first one was sent, or what came before it was answered.
  event_loop::clock::time_point first_since_;
  /// When something was heard of the first one.
  event_loop::clock::time_point heard_;
  /// How long a call takes.
  event_loop::clock::duration length_;
  queue queued_;
  uint64_t last_queued_ = 0;
  /// Whose runs have been in there: they are monitored.
  std::set<caf::actor_addr> callers_;
  /// Of the start, then of each call.
  deadline deadline_;
  /// When to interrupt the first call.
  deadline soft_;
  /// By when what was sent ahead must be begun.
  deadline overdue_;
  /// When to look what Python has dropped.
  deadline look_;
  /// When to give back the memory of long frames.
  deadline trim_;
  /// By when the process must have ended.
  event_loop::timer slow_end_;
};

} // namespace venomous
