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
/// The history of a round: each request and its answers.

namespace venomous::chaos {

enum class request_kind : uint8_t {
  call,
  run,
  lease,
  batch,
  map,
  item,
  cancel,
  list
};

std::string to_string(request_kind x);

/// How a request ended: well if it has neither code nor anomaly.
struct answer {
  std::optional<errc> code;
  /// What is wrong with the answer itself, if anything.
  std::string anomaly;
  std::string text;
  /// The answer to a request for a bool.
  bool yes = false;
};

/// Returns "value" or the name of the error.
std::string name_of(const answer& x);

std::string to_string(const answer& x);

/// Returns the answer that consists of `err`.
answer answer_of(const caf::error& err);

/// Returns the answer to `plan` that consists of `content`, which it checks.
answer answer_of(const call_plan& plan, const value& content);

/// A request, or an item of one.
struct request {
  request_kind kind = request_kind::call;
  call_plan plan;
  /// Its client: each life of an actor has a number of its own, 0 is nobody.
  uint64_t client = 0;
  bool probe = false;
  /// For a run its lease, for a cancel its target, otherwise 0.
  uint64_t of = 0;
  std::vector<call_plan> items = {};
  std::chrono::steady_clock::time_point asked = {};
  std::vector<answer> answers = {};
  /// Answers to the items of a map that ended well.
  std::vector<answer> outcomes = {};
};

/// Everything the checker needs.
struct history {
  std::map<uint64_t, request> requests;
  /// Clients that have died.
  std::set<uint64_t> dead;
  /// Anomalies found while recording.
  std::vector<std::string> anomalies;

  /// Whether a living client waits for its answer.
  bool needs_answer(const request& x) const;

  std::string describe(const request& x) const;
};

/// Clients record here, from any thread.
class history_recorder {
public:
  // -- clients ----------------------------------------------------------------

  void open(request x);

  void note(uint64_t number, answer got);

  void note(uint64_t number, const caf::expected<map_results>& got);

  /// From now on `client` waits for nothing.
  void mark_dead(uint64_t client);

  /// While one of these is alive, more requests will follow.
  std::shared_ptr<void> begin_sequence();

  // -- driver -----------------------------------------------------------------

  /// Returns the requests that still need an answer.
  std::vector<std::string> pending() const;

  /// Returns everything since the last time, and forgets it.
  /// @pre nothing is pending.
  history take();

private:
  mutable std::mutex mutex_;
  history history_;
  size_t sequences_ = 0;
};

} // namespace venomous::chaos
