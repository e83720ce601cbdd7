#pragma once

#include "actors/base/interfaces.hpp"
#include "actors/base/pool_actor.hpp"
#include "actors/worker/calls_in_flight.hpp"
#include "actors/worker/kept_objects.hpp"
#include "actors/worker/manager_link.hpp"
#include "actors/worker/memory_upkeep.hpp"
#include "actors/worker/snake_call.hpp"
#include "actors/worker/snake_lease.hpp"
#include "actors/worker/snake_process.hpp"

#include <cstdint>
#include <set>
#include <string>

namespace venomous {

/// Owns one Python process: sends it calls and answers them. The process runs
/// them one at a time; short ones are sent ahead, so that it need not wait for
/// the next. Lives until the process is gone: only then is there room in the
/// pool for another one.
class snake_worker : public pool_actor {
public:
  snake_worker(caf::actor_config& cfg, pool_context_ptr context, snake_id id,
               snake_process_ends ends, snake_supervisor_actor supervisor,
               snake_manager_inner manager);

  const char* name() const override;

  std::set<std::string> message_types() const override;

protected:
  caf::behavior start() override;

  /// A call for a snake that has just ended goes back to the manager.
  bool redirect(bounced_request& request, const caf::message& content) override;

  void on_down(const caf::actor_addr& source,
               const caf::error& reason) override;

  void shut_down() override;

private:
  // -- calls ------------------------------------------------------------------

  void on_run(snake_call call);

  void on_snake_run(snake_call call);

  void dispatch(snake_call call);

  void settle();

  // -- calls that are to end --------------------------------------------------

  void on_deadline();

  void on_soft_timeout();

  void interrupt();

  void cancel_running();

  void break_off(const caf::error& why);

  // -- calls that are not begun -----------------------------------------------

  void yield();

  void on_overdue();

  template <class Predicate, class F>
  bool take_back(Predicate is_wanted, const caf::error& why, F end_running);

  bool cancel(call_token token);

  void on_caller_down(const caf::actor_addr& caller);

  // -- leases -----------------------------------------------------------------

  bool release(const snake& leased);

  // -- frames of the process --------------------------------------------------

  connection::callbacks make_connection_callbacks();

  void on_frame(const frame_header& header, frame_body body);

  void on_start_failed(const frame_body& body);

  void on_reply(frame_kind kind, frame_body body);

  void on_results(frame_body body);

  void report(const snake_call& chunk, map_part part);

  void prove();

  // -- the end of the process -------------------------------------------------

  bool is_usable();

  void on_broken_protocol();

  void abandon(const caf::error& why, termination_style style);

  void end(termination_style style);

  void on_exited(const exit_status& status);

  // -- member variables -------------------------------------------------------

  snake_supervisor_actor supervisor_;
  manager_link manager_;
  snake_process process_;
  calls_in_flight calls_;
  snake_lease lease_;
  kept_objects kept_;
  memory_upkeep upkeep_;
};

} // namespace venomous
