#pragma once

#include "actors/manager/pool_member.hpp"

#include <array>
#include <list>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace venomous {

/// The snakes of a pool, found by number, by what they are doing, by token and
/// by caller. Nothing but `in_use` walks over all of them.
class roster {
public:
  // -- properties -------------------------------------------------------------

  size_t size() const noexcept {
    return members_.size();
  }

  size_t count(snake_phase phase) const noexcept {
    return counts_[static_cast<size_t>(phase)];
  }

  /// Returns how many are serving and may get calls.
  size_t in_service() const noexcept {
    return count(snake_phase::serving) - spent_;
  }

  /// Returns how many there are, except for those that end as soon as they can.
  size_t staying() const noexcept {
    return size() - count(snake_phase::ending) - spent_;
  }

  const std::map<snake_id, pool_member>& members() const noexcept {
    return members_;
  }

  /// Those that are ready, the most recently used one at the end.
  const std::list<snake_id>& ready() const noexcept {
    return ready_;
  }

  /// Returns whether some snake is leased or has a call.
  bool in_use() const;

  // -- lookup -----------------------------------------------------------------

  /// @returns `nullptr` if there is none.
  pool_member* find(snake_id id);

  /// @returns `nullptr` if there is none, or it is not serving.
  pool_member* find_serving(snake_id id);

  /// Finds the snake that has the call with that token.
  pool_member* find_call(call_token token);

  /// Finds the snake that is leased under that token.
  pool_member* find_lease(call_token token);

  /// Finds the busy snake with the fewest calls of those that may have another.
  pool_member* find_room();

  /// Finds the snake with the longest calls of those whose calls wait for each
  /// other.
  pool_member* find_backlog();

  // -- snakes -----------------------------------------------------------------

  /// Adds a snake that is about to start.
  snake_id add();

  void remove(snake_id id);

  /// Lets a snake that has started take calls.
  void serve(pool_member& member);

  /// Ends the lease of a serving snake, if any, and makes the snake available.
  /// A spent one still gets no calls.
  void make_ready(pool_member& member);

  /// Takes the most recently used of the ready snakes: its caches are warm, and
  /// the others may grow old enough for the cleaner.
  /// @pre some snake is ready.
  pool_member& take_ready();

  /// Takes `member` from the ready snakes if it is one.
  void take_ready(pool_member& member);

  /// Sets whether a serving snake gets no more calls. It finishes those that it
  /// has.
  void set_spent(pool_member& member, bool spent);

  /// Notes that a snake is ending, and gets no more calls.
  void retire(pool_member& member);

  void lease(pool_member& member, caf::actor_addr holder, call_token token);

  // -- calls ------------------------------------------------------------------

  void add_call(pool_member& member, assigned_call call);

  /// Removes the first `n` calls, which are done, and lets the snake have
  /// `window` at a time from now on. A lease may go on.
  void finish_calls(pool_member& member, uint32_t n, uint32_t window);

  /// Removes a call that the snake did not begin.
  void drop_call(pool_member& member, place position);

  // -- callers ----------------------------------------------------------------

  /// Keeps track of what `caller` has from now on.
  /// @returns whether it is new.
  bool add_caller(const caf::actor_addr& caller);

  /// Forgets `caller`.
  /// @returns the snakes that it holds, or that have its calls.
  std::vector<snake_id> remove_caller(const caf::actor_addr& caller);

  /// Forgets everything.
  /// @returns the callers there were.
  std::vector<caf::actor_addr> clear();

private:
  using token_index = std::unordered_map<call_token, snake_id>;

  pool_member* find(const token_index& index, call_token token);

  void set_phase(pool_member& member, snake_phase phase);

  static void set_status(pool_member& member, snake_status status);

  void set_holder(pool_member& member, caf::actor_addr holder,
                  call_token token);

  void update_load(pool_member& member);

  void unlink(snake_id id, const assigned_call& call);

  void link(snake_id id, const caf::actor_addr& caller);

  void unlink(snake_id id, const caf::actor_addr& caller);

  static void unlink(token_index& index, snake_id id, call_token token);

  std::map<snake_id, pool_member> members_;
  snake_id last_id_ = 0;
  uint64_t last_lease_ = 0;
  std::array<size_t, static_cast<size_t>(snake_phase::ended)> counts_{};
  size_t spent_ = 0;
  std::list<snake_id> ready_;
  token_index by_call_;
  token_index by_lease_;
  /// For each caller, how often it holds a snake or has a call there.
  std::unordered_map<caf::actor_addr, std::unordered_map<snake_id, size_t>>
    by_caller_;
  /// Busy snakes that may have more calls, by the number that they have.
  std::set<std::pair<size_t, snake_id>> with_room_;
  /// Snakes with calls that they do not run yet, by the number that they may
  /// have: the longer the calls, the fewer.
  std::set<std::pair<uint32_t, snake_id>> with_backlog_;
};

} // namespace venomous
