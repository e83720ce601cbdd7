#pragma once

#include "actors/base/interfaces.hpp"
#include "actors/base/pool_actor.hpp"
#include "actors/manager/cancellation.hpp"
#include "actors/manager/dispatcher.hpp"
#include "actors/manager/drain.hpp"
#include "actors/manager/population.hpp"
#include "actors/manager/replacement.hpp"
#include "actors/manager/roster.hpp"
#include "actors/manager/running_maps.hpp"
#include "actors/manager/snake_commands.hpp"
#include "actors/manager/waiting_requests.hpp"

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace venomous {

/// The actor that callers talk to. It passes what it is told to its parts, each
/// of which has a task and a state of its own, sends what they decide, and
/// monitors callers and workers.
class snake_manager : public pool_actor, private snake_commands {
public:
  snake_manager(caf::actor_config& cfg, pool_context_ptr context);

  const char* name() const override;

  std::set<std::string> message_types() const override;

protected:
  caf::behavior start() override;

  /// Calls and leases are answered even if nobody awaits a response.
  bool redirect(bounced_request& request, const caf::message& content) override;

  void on_down(const caf::actor_addr& source,
               const caf::error& reason) override;

  void shut_down() override;

private:
  snake_manager_inner::behavior_type make_behavior();

  // -- requests of callers ----------------------------------------------------

  caf::result<value> on_python(snake_args args, const python_options& options);

  caf::result<value> on_run(job call, const python_options& options);

  caf::result<map_results> on_python_map(map_args args,
                                         const map_options& options);

  caf::result<snake> on_retrieve(const python_options& options);

  caf::result<std::vector<snake>> on_get_snakes_ready(size_t n);

  caf::error check_lease();

  void submit(pending_request request);

  caf::result<bool> on_release(const snake& leased);

  bool on_slay(const snake& victim, termination_style style);

  std::vector<snake_info> list_alive_snakes() const;

  caf::result<bool> on_cancel(call_token token);

  caf::result<bool> on_drain(caf::timespan patience);

  bool is_done() const;

  // -- news of the supervisor -------------------------------------------------

  void on_ready(snake_id id, const snake_worker_actor& worker, int32_t os_pid);

  void on_failed(snake_id id, const std::string& why, caf::timespan retry);

  void on_scarce(snake_id id, const std::string& why, caf::timespan retry);

  void on_lost(snake_id id);

  // -- news of the workers ----------------------------------------------------

  void on_busy(snake_id id, const caf::strong_actor_ptr& caller,
               call_token token);

  void on_idle(snake_id id, uint32_t answered, uint32_t window, bool leased);

  void on_ending(snake_id id);

  void on_keeps(snake_id id, bool keeps);

  caf::result<value> on_hand_back(snake_id id, job call,
                                  const python_options& options,
                                  const call_ticket& ticket);

  // -- commands ---------------------------------------------------------------

  void start_snake(snake_id id) override;

  void run_call(const pool_member& member, pending_request request) override;

  void open_lease(const pool_member& member) override;

  void reclaim_calls(const pool_member& member) override;

  void end_snake(const pool_member& member, caf::error why,
                 termination_style style) override;

  void cancel_call(const pool_member& member, call_token token,
                   std::function<void(bool)> on_answer) override;

  // -- monitors and timers ----------------------------------------------------

  void watch(const caf::actor_addr& caller);

  void on_worker_down(snake_id id);

  void on_caller_down(const caf::actor_addr& caller);

  void schedule_cleaner();

  // -- member variables -------------------------------------------------------

  const pool_options& options_;
  snake_supervisor_actor supervisor_;
  std::unordered_map<caf::actor_addr, snake_id> by_worker_;
  roster snakes_;
  waiting_requests waiting_;
  running_maps maps_;
  drain drain_;
  population population_;
  replacement replacement_;
  dispatcher dispatcher_;
  cancellation cancellation_;
  event_loop::timer cleaner_;
};

} // namespace venomous
