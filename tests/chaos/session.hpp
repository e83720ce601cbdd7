#pragma once

#include "history.hpp"
#include "run.hpp"

#include <map>
#include <string>
#include <vector>

namespace venomous::chaos {

/// How often each thing happened.
struct statistics {
  using numbers = std::map<std::string, size_t>;

  /// By kind of request.
  std::map<std::string, numbers> answers;
  numbers faults;
  size_t runs = 0;
  size_t rounds = 0;

  void add(const history& all);

  void print() const;
};

/// The state of a run.
struct session {
  run_options options;
  statistics counts;

  /// Exits if there are any: a client that waits for an answer that never comes
  /// cannot be ended in any other way.
  void require_none(const std::vector<std::string>& anomalies) const;
};

} // namespace venomous::chaos
