#pragma once

#include "python_bridge/host/event_loop.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <thread>

namespace venomous {

/// Runs work that would block the thread of a loop on a thread of its own. Must
/// be used on the thread of the loop.
class background_task {
public:
  /// A task without work.
  background_task() = default;

  /// Runs `work` on another thread, then `after` on the thread of the loop.
  /// @param abandoned runs instead of `after`, on the thread of the work, if
  /// the task was abandoned.
  /// @throws std::system_error if the system grants no thread.
  background_task(
    event_loop& loop, std::function<void()> work, std::function<void()> after,
    std::function<void()> abandoned = [] {});

  background_task(background_task&& other) noexcept = default;

  background_task& operator=(background_task&& other) noexcept;

  /// Abandons the work.
  ~background_task();

  /// Waits for the end of the work, if there is any.
  /// @returns whether the work has ended.
  bool wait_for(std::chrono::milliseconds patience) const;

  /// Returns whether the work has ended, so that `after` has run or is due.
  bool has_ended() const {
    return wait_for(std::chrono::milliseconds::zero());
  }

private:
  struct state;

  void end() noexcept;

  std::shared_ptr<state> state_;
  std::thread thread_;
};

} // namespace venomous
