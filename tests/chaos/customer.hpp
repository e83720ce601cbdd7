#pragma once

#include "asker.hpp"

#include <memory>
#include <string>

namespace venomous::chaos {

/// Whom orders are given to.
class customer {
public:
  virtual ~customer() = default;

  virtual void give(const order& what) = 0;

  /// Returns what is wrong with the number of its answers, "" if nothing is.
  /// @pre it has all its answers.
  virtual std::string check() = 0;
};

/// Has a thread, and waits for each answer in it.
std::unique_ptr<customer> make_blocking_customer(desk& at);

/// Is an actor that has as many requests under way as it is told to make. When
/// it dies another one takes its place.
std::unique_ptr<customer> make_actor_customer(desk& at);

} // namespace venomous::chaos
