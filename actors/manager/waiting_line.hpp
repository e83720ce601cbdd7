#pragma once

#include "actors/base/interfaces.hpp"
#include "actors/base/memory_quota.hpp"

#include "python_bridge/host/event_loop.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace venomous {

// -- who waits ----------------------------------------------------------------

/// Somebody who asked for a snake, and what for.
struct seeker {
  struct call_request {
    caf::response_promise promise;
    job what;
    python_options options;
  };

  struct lease_request {
    caf::typed_response_promise<snake> promise;
  };

  /// Several leases that are answered together, when the last one is given or
  /// refused.
  struct batch {
    caf::typed_response_promise<std::vector<snake>> promise;
    std::vector<snake> snakes;
    /// What kept snakes from starting, if anything did.
    caf::error fault;

    ~batch();
  };

  struct batch_request {
    std::shared_ptr<batch> of;
  };

  std::variant<call_request, lease_request, batch_request> what;
  caf::strong_actor_ptr caller;
  when_busy busy = when_busy::fail;
  call_token token = 0;
  /// The only snake that will do, because it keeps what an argument is; 0 for
  /// any.
  snake_id home = 0;
  call_ticket ticket = {};
  /// For the arguments of a call, as long as it waits.
  memory_quota::share memory = {};
  /// Ends the wait.
  event_loop::timer patience = {};
};

/// Tells a seeker that there will be no snake for it.
void refuse(seeker& whom, errc code, const std::string& why);

/// Answers that as many wait already as may.
/// @relates seeker
void refuse_full(seeker& whom, size_t max_queue);

// -- where they wait ----------------------------------------------------------

/// Those who wait for a snake, in the order in which they came: who comes back
/// stands where it stood before.
class waiting_line {
public:
  bool empty() const noexcept {
    return seekers_.empty();
  }

  size_t size() const noexcept {
    return seekers_.size();
  }

  /// Lets `whom` stand in the place that its ticket names.
  void put(seeker whom);

  /// @pre the line is not empty.
  const seeker& first() const {
    return seekers_.begin()->second;
  }

  /// @pre the line is not empty.
  seeker take_first();

  /// @pre somebody stands there.
  seeker take(place where);

  /// Removes all that `caller` has in line.
  void drop(const caf::actor_addr& caller);

  std::optional<place> find(call_token token) const;

  /// All that wait, by their places.
  const std::map<place, seeker>& seekers() const noexcept {
    return seekers_;
  }

private:
  using iterator = std::map<place, seeker>::iterator;

  seeker take(iterator i);

  std::map<place, seeker> seekers_;
  std::unordered_map<call_token, place> by_token_;
  std::unordered_map<caf::actor_addr, std::unordered_set<place>> by_caller_;
};

} // namespace venomous
