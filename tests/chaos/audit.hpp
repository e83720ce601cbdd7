#pragma once

#include "book.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace venomous::chaos {

/// What held for all that was asked for.
struct circumstances {
  bool faulty = false;
  bool stopping = false;
  bool small_queue = false;
  /// How many calls may begin before one that came earlier.
  size_t overtakers = 0;
};

/// The model: judges whether what happened may happen.
class audit {
public:
  /// @param notes The numbers that functions have noted, in their order.
  audit(const transcript& all, const std::vector<uint64_t>& notes,
        const circumstances& when);

  /// What is wrong.
  const std::vector<std::string>& faults() const {
    return faults_;
  }

private:
  void check_notes(const std::vector<uint64_t>& notes);

  void check_order(const std::vector<uint64_t>& notes);

  void check_answers(const entry& x);

  void check_cancel(const entry& x);

  void check_runs(const entry& x);

  void check_items(const entry& x);

  bool is_permitted(const entry& x, const answer& got) const;

  bool lease_is_over(const entry& run) const;

  bool was_cancelled(uint64_t number) const;

  size_t runs_of(uint64_t number) const;

  void complain(const std::string& what) {
    faults_.push_back(what);
  }

  const transcript& all_;
  const circumstances& when_;
  std::map<uint64_t, size_t> runs_;
  std::vector<std::string> faults_;
};

} // namespace venomous::chaos
