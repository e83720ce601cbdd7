#pragma once

#include "actors/base/pool_actor.hpp"
#include "actors/base/snake_lifecycle.hpp"

#include "python_bridge/host/connection.hpp"
#include "python_bridge/host/error_log.hpp"
#include "python_bridge/memory/ledger.hpp"
#include "python_bridge/os/exit_status.hpp"

#include "venomous/messages.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace venomous {

/// The host's ends of all that it shares with a Python process.
struct snake_process_ends {
  unique_fd socket;
  std::unique_ptr<ledger> shared;
  std::shared_ptr<host_arena> memory;
  std::unique_ptr<error_log> errors;
};

/// The Python process of a snake: what the host shares with it, its life, and
/// how long its start and its end may take.
class snake_process {
public:
  // -- constructors -----------------------------------------------------------

  snake_process(pool_context& pool, snake_id id, snake_process_ends ends,
                connection::callbacks cb);

  // -- properties -------------------------------------------------------------

  snake_id id() const noexcept {
    return id_;
  }

  snake_lifecycle& life() noexcept {
    return life_;
  }

  const snake_lifecycle& life() const noexcept {
    return life_;
  }

  connection& wire() noexcept {
    return *wire_;
  }

  ledger& shared() noexcept {
    return *ledger_;
  }

  /// Says how the process ended, and what it wrote last to standard error.
  std::string death_report(const exit_status& status) const;

  /// Returns the same for programs.
  process_exit details_of(const exit_status& status) const;

  // -- start ------------------------------------------------------------------

  /// Waits until it serves, but no longer than a start may take.
  /// @param on_late is called if it takes longer.
  void await_start(std::function<void()> on_late);

  /// It takes calls from now on, unless it is ending.
  /// @returns whether it does.
  bool serve();

  // -- end --------------------------------------------------------------------

  /// Its end begins, unless it has begun before.
  /// @param on_slow is called, again and again, while that takes too long.
  /// @returns whether it begins now.
  bool begin_end(std::function<void()> on_slow);

  /// Reads everything that it has sent and written so far.
  void drain();

  /// Reads nothing more of it.
  void hang_up();

  /// Frees all that is shared with it, except for the memory of values.
  void release();

private:
  void watch_end(std::chrono::milliseconds patience);

  pool_context& pool_;
  snake_id id_;
  snake_lifecycle life_;
  std::unique_ptr<error_log> errors_;
  /// Empty once it is released.
  std::optional<connection> wire_;
  std::unique_ptr<ledger> ledger_;
  event_loop::timer late_start_;
  event_loop::timer slow_end_;
  std::function<void()> on_slow_end_;
};

} // namespace venomous
