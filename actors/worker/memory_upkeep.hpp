#pragma once

#include "python_bridge/host/connection.hpp"
#include "python_bridge/host/deadline.hpp"

#include <chrono>
#include <functional>

namespace venomous {

/// Frees the memory that calls have used: soon after Python has dropped it, or
/// in the case of long frames once no more of them come.
class memory_upkeep {
public:
  /// @param is_idle tells whether no call is in flight.
  memory_upkeep(event_loop& loop, connection& of,
                std::function<bool()> is_idle);

  /// Calls were answered.
  void on_answered();

  void shut_down();

private:
  void look();

  void schedule_look();

  void trim();

  connection& connection_;
  std::function<bool()> is_idle_;
  /// When to look for memory that Python has dropped.
  deadline look_;
  std::chrono::milliseconds look_after_{0};
  size_t known_lent_ = 0;
  /// When to give back the memory of long frames.
  deadline trim_;
};

} // namespace venomous
