#include "history.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

namespace venomous::chaos {

std::string to_string(request_kind x) {
  constexpr std::array names{"call", "run",  "lease",  "batch",
                             "map",  "item", "cancel", "list"};
  return names.at(static_cast<size_t>(x));
}

std::string name_of(const answer& x) {
  return x.code ? to_string(*x.code) : "value";
}

std::string to_string(const answer& x) {
  auto result = name_of(x);
  for (auto& part : {x.anomaly, x.text})
    if (!part.empty())
      result += ": " + part;
  return result;
}

answer answer_of(const caf::error& err) {
  answer result;
  result.code = code_of(err);
  result.text = venomous::describe(err).substr(0, 200);
  if (!result.code)
    result.anomaly = "an error from outside the library";
  return result;
}

answer answer_of(const call_plan& plan, const value& content) {
  answer result;
  auto list = content.as<std::vector<value>>();
  if (!list || list->size() != 2) {
    result.anomaly = "not a list of two";
    return result;
  }
  auto number = (*list)[0].as<uint64_t>();
  auto ballast = (*list)[1].as<std::vector<unsigned char>>();
  if (!number || *number != plan.number)
    result.anomaly = "the result of another call: "
                     + (number ? std::to_string(*number) : "no number");
  else if (!ballast || ballast->size() != plan.ballast
           || std::ranges::any_of(*ballast, [&](unsigned char x) {
                return x != static_cast<unsigned char>(plan.number);
              }))
    result.anomaly = "corrupt ballast";
  return result;
}

// -- history ------------------------------------------------------------------

bool history::needs_answer(const request& x) const {
  return x.client != 0 && !dead.contains(x.client);
}

std::string history::describe(const request& x) const {
  std::ostringstream out;
  auto& plan = x.plan;
  out << to_string(x.kind) << ' ' << plan.number;
  if (x.probe)
    out << " (probe)";
  if (x.of != 0)
    out << " of " << x.of;
  out << ", " << to_string(plan.action) << " for " << plan.length.count()
      << " ms, timeout " << plan.timeout.count() << " ms, soft timeout "
      << plan.soft_timeout.count() << " ms, " << to_string(plan.busy)
      << ", max_wait " << plan.max_wait.count() << " ms, " << x.items.size()
      << " items, client " << x.client;
  if (dead.contains(x.client))
    out << " (dead)";
  auto since = std::chrono::duration_cast<milliseconds>(
    std::chrono::steady_clock::now() - x.asked);
  out << ", asked " << since.count() << " ms ago, answers:";
  for (auto& got : x.answers)
    out << " [" << to_string(got) << ']';
  if (x.answers.empty())
    out << " none";
  return out.str();
}

// -- clients ------------------------------------------------------------------

void history_recorder::open(request x) {
  std::lock_guard guard{mutex_};
  auto number = x.plan.number;
  x.asked = std::chrono::steady_clock::now();
  history_.requests.insert_or_assign(number, std::move(x));
}

void history_recorder::note(uint64_t number, answer got) {
  std::lock_guard guard{mutex_};
  if (auto i = history_.requests.find(number); i != history_.requests.end())
    i->second.answers.push_back(std::move(got));
  else
    history_.anomalies.push_back("an answer to " + std::to_string(number)
                                 + " that came too late: " + to_string(got));
}

void history_recorder::note(uint64_t number,
                            const caf::expected<map_results>& got) {
  if (!got)
    return note(number, answer_of(got.error()));
  std::lock_guard guard{mutex_};
  auto i = history_.requests.find(number);
  if (i == history_.requests.end())
    return history_.anomalies.push_back(
      "results of map " + std::to_string(number) + " that came too late");
  auto& x = i->second;
  answer whole;
  if (got->values.size() != x.items.size())
    whole.anomaly = std::to_string(got->values.size()) + " results for "
                    + std::to_string(x.items.size()) + " items";
  auto failed = got->errors.begin();
  for (size_t n = 0; n < x.items.size() && whole.anomaly.empty(); ++n) {
    if (failed != got->errors.end() && failed->index == n)
      x.outcomes.push_back(answer_of((failed++)->why));
    else
      x.outcomes.push_back(answer_of(x.items[n], got->values[n]));
  }
  if (failed != got->errors.end())
    whole.anomaly = "errors out of order";
  x.answers.push_back(std::move(whole));
}

void history_recorder::mark_dead(uint64_t client) {
  std::lock_guard guard{mutex_};
  history_.dead.insert(client);
}

std::shared_ptr<void> history_recorder::begin_sequence() {
  std::lock_guard guard{mutex_};
  ++sequences_;
  return {static_cast<void*>(this), [this](void*) {
            std::lock_guard guard{mutex_};
            --sequences_;
          }};
}

// -- driver -------------------------------------------------------------------

std::vector<std::string> history_recorder::pending() const {
  std::lock_guard guard{mutex_};
  std::vector<std::string> result;
  for (auto& [number, x] : history_.requests)
    if (history_.needs_answer(x) && x.answers.empty())
      result.push_back(history_.describe(x));
  if (sequences_ > 0 && result.empty())
    result.push_back(std::to_string(sequences_) + " sequences still running");
  return result;
}

history history_recorder::take() {
  std::lock_guard guard{mutex_};
  return std::exchange(history_, {});
}

} // namespace venomous::chaos
