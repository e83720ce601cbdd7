#pragma once

#include "history.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace venomous::chaos {

/// The conditions under which all requests of a history ran.
struct conditions {
  bool faulty = false;
  bool stopping = false;
  bool small_queue = false;
  /// How many calls may overtake an earlier one.
  size_t overtakers = 0;
};

/// Checks a history against the model of what may happen.
class checker {
public:
  /// @param notes The numbers that functions noted, in that order.
  checker(const history& all, const std::vector<uint64_t>& notes,
          const conditions& given);

  /// Everything that the model does not permit.
  const std::vector<std::string>& anomalies() const {
    return anomalies_;
  }

private:
  void check_notes(const std::vector<uint64_t>& notes);

  void check_order(const std::vector<uint64_t>& notes);

  void check_answers(const request& x);

  void check_cancel(const request& x);

  void check_runs(const request& x);

  void check_items(const request& x);

  bool is_permitted(const request& x, const answer& got) const;

  bool lease_is_over(const request& run) const;

  bool was_cancelled(uint64_t number) const;

  size_t runs_of(uint64_t number) const;

  void report(const std::string& anomaly) {
    anomalies_.push_back(anomaly);
  }

  const history& all_;
  const conditions& conditions_;
  std::map<uint64_t, size_t> runs_;
  std::vector<std::string> anomalies_;
};

} // namespace venomous::chaos
