#pragma once

#include "book.hpp"
#include "run.hpp"

#include <map>
#include <string>
#include <vector>

namespace venomous::chaos {

/// How often what happened.
struct statistics {
  using numbers = std::map<std::string, size_t>;

  /// By kind.
  std::map<std::string, numbers> answers;
  numbers faults;
  size_t runs = 0;
  size_t rounds = 0;

  void add(const transcript& what);

  void print() const;
};

/// What is known of a run so far.
struct session {
  run_options options;
  statistics counts;

  /// Ends this process if there are any: who waits for an answer that does not
  /// come cannot be ended otherwise.
  void require_none(const std::vector<std::string>& faults) const;
};

} // namespace venomous::chaos
