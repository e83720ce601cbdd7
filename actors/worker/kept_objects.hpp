#pragma once

#include "actors/base/job.hpp"

#include "python_bridge/host/connection.hpp"
#include "python_bridge/host/event_loop.hpp"

#include "venomous/messages.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace venomous {

/// The objects that a snake keeps for callers: hands out references to them,
/// and tells the snake which of them nobody refers to any longer.
class kept_objects {
public:
  /// @param on_change is told when the snake begins, or ends, to keep objects.
  kept_objects(snake_id snake, event_loop& loop, connection& to,
               std::function<void(bool keeps)> on_change);

  /// Returns whether all kept objects that the arguments refer to are here.
  bool has_all_of(const job& work) const;

  /// Takes the numbers of kept objects off the end of a result. The snake may
  /// write to it meanwhile, so each byte is read once.
  /// @returns nothing if they are malformed.
  std::optional<std::vector<detail::kept_reference>> take_from(
    frame_body& body);

  /// Tells the snake nothing more. References may outlive this.
  void close();

private:
  void release();

  connection& to_;
  std::function<void(bool)> on_change_;
  /// Cleared by `close`: an object may be released later.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  /// Collects the objects that are released.
  std::shared_ptr<detail::kept_home> home_;
  /// How many objects are referred to.
  size_t count_ = 0;
};

/// How a call is answered whose arguments refer to objects of another snake.
caf::error kept_elsewhere_error();

} // namespace venomous
