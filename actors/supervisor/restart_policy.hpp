#pragma once

#include "actors/supervisor/backoff.hpp"
#include "actors/supervisor/restart_intensity.hpp"

#include "venomous/options.hpp"

#include <string>
#include <utility>

namespace venomous {

/// Decides when the next start makes sense. A failure puts further starts off,
/// longer each time. A process that dies in service is replaced at once, unless
/// that happens too often.
class restart_policy {
public:
  using clock = std::chrono::steady_clock;

  /// How many zygotes in a row have to die, before a snake of theirs has
  /// answered a call, to count as a failure.
  static constexpr int max_unproved_zygotes = 3;

  explicit restart_policy(const pool_options& options)
    : deaths_(options.max_restarts, options.max_seconds) {
    // nop
  }

  // -- properties -------------------------------------------------------------

  /// Returns whether it is too early for another start.
  bool puts_off(clock::time_point now) const {
    return backoff_.closed(now);
  }

  /// Returns the time until a start makes sense.
  clock::duration remaining(clock::time_point now) const {
    return backoff_.remaining(now);
  }

  /// Returns why starts are put off.
  const std::string& last_cause() const noexcept {
    return last_cause_;
  }

  // -- events -----------------------------------------------------------------

  void on_start_failed(clock::time_point now, const std::string& why) {
    backoff_.failed(now);
    last_cause_ = why;
  }

  /// A snake has died by itself. One that was never called has failed to start.
  void on_snake_died(clock::time_point now, const std::string& how,
                     bool unused) {
    deaths_.died(now);
    if (unused || deaths_.exceeded(now))
      on_start_failed(now, how);
    else
      backoff_.succeeded();
  }

  /// A snake has answered its first call.
  void on_snake_proved(clock::time_point now) {
    unproved_zygotes_ = 0;
    if (!deaths_.exceeded(now))
      backoff_.succeeded();
  }

  /// A zygote is gone.
  /// @param was_ready whether it was in service.
  void on_zygote_gone(clock::time_point now, const std::string& how,
                      bool was_ready) {
    if (!was_ready || ++unproved_zygotes_ >= max_unproved_zygotes)
      on_start_failed(now, how);
  }

private:
  backoff backoff_;
  restart_intensity deaths_;
  int unproved_zygotes_ = 0;
  std::string last_cause_;
};

} // namespace venomous
