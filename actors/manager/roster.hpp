#pragma once

#include "actors/base/interfaces.hpp"

#include "python_bridge/host/event_loop.hpp"

#include <array>
#include <deque>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace venomous {

/// The snakes of a pool as the manager sees them, found by number, by what they
/// are doing, by token and by caller. All of it costs the same however many
/// there are.
class roster {
public:
  // -- member types -----------------------------------------------------------

  enum class phase : uint8_t { starting, serving, ending };

  /// A call that a snake has.
  struct run {
    /// 0 for one that came by a lease.
    place where = 0;
    caf::actor_addr caller;
    call_token token = 0;
  };

  struct member {
    snake_id id = 0;
    phase where = phase::starting;
    snake_status status = snake_status::ready;
    snake_worker_inner worker;
    int32_t os_pid = 0;
    caf::timestamp last_update;
    /// When it last became ready.
    event_loop::clock::time_point idle_since;
    uint64_t calls_done = 0;
    /// The same, when it was looked at last.
    uint64_t calls_seen = 0;
    /// After how many calls, and when, it has to be replaced.
    uint64_t max_calls = std::numeric_limits<uint64_t>::max();
    event_loop::clock::time_point replace_at =
      event_loop::clock::time_point::max();
    /// When its memory was looked at.
    event_loop::clock::time_point measured;
    /// Whether it is to be replaced, and gets no more calls.
    bool spent = false;
    /// Whether callers refer to objects in there.
    bool keeps = false;
    /// 0 if it is not leased.
    uint64_t lease = 0;
    /// Who leased it, and under which token.
    caf::actor_addr holder;
    call_token lease_token = 0;
    /// The calls it has, in the order in which it begins them.
    std::deque<run> runs;
    /// How many it may have.
    uint32_t window = 1;
    /// As the indices have it.
    size_t room = 0;
    uint32_t ahead = 0;

    /// The snake as its holder knows it.
    snake leased() const {
      return {id, lease, caf::actor_cast<snake_worker_actor>(worker), os_pid};
    }
  };

  // -- properties -------------------------------------------------------------

  size_t size() const noexcept {
    return members_.size();
  }

  size_t count(phase where) const noexcept {
    return counts_[static_cast<size_t>(where)];
  }

  /// Returns how many are serving and may get calls.
  size_t in_service() const noexcept {
    return count(phase::serving) - spent_;
  }

  /// Returns how many there are, but for those that end as soon as they can.
  size_t staying() const noexcept {
    return size() - count(phase::ending) - spent_;
  }

  const std::map<snake_id, member>& members() const noexcept {
    return members_;
  }

  /// Those that are ready, the one used last at the end.
  const std::vector<snake_id>& ready() const noexcept {
    return ready_;
  }

  // -- lookup -----------------------------------------------------------------

  /// @returns `nullptr` if there is none.
  member* find(snake_id id);

  /// @returns `nullptr` if there is none, or it is not serving.
  member* find_serving(snake_id id);

  /// Finds what has a call under `token`.
  member* find_run(call_token token);

  /// Finds what is leased under `token`.
  member* find_lease(call_token token);

  /// Finds a busy snake that may have one more call, the one with the fewest.
  member* find_room();

  /// Finds the snake with the longest calls of those that have more of them
  /// than the one that they run.
  member* find_ahead();

  // -- snakes -----------------------------------------------------------------

  /// Adds a snake that is about to start.
  snake_id add();

  void remove(snake_id id);

  /// Makes a serving snake stand by, under no lease. A spent one still gets no
  /// calls.
  void make_ready(member& what);

  /// Gives a snake that is serving no more calls, but lets it end those that it
  /// has. Or, after all, gives it more again.
  void set_spent(member& what, bool spent);

  /// Takes the snake that was used last from those that are ready: caches are
  /// warm, and the rest may age.
  /// @pre some snake is ready.
  member& take_ready();

  /// Takes that one from those that are ready, if it is.
  void take_ready(const member& what);

  /// A snake that did start takes calls from now on.
  void serve(member& what);

  /// Gives no more calls to a snake.
  void retire(member& what);

  void lease(member& what, caf::actor_addr holder, call_token token);

  void begin_call(member& what, run call);

  /// Counts its first `n` calls as done, and lets it have `window` from now on.
  /// A lease may go on.
  void end_calls(member& what, uint32_t n, uint32_t window);

  /// Takes a call away that it has not begun.
  void drop_call(member& what, place where);

  // -- callers ----------------------------------------------------------------

  /// Keeps track of what `caller` has from now on.
  /// @returns whether it is new.
  bool add_caller(const caf::actor_addr& caller);

  /// Forgets `caller`.
  /// @returns the snakes that it holds, or that run its calls.
  std::vector<snake_id> remove_caller(const caf::actor_addr& caller);

  /// Forgets everything.
  /// @returns the callers there were.
  std::vector<caf::actor_addr> clear();

private:
  using token_map = std::unordered_map<call_token, snake_id>;

  member* find(const token_map& index, call_token token);

  void move_to(member& what, phase where);

  void set_status(member& what, snake_status status);

  void set_holder(member& what, caf::actor_addr holder, call_token token);

  void forget(snake_id id, const run& call);

  static void forget_caller(member& what, const caf::actor_addr& caller);

  void link(snake_id id, const caf::actor_addr& caller);

  void unlink(snake_id id, const caf::actor_addr& caller);

  static void unlink(token_map& index, snake_id id, call_token token);

  void update_room(member& what);

  std::map<snake_id, member> members_;
  snake_id last_id_ = 0;
  uint64_t last_lease_ = 0;
  std::array<size_t, 3> counts_{};
  size_t spent_ = 0;
  std::vector<snake_id> ready_;
  token_map by_run_;
  token_map by_lease_;
  /// Of each caller, how often it holds a snake or has a call there.
  std::unordered_map<caf::actor_addr, std::unordered_map<snake_id, size_t>>
    by_caller_;
  /// Busy snakes that may have more calls, by the number that they have.
  std::set<std::pair<size_t, snake_id>> room_;
  /// Snakes that have more calls than the one that they run, by the number that
  /// they may have.
  std::set<std::pair<uint32_t, snake_id>> ahead_;
};

} // namespace venomous
