#pragma once

#include "python_bridge/host/event_loop.hpp"

#include <functional>
#include <optional>

namespace venomous {

/// A deadline that moves often and expires rarely: each call sets one, and
/// nearly all of them are met. Setting it again costs no timer while the armed
/// timer is earlier; when that fires, it checks again.
class deadline {
public:
  using clock = event_loop::clock;

  deadline(event_loop& loop, std::function<void()> on_expired)
    : loop_(loop), on_expired_(std::move(on_expired)) {
    // nop
  }

  void set(clock::time_point when) {
    when_ = when;
    if (!armed_for_ || when < *armed_for_)
      arm();
  }

  /// Sets it to `when` unless it is earlier anyway.
  void set_at_latest(clock::time_point when) {
    if (!when_ || when < *when_)
      set(when);
  }

  /// Makes sure that nothing expires. The timer stays for the next one.
  void clear() {
    when_.reset();
  }

  /// Releases the timer as well.
  void cancel() {
    clear();
    armed_for_.reset();
    timer_.cancel();
  }

private:
  void arm() {
    armed_for_ = *when_;
    timer_ = event_loop::timer{loop_, *when_, [this] {
                                 look();
                               }};
  }

  void look() {
    armed_for_.reset();
    if (!when_)
      return;
    if (clock::now() < *when_)
      return arm();
    when_.reset();
    on_expired_();
  }

  event_loop& loop_;
  std::function<void()> on_expired_;
  std::optional<clock::time_point> when_;
  std::optional<clock::time_point> armed_for_;
  event_loop::timer timer_;
};

} // namespace venomous
