#pragma once

#include "actors/base/interfaces.hpp"
#include "actors/base/pool_actor.hpp"
#include "actors/manager/roster.hpp"
#include "actors/manager/waiting_line.hpp"
#include "actors/manager/wear.hpp"

#include "venomous/options.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace venomous {

/// Whom callers talk to: knows who is ready, who waits, and who is too old.
///
/// Everything that asks for a snake becomes a `seeker`. It is given a ready
/// snake at once, or stands in line for the next one, while the supervisor
/// starts as many as are short, up to `max-children`.
class snake_manager : public pool_actor {
public:
  snake_manager(caf::actor_config& cfg, pool_context_ptr context,
                pool_options options);

  const char* name() const override;

  std::set<std::string> message_types() const override;

protected:
  caf::behavior start() override;

  /// Calls and leases are answered even if nobody awaits a response.
  bool redirect(caf::response_promise promise,
                const caf::message& content) override;

  void shut_down() override;

private:
  struct running_map {
    call_token token = 0;
    memory_quota::share memory = {};
  };

  // -- requests of callers ----------------------------------------------------

  void on_run(caf::response_promise promise, job what,
              const python_options& options, caf::strong_actor_ptr caller);

  caf::result<map_results> on_python_map(map_args args,
                                         const map_options& options);

  caf::result<snake> on_retrieve(const python_options& options);

  caf::result<std::vector<snake>> on_get_snakes_ready(size_t n);

  void release(const snake& leased);

  bool slay(const snake& victim, termination_style style);

  std::vector<snake_info> list_alive_snakes() const;

  size_t clean_inactive_snakes();

  caf::result<bool> drain(caf::timespan patience);

  /// Whether the pool ends as soon as it can, and takes nothing more.
  bool draining() const noexcept {
    return !drains_.empty();
  }

  void look_whether_drained();

  bool is_anything_left() const;

  caf::result<bool> cancel(call_token token);

  void ask_workers(call_token token, caf::typed_response_promise<bool> promise);

  void cancel_other(call_token token,
                    caf::typed_response_promise<bool> promise);

  bool cancel_in_line(call_token token);

  std::vector<snake_worker_inner> whose_run_may_be(call_token token);

  // -- the line ---------------------------------------------------------------

  void ask(seeker whom, caf::timespan max_wait);

  bool finds_memory(seeker& whom);

  void stand_in_line(seeker whom);

  void leave_line(waiting_line& from, place where, errc code,
                  const std::string& why);

  waiting_line& line_of(const seeker& whom);

  void hand_back(snake_id id, seeker whom);

  void on_dropped(snake_id id, place where);

  void serve();

  void give(seeker to);

  void run_on(roster::member& what, seeker whom);

  roster::member* room_for(const seeker& whom);

  static bool fits_ahead(const seeker& whom);

  void share_out();

  // -- kept objects -----------------------------------------------------------

  void ask_home(seeker whom);

  static bool can_take(const roster::member& what, const seeker& whom);

  bool serve_home();

  void on_home_gone(snake_id id);

  // -- snakes -----------------------------------------------------------------

  void begin_call(roster::member& what, roster::run call);

  void on_ready(snake_id id, snake_worker_actor worker, int32_t os_pid);

  void on_failed(snake_id id, const std::string& why, caf::timespan retry);

  void on_scarce(snake_id id, const std::string& why, caf::timespan retry);

  void on_lost(snake_id id);

  void on_busy(snake_id id, const caf::strong_actor_ptr& caller,
               call_token token);

  void on_idle(snake_id id, uint32_t answered, uint32_t window, bool leased);

  void on_ending(snake_id id);

  void end(roster::member& what, caf::error why, termination_style style);

  void make_ready(roster::member& what);

  snake lease_out(roster::member& what, const seeker& to);

  void replenish();

  size_t short_of() const;

  size_t places_to_come();

  // -- replacement ------------------------------------------------------------

  void note_wear(roster::member& what, event_loop::clock::duration interval);

  void replace_worn();

  bool may_be_replaced() const;

  void relieve(roster::member& what);

  void forget_unworn();

  void on_successor_ready(roster::member& successor);

  void on_successor_failed(caf::timespan retry);

  roster::member* relieved();

  void arm_inspector();

  // -- callers ----------------------------------------------------------------

  void watch(const caf::actor_addr& caller);

  void on_down(const caf::down_msg& msg);

  void on_caller_down(const caf::actor_addr& caller);

  void arm_cleaner();

  // -- member variables -------------------------------------------------------

  pool_options options_;
  snake_supervisor_actor supervisor_;
  roster snakes_;
  std::unordered_map<caf::actor_addr, snake_id> by_worker_;
  memory_quota memory_of_maps_;
  std::unordered_map<snake_mapper_actor, running_map> maps_;
  waiting_line line_;
  /// Those who wait for a certain snake. The places are those of one line.
  std::map<snake_id, waiting_line> at_home_;
  place last_place_ = 0;

  wear wear_;
  /// Snakes that are to be replaced, one at a time.
  std::vector<snake_id> worn_;
  /// The snake that is started in place of one that is there, 0 if none is, and
  /// when another attempt makes sense.
  snake_id successor_ = 0;
  event_loop::clock::time_point next_successor_;
  /// The snake that has had its calls and waits for the successor, or did.
  snake_id relieved_ = 0;

  /// Who waits for the end of the pool.
  std::vector<caf::typed_response_promise<bool>> drains_;
  std::optional<event_loop::clock::time_point> drain_end_;
  event_loop::timer drain_watch_;

  event_loop::timer cleaner_;
  event_loop::timer inspector_;
  event_loop::timer retry_;
  /// `max_children`, or fewer if the host lacks what more of them need.
  size_t most_snakes_ = options_.max_children;
  /// What it lacks, empty for nothing.
  std::string why_scarce_;
};

} // namespace venomous
