#pragma once

#include <sched.h>

#include <array>
#include <chrono>
#include <cstddef>

namespace venomous {

/// Polls for a moment before a thread goes to sleep, because waking it costs
/// more than most calls take. Each end of a snake has one. It stops polling
/// while that does not pay, so that a thread that is idle for longer sleeps.
class spin {
public:
  using clock = std::chrono::steady_clock;

  /// What the thread waits for. It learns for each whether polling pays: even
  /// after a long pause between requests, an answer may come soon.
  enum class event { request, answer };

  /// @param limit how long to poll, 0 for not at all.
  explicit spin(clock::duration limit) noexcept : limit_(limit) {
    // nop
  }

  /// Returns `limit`, or 0 if the two ends of a snake have to share the only
  /// CPU that this process may run on.
  static clock::duration usable(clock::duration limit) noexcept {
    cpu_set_t allowed;
    auto alone = ::sched_getaffinity(0, sizeof(allowed), &allowed) == 0
                 && CPU_COUNT(&allowed) == 1;
    return alone ? clock::duration::zero() : limit;
  }

  /// Whether it polls at all.
  bool is_on() const noexcept {
    return limit_ != clock::duration::zero();
  }

  /// Says what to wait for next.
  void expect(event x) noexcept {
    expected_ = x;
  }

  /// Calls `ready` until it returns true or the time is over, or not at all.
  /// @returns whether it returned true. If not, sleep in `wait`.
  template <class F>
  bool operator()(F ready) {
    if (!pays() || !is_on())
      return false;
    auto end = clock::now() + limit_;
    do {
      if (ready())
        return true;
      // The other end may have to use this CPU.
      ::sched_yield();
    } while (clock::now() < end);
    return false;
  }

  /// Calls `sleep`, and learns from how long that took.
  template <class F>
  void wait(F sleep) {
    if (!is_on())
      return sleep();
    auto begin = clock::now();
    sleep();
    pays() = clock::now() - begin < limit_;
  }

private:
  bool& pays() noexcept {
    return pays_[static_cast<size_t>(expected_)];
  }

  clock::duration limit_;
  event expected_ = event::request;
  std::array<bool, 2> pays_{true, true};
};

} // namespace venomous
