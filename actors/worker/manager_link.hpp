#pragma once

#include "actors/base/interfaces.hpp"
#include "actors/base/pool_actor.hpp"
#include "actors/worker/snake_call.hpp"

#include <cstdint>
#include <deque>
#include <utility>

namespace venomous {

/// What a worker tells the manager.
class manager_link {
public:
  manager_link(pool_actor& worker, snake_id id, snake_manager_inner manager)
    : worker_(worker), id_(id), manager_(std::move(manager)) {
    // nop
  }

  /// A run of the lease begins.
  void busy_with(const snake_call& run);

  /// Calls were answered.
  /// @param window how many calls the snake may have from now on.
  /// @param leased whether a lease goes on.
  void idle(size_t answered, uint32_t window, bool leased);

  /// The snake begins, or ends, to keep objects.
  void keeps(bool any);

  /// The snake takes no more calls.
  void ending();

  /// Gives calls back that the snake has not begun.
  void hand_back(std::deque<snake_call> calls);

  void hand_back(snake_call call);

  /// @param promise a `response_promise` or a `bounced_request`.
  template <class Promise>
  void hand_back(Promise&& promise, job work, const python_options& options,
                 const call_ticket& ticket) {
    promise.delegate(manager_, hand_back_atom_v, id_, std::move(work), options,
                     ticket);
  }

  /// Refuses a call that counts among those of the snake.
  void drop(snake_call call, const caf::error& why);

private:
  pool_actor& worker_;
  snake_id id_;
  snake_manager_inner manager_;
};

} // namespace venomous
