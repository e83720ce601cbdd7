#include "book.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

namespace venomous::chaos {

std::string to_string(kind what) {
  constexpr std::array names{"call", "run",  "lease",  "batch",
                             "map",  "item", "cancel", "list"};
  return names.at(static_cast<size_t>(what));
}

std::string name_of(const answer& x) {
  return x.code ? to_string(*x.code) : "value";
}

std::string to_string(const answer& x) {
  auto result = name_of(x);
  for (auto& part : {x.fault, x.text})
    if (!part.empty())
      result += ": " + part;
  return result;
}

answer answer_of(const caf::error& err) {
  answer result;
  result.code = code_of(err);
  result.text = venomous::describe(err).substr(0, 200);
  if (!result.code)
    result.fault = "an error that is none of the library's";
  return result;
}

answer answer_of(const call_plan& what, const value& content) {
  answer result;
  auto list = content.as<std::vector<value>>();
  if (!list || list->size() != 2) {
    result.fault = "no list of two";
    return result;
  }
  auto number = (*list)[0].as<uint64_t>();
  auto ballast = (*list)[1].as<std::vector<unsigned char>>();
  if (!number || *number != what.number)
    result.fault = "the result of another one: "
                   + (number ? std::to_string(*number) : "no number");
  else if (!ballast || ballast->size() != what.ballast
           || std::ranges::any_of(*ballast, [&](unsigned char x) {
                return x != static_cast<unsigned char>(what.number);
              }))
    result.fault = "spoilt ballast";
  return result;
}

// -- record -------------------------------------------------------------------

bool transcript::needs_answer(const entry& x) const {
  return x.asker != 0 && !buried.contains(x.asker);
}

std::string transcript::describe(const entry& x) const {
  std::ostringstream out;
  auto& plan = x.plan;
  out << to_string(x.what) << ' ' << plan.number;
  if (x.probe)
    out << " (probe)";
  if (x.of != 0)
    out << " of " << x.of;
  out << ", " << to_string(plan.what) << " for " << plan.length.count()
      << " ms, timeout " << plan.timeout.count() << " ms, soft timeout "
      << plan.soft_timeout.count() << " ms, " << to_string(plan.busy)
      << ", max_wait " << plan.max_wait.count() << " ms, " << x.items.size()
      << " items, asker " << x.asker;
  if (buried.contains(x.asker))
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

// -- what customers write -----------------------------------------------------

void book::open(entry what) {
  std::lock_guard guard{mutex_};
  auto number = what.plan.number;
  what.asked = std::chrono::steady_clock::now();
  transcript_.entries.insert_or_assign(number, std::move(what));
}

void book::note(uint64_t number, answer what) {
  std::lock_guard guard{mutex_};
  if (auto i = transcript_.entries.find(number); i != transcript_.entries.end())
    i->second.answers.push_back(std::move(what));
  else
    transcript_.faults.push_back("an answer to " + std::to_string(number)
                                 + " after all was answered: "
                                 + to_string(what));
}

void book::note(uint64_t number, const caf::expected<map_results>& what) {
  if (!what)
    return note(number, answer_of(what.error()));
  std::lock_guard guard{mutex_};
  auto i = transcript_.entries.find(number);
  if (i == transcript_.entries.end())
    return transcript_.faults.push_back(
      "results of map " + std::to_string(number) + " after all was answered");
  auto& x = i->second;
  answer whole;
  if (what->values.size() != x.items.size())
    whole.fault = std::to_string(what->values.size()) + " results for "
                  + std::to_string(x.items.size()) + " items";
  auto failed = what->errors.begin();
  for (size_t n = 0; n < x.items.size() && whole.fault.empty(); ++n) {
    if (failed != what->errors.end() && failed->index == n)
      x.outcomes.push_back(answer_of((failed++)->why));
    else
      x.outcomes.push_back(answer_of(x.items[n], what->values[n]));
  }
  if (failed != what->errors.end())
    whole.fault = "errors out of order";
  x.answers.push_back(std::move(whole));
}

void book::bury(uint64_t asker) {
  std::lock_guard guard{mutex_};
  transcript_.buried.insert(asker);
}

std::shared_ptr<void> book::begin_sequence() {
  std::lock_guard guard{mutex_};
  ++sequences_;
  return {static_cast<void*>(this), [this](void*) {
            std::lock_guard guard{mutex_};
            --sequences_;
          }};
}

// -- what the driver reads ----------------------------------------------------

std::vector<std::string> book::pending() const {
  std::lock_guard guard{mutex_};
  std::vector<std::string> result;
  for (auto& [number, x] : transcript_.entries)
    if (transcript_.needs_answer(x) && x.answers.empty())
      result.push_back(transcript_.describe(x));
  if (sequences_ > 0 && result.empty())
    result.push_back(std::to_string(sequences_) + " sequences go on");
  return result;
}

transcript book::take() {
  std::lock_guard guard{mutex_};
  return std::exchange(transcript_, {});
}

} // namespace venomous::chaos
