#pragma once

#include "requester.hpp"

#include <memory>
#include <string>

namespace venomous::chaos {

/// Invokes operations on a pool and waits for their answers.
class client {
public:
  virtual ~client() = default;

  virtual void invoke(const operation& op) = 0;

  /// Returns what is wrong with the number of its answers, or "".
  /// @pre it has all its answers.
  virtual std::string check() = 0;
};

/// Runs on a thread of its own, which blocks for each answer.
std::unique_ptr<client> make_blocking_client(client_context& context);

/// Is an actor with any number of requests in flight. When it dies, a new one
/// takes its place.
std::unique_ptr<client> make_actor_client(client_context& context);

} // namespace venomous::chaos
