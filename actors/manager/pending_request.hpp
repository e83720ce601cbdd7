#pragma once

#include "actors/base/interfaces.hpp"
#include "actors/base/memory_quota.hpp"

#include "python_bridge/host/event_loop.hpp"

#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace venomous {

/// Several leases that are answered together, when the last one is granted or
/// refused.
struct lease_batch {
  explicit lease_batch(caf::response_promise answer)
    : promise(std::move(answer)) {
    // nop
  }

  lease_batch(const lease_batch&) = delete;

  lease_batch& operator=(const lease_batch&) = delete;

  /// Answers.
  ~lease_batch();

  caf::response_promise promise;
  std::vector<snake> snakes;
  /// What kept snakes from starting, if anything did.
  caf::error fault;
};

/// A request that needs a snake.
struct pending_request {
  // -- member types -----------------------------------------------------------

  struct single_lease {};

  using batch_ptr = std::shared_ptr<lease_batch>;

  // -- properties -------------------------------------------------------------

  /// Returns the call that is to be run, or `nullptr` if this asks for a lease.
  const job* call() const noexcept {
    return std::get_if<job>(&demand);
  }

  /// @returns nobody once the request is answered.
  caf::actor_addr caller() const;

  /// Returns the home as a message calls it.
  /// @pre there is one.
  std::string home_name() const;

  // -- answers ----------------------------------------------------------------

  /// Answers that there will be no snake.
  void refuse(errc code, const std::string& why);

  /// Answers that as many requests wait already as may.
  void refuse_full(size_t max_queue);

  /// Answers with a lease.
  /// @pre this asks for one.
  void grant(snake leased);

  // -- member variables -------------------------------------------------------

  /// Empty for one of several leases, which are answered together.
  caf::response_promise promise;
  std::variant<job, single_lease, batch_ptr> demand;
  python_options options = {};
  /// The only snake that will do, because it keeps what an argument refers to;
  /// 0 for any snake.
  snake_id home = 0;
  call_ticket ticket = {};
  /// What the arguments of a call take while it waits.
  memory_quota::share memory = {};
  /// Ends the wait.
  event_loop::timer patience = {};
};

} // namespace venomous
