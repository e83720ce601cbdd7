#pragma once

#include "actors/manager/pending_request.hpp"

#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace venomous {

/// Requests that wait for a snake, ordered by the positions that their tickets
/// name: one that comes back goes where it was before.
class request_queue {
public:
  // -- properties -------------------------------------------------------------

  bool empty() const noexcept {
    return requests_.empty();
  }

  size_t size() const noexcept {
    return requests_.size();
  }

  /// All requests, by position.
  const std::map<place, pending_request>& requests() const noexcept {
    return requests_;
  }

  /// @pre the queue is not empty.
  const pending_request& front() const {
    return requests_.begin()->second;
  }

  /// Returns the position of the request with that token.
  std::optional<place> find(call_token token) const;

  // -- modifiers --------------------------------------------------------------

  void push(pending_request request);

  /// @pre the queue is not empty.
  pending_request pop();

  /// Takes the request at that position out of the queue.
  /// @pre there is one.
  pending_request take(place position);

  /// Removes all requests of `caller`, without an answer.
  void drop(const caf::actor_addr& caller);

private:
  using iterator = std::map<place, pending_request>::iterator;

  pending_request take(iterator i);

  std::map<place, pending_request> requests_;
  std::unordered_map<call_token, place> by_token_;
  std::unordered_map<caf::actor_addr, std::unordered_set<place>> by_caller_;
};

} // namespace venomous
