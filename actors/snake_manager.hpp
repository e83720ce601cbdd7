#pragma once

#include "actors/interfaces.hpp"
#include "actors/pool_actor.hpp"

#include "venomous/options.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
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

protected:
  caf::behavior start() override;

  void shut_down() override;

private:
  // -- member types -----------------------------------------------------------

  enum class phase : uint8_t { starting, serving, ending };

  /// A snake, as the manager sees it.
  struct member {
    phase where = phase::starting;
    snake_status status = snake_status::ready;
    snake_worker_inner worker;
    int32_t os_pid = 0;
    caf::timestamp last_update;
    event_loop::clock::time_point idle_since;
    uint64_t calls_done = 0;
    /// 0 if it is not leased.
    uint64_t lease = 0;
    call_token token = 0;
    /// Who leased it.
    caf::actor_addr holder;
    /// Whose call it runs.
    caf::actor_addr caller;
  };

  using member_map = std::map<snake_id, member>;

  struct call_request {
    caf::response_promise promise;
    snake_args args;
    python_options options;
    attempt_count attempt = 0;
  };

  struct lease_request {
    caf::typed_response_promise<snake> promise;
  };

  /// Several leases that are answered together, when the last one is given or
  /// refused.
  struct batch {
    caf::typed_response_promise<std::vector<snake>> promise;
    std::vector<snake> snakes;
    /// What kept snakes from starting, if anything did.
    caf::error fault;

    ~batch();
  };

  struct batch_request {
    std::shared_ptr<batch> of;
  };

  using wish = std::variant<call_request, lease_request, batch_request>;

  /// Somebody who asked for a snake.
  struct seeker {
    wish what;
    caf::strong_actor_ptr caller;
    when_busy busy = when_busy::fail;
    call_token token = 0;
    /// Ends the wait.
    event_loop::timer patience = {};
  };

  /// Place in line: those handed back stand in front of 0.
  using place = int64_t;

  using place_set = std::unordered_set<place>;

  // -- requests of callers ----------------------------------------------------

  void on_python(call_request what, caf::strong_actor_ptr caller);

  void on_get_snakes_ready(size_t n);

  void release(const snake& leased);

  bool slay(const snake& victim, termination_style style);

  std::vector<snake_info> list_alive_snakes() const;

  size_t clean_inactive_snakes();

  void cancel(call_token token);

  bool cancel_here(call_token token);

  void cancel_at_workers(call_token token,
                         caf::typed_response_promise<bool> promise);

  // -- the line ---------------------------------------------------------------

  void ask(seeker what, caf::timespan max_wait = forever);

  void stand_in_line(place where, seeker what, caf::timespan max_wait);

  void leave_line(place where, errc code, const std::string& why);

  void serve();

  void give(snake_id id, seeker to);

  void refuse(seeker& what, errc code, const std::string& why);

  // -- snakes -----------------------------------------------------------------

  void on_ready(snake_id id, snake_worker_actor worker, int32_t os_pid);

  void on_failed(snake_id id, const std::string& why, caf::timespan retry);

  void on_busy(snake_id id, const caf::strong_actor_ptr& caller,
               call_token token);

  void on_idle(snake_id id, bool leased);

  void on_ending(snake_id id);

  void on_worker_down(snake_id id);

  void end(snake_id id, caf::error why, termination_style style);

  void make_ready(snake_id id, member& what);

  void set_status(member& what, snake_status status);

  snake lease_out(snake_id id, member& what, const caf::strong_actor_ptr& to);

  void replenish();

  size_t places_to_come() const;

  size_t count(phase where) const;

  // -- callers ----------------------------------------------------------------

  place_set& watch_caller(const caf::strong_actor_ptr& caller);

  void on_down(const caf::down_msg& msg);

  void on_caller_down(const caf::actor_addr& caller);

  void arm_cleaner();

  // -- member variables -------------------------------------------------------

  pool_options options_;
  snake_supervisor_actor supervisor_;
  snake_id last_id_ = 0;
  uint64_t last_lease_ = 0;
  member_map members_;
  std::unordered_map<caf::actor_addr, snake_id> by_worker_;
  /// The one used last is used next: caches are warm, and the rest may age.
  std::vector<snake_id> ready_;

  std::map<place, seeker> line_;
  place last_place_ = 0;
  place first_place_ = 0;
  /// Each caller that is monitored, and the places it has in line.
  std::unordered_map<caf::actor_addr, place_set> callers_;

  event_loop::timer cleaner_;
  event_loop::timer retry_;
};

} // namespace venomous
