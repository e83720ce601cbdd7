#pragma once

#include "actors/base/pool_actor.hpp"
#include "actors/worker/ahead_window.hpp"
#include "actors/worker/snake_call.hpp"

#include "python_bridge/host/connection.hpp"
#include "python_bridge/host/deadline.hpp"
#include "python_bridge/memory/ledger.hpp"

#include <deque>
#include <functional>
#include <utility>
#include <vector>

namespace venomous {

/// The calls that a snake has been sent and has not answered. It runs one at a
/// time: the first one runs, or is about to. The others were sent ahead and can
/// be taken back.
class calls_in_flight {
public:
  // -- member types -----------------------------------------------------------

  struct callbacks {
    /// The first call has had its time.
    std::function<void()> on_deadline;
    /// The first call may have to be interrupted, perhaps once more.
    std::function<void()> on_soft_timeout;
    /// The first call takes too long for others to wait behind it.
    std::function<void()> on_overdue;
  };

  using answered_call = std::pair<snake_call, caf::expected<value>>;

  // -- constructors -----------------------------------------------------------

  calls_in_flight(pool_context& pool, connection& to, ledger& shared,
                  callbacks cb);

  // -- properties -------------------------------------------------------------

  bool empty() const noexcept {
    return sent_.empty();
  }

  size_t size() const noexcept {
    return sent_.size();
  }

  /// @pre there is one.
  snake_call& first() noexcept {
    return sent_.front();
  }

  /// Returns whether the first call has this id.
  bool is_first(uint64_t id) const noexcept;

  /// Returns whether the running call has this id. Otherwise the id belongs to
  /// a call that has its answer or was never begun, or to none at all.
  bool runs(uint64_t id) const noexcept;

  /// Returns whether any call was ever sent.
  bool were_any() const noexcept {
    return last_number_ != 0;
  }

  /// Returns whether the snake may have one more.
  bool has_room() const noexcept;

  /// Returns whether the ledger can be true. A snake that has corrupted it
  /// would treat the next call as taken back.
  bool agrees_with_ledger() const noexcept;

  ahead_window& window() noexcept {
    return window_;
  }

  // -- sending and answering --------------------------------------------------

  void send(snake_call call);

  /// Gives the first call its time, or the next item of it.
  void restart_deadline();

  /// Notes how the process has answered the first call.
  void answer_first(caf::expected<value> result);

  /// Takes the calls that have been answered since the last time.
  std::vector<answered_call> take_answered();

  // -- taking back ------------------------------------------------------------

  /// Makes sure that the process begins no further call. Runs of a lease stay.
  /// @returns the calls that it will not begin.
  std::deque<snake_call> take_unbegun();

  /// Counts a call that was taken back as begun.
  void readmit(snake_call call);

  /// Takes the first call, whose answer nobody awaits any longer.
  snake_call take_first();

  // -- ending the first call --------------------------------------------------

  /// Notes that the first call takes longer than those before it did.
  void note_overdue();

  /// Has an exception raised in the first call, once the process looks.
  void interrupt_first();

  /// Returns whether the first call has not been interrupted, or has not
  /// noticed.
  bool needs_interrupt() const noexcept;

  /// Gives the first call at most `patience` from now.
  void hurry_first(event_loop::clock::duration patience);

  /// Lets go of all timers.
  void shut_down();

private:
  void on_first_changed();

  pool_context& pool_;
  connection& to_;
  ledger& ledger_;
  ahead_window window_;
  std::deque<snake_call> sent_;
  std::vector<answered_call> answered_;
  uint64_t last_number_ = 0;
  /// When the first one was sent, or the one before it was answered.
  event_loop::clock::time_point first_since_;
  deadline deadline_;
  /// When to interrupt the first call.
  deadline soft_;
  /// By when the next call must have begun.
  deadline overdue_;
};

} // namespace venomous
