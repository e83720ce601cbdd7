#pragma once

#include "actors/interfaces.hpp"
#include "actors/pool_actor.hpp"
#include "actors/waiting_line.hpp"

#include "venomous/options.hpp"

#include <array>
#include <map>
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

protected:
  caf::behavior start() override;

  /// Calls and leases are answered even if nobody awaits a response.
  bool redirect(caf::response_promise promise,
                const caf::message& content) override;

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
    /// Who leased it, and under which token.
    caf::actor_addr holder;
    call_token lease_token = 0;
    /// Whose call it runs, and under which token.
    caf::actor_addr caller;
    call_token token = 0;
  };

  using member_map = std::map<snake_id, member>;

  /// A caller that is monitored, and the snakes that it holds or that run its
  /// calls.
  using caller_map = std::unordered_map<caf::actor_addr, std::vector<snake_id>>;

  // -- requests of callers ----------------------------------------------------

  void on_python(caf::response_promise promise, snake_args args,
                 const python_options& options, caf::strong_actor_ptr caller);

  caf::result<snake> on_retrieve(const python_options& options);

  caf::result<std::vector<snake>> on_get_snakes_ready(size_t n);

  void release(const snake& leased);

  bool slay(const snake& victim, termination_style style);

  std::vector<snake_info> list_alive_snakes() const;

  size_t clean_inactive_snakes();

  caf::result<bool> cancel(call_token token);

  bool cancel_in_line(call_token token);

  std::vector<snake_worker_inner> whose_run_may_be(call_token token) const;

  // -- the line ---------------------------------------------------------------

  void ask(seeker whom, caf::timespan max_wait);

  void stand_in_line(seeker whom);

  void leave_line(place where, errc code, const std::string& why);

  void hand_back(seeker whom);

  void serve();

  void give(seeker to);

  // -- snakes -----------------------------------------------------------------

  void on_ready(snake_id id, snake_worker_actor worker, int32_t os_pid);

  void on_failed(snake_id id, const std::string& why, caf::timespan retry);

  void on_busy(snake_id id, const caf::strong_actor_ptr& caller,
               call_token token);

  void on_idle(snake_id id, bool leased);

  void on_ending(snake_id id);

  void end(snake_id id, caf::error why, termination_style style);

  void retire(snake_id id, member& what);

  void make_ready(snake_id id, member& what);

  snake lease_out(snake_id id, member& what, const seeker& to);

  void replenish();

  size_t places_to_come() const;

  // -- members ----------------------------------------------------------------

  void add_member();

  void remove_member(snake_id id);

  void set_phase(member& what, phase where);

  void set_status(member& what, snake_status status);

  void set_caller(snake_id id, member& what, caf::actor_addr caller,
                  call_token token);

  void set_holder(snake_id id, member& what, caf::actor_addr holder,
                  call_token token);

  void replace(snake_id id, caf::actor_addr& who, caf::actor_addr by);

  std::vector<snake_id>* snakes_of(const caf::actor_addr& caller);

  void replace(snake_id id, call_token& token, call_token by);

  size_t& count(phase where);

  size_t count(phase where) const;

  // -- callers ----------------------------------------------------------------

  void watch(const caf::actor_addr& caller);

  void on_down(const caf::down_msg& msg);

  void on_caller_down(const caf::actor_addr& caller);

  void arm_cleaner();

  // -- member variables -------------------------------------------------------

  pool_options options_;
  snake_supervisor_actor supervisor_;
  snake_id last_id_ = 0;
  uint64_t last_lease_ = 0;
  member_map members_;
  std::array<size_t, 3> counts_{};
  std::unordered_map<caf::actor_addr, snake_id> by_worker_;
  std::unordered_map<call_token, snake_id> by_token_;
  /// The one used last is used next: caches are warm, and the rest may age.
  std::vector<snake_id> ready_;
  waiting_line line_;
  place last_place_ = 0;
  caller_map callers_;

  event_loop::timer cleaner_;
  event_loop::timer retry_;
};

} // namespace venomous
