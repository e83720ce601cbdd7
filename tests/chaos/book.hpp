#pragma once

#include "plan.hpp"

#include "venomous/error.hpp"
#include "venomous/map.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// @file
/// What was asked for, and what was answered.

namespace venomous::chaos {

enum class kind : uint8_t { call, run, lease, batch, map, item, cancel, list };

std::string to_string(kind what);

/// How something ended. Without code and fault: well.
struct answer {
  std::optional<errc> code;
  /// What is wrong with the answer itself.
  std::string fault;
  std::string text;
  /// Of what is answered by a bool.
  bool yes = false;
};

/// Returns "value" or the name of the error.
std::string name_of(const answer& x);

std::string to_string(const answer& x);

/// The answer that `err` is.
answer answer_of(const caf::error& err);

/// The answer to `what` that brought `content`, which is looked into.
answer answer_of(const call_plan& what, const value& content);

/// A request, or an item of one.
struct entry {
  kind what = kind::call;
  call_plan plan;
  /// Who asks: each life of an actor has a number of its own, 0 is nobody.
  uint64_t asker = 0;
  bool probe = false;
  /// Of a run: the lease. Of a cancel: what it takes back. Else 0.
  uint64_t of = 0;
  std::vector<call_plan> items = {};
  std::chrono::steady_clock::time_point asked = {};
  std::vector<answer> answers = {};
  /// Of a map that ended well.
  std::vector<answer> outcomes = {};
};

/// What there is to judge.
struct transcript {
  std::map<uint64_t, entry> entries;
  /// Who has died.
  std::set<uint64_t> buried;
  /// What is wrong at first sight.
  std::vector<std::string> faults;

  /// Whether somebody lives who waits for its answer.
  bool needs_answer(const entry& x) const;

  std::string describe(const entry& x) const;
};

/// Who asks writes here, from any thread.
class book {
public:
  // -- what customers write ---------------------------------------------------

  void open(entry what);

  void note(uint64_t number, answer what);

  void note(uint64_t number, const caf::expected<map_results>& what);

  /// Nobody of that name waits for anything any more.
  void bury(uint64_t asker);

  /// As long as one of these lives there is more to come.
  std::shared_ptr<void> begin_sequence();

  // -- what the driver reads --------------------------------------------------

  /// What has no answer and needs one.
  std::vector<std::string> pending() const;

  /// Returns everything since the last time, and forgets it.
  /// @pre nothing is pending.
  transcript take();

private:
  mutable std::mutex mutex_;
  transcript transcript_;
  size_t sequences_ = 0;
};

} // namespace venomous::chaos
