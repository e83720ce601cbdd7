#include "checker.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace venomous::chaos {

namespace {

using namespace std::chrono_literals;

/// Returns the number that overtakes the most smaller ones, and how many it
/// overtakes.
std::pair<uint64_t, size_t> worst_overtaker(
  const std::vector<uint64_t>& numbers) {
  std::pair<uint64_t, size_t> result{0, 0};
  for (auto i = numbers.begin(); i != numbers.end(); ++i) {
    auto passed = static_cast<size_t>(
      std::count_if(i, numbers.end(), [&](auto x) { return x < *i; }));
    if (passed > result.second)
      result = {*i, passed};
  }
  return result;
}

bool is_run(request_kind x) {
  return x == request_kind::call || x == request_kind::run
         || x == request_kind::item;
}

} // namespace

checker::checker(const history& all, const std::vector<uint64_t>& notes,
                 const conditions& given)
  : all_(all), conditions_(given), anomalies_(all.anomalies) {
  for (auto number : notes)
    ++runs_[number];
  check_notes(notes);
  check_order(notes);
  for (auto& [number, x] : all_.requests) {
    check_answers(x);
    check_cancel(x);
    check_runs(x);
    check_items(x);
  }
}

void checker::check_notes(const std::vector<uint64_t>& notes) {
  std::set<uint64_t> known;
  for (auto& [number, x] : all_.requests) {
    known.insert(number);
    for (auto& item : x.items)
      known.insert(item.number);
  }
  for (auto number : notes)
    if (!known.contains(number))
      report(std::to_string(number)
             + " ran, but is unknown or was over already");
}

void checker::check_order(const std::vector<uint64_t>& notes) {
  std::vector<uint64_t> probes;
  for (auto number : notes)
    if (auto i = all_.requests.find(number);
        i != all_.requests.end() && i->second.probe)
      probes.push_back(number);
  if (auto [probe, passed] = worst_overtaker(probes);
      passed > conditions_.overtakers)
    report("probe " + std::to_string(probe) + " began before "
           + std::to_string(passed) + " that came earlier, "
           + std::to_string(conditions_.overtakers) + " are permitted");
}

void checker::check_answers(const request& x) {
  if (x.answers.size() > 1)
    report("answered more than once: " + all_.describe(x));
  if (x.answers.empty() && all_.needs_answer(x))
    report("never answered: " + all_.describe(x));
  for (auto& got : x.answers) {
    if (!got.anomaly.empty())
      report("wrong answer: " + all_.describe(x));
    else if (!is_permitted(x, got))
      report("answer not permitted here: " + all_.describe(x));
  }
}

/// A cancel that reports success must have canceled its target.
void checker::check_cancel(const request& x) {
  if (x.kind != request_kind::cancel || x.answers.empty() || !x.answers[0].yes)
    return;
  auto i = all_.requests.find(x.of);
  if (i == all_.requests.end())
    return report("canceled what was never requested: " + all_.describe(x));
  auto& target = i->second;
  if (target.kind == request_kind::lease || !all_.needs_answer(target))
    return;
  if (target.answers.empty() || target.answers[0].code != errc::cancelled)
    report(all_.describe(x) + " claims to have canceled "
           + all_.describe(target));
}

void checker::check_runs(const request& x) {
  if (!is_run(x.kind))
    return;
  auto runs = runs_of(x.plan.number);
  if (runs > 1)
    report("ran " + std::to_string(runs) + " times: " + all_.describe(x));
  if (x.answers.empty())
    return;
  auto& code = x.answers[0].code;
  if (runs == 0 && !code)
    report("has a value but never ran: " + all_.describe(x));
  static const std::set<errc> never_began{
    errc::no_snake, errc::queue_full, errc::bad_options, errc::start_failed};
  if (runs > 0 && code && never_began.contains(*code))
    report("ran but should not have: " + all_.describe(x));
}

void checker::check_items(const request& x) {
  for (size_t i = 0; i < x.items.size(); ++i) {
    request item{.kind = request_kind::item,
                 .plan = x.items[i],
                 .of = x.plan.number,
                 .items = {},
                 .asked = x.asked};
    item.plan.timeout = x.plan.timeout;
    if (i < x.outcomes.size())
      item.answers.push_back(x.outcomes[i]);
    check_answers(item);
    check_runs(item);
  }
}

/// Whether a request of this kind may end this way under the given conditions.
bool checker::is_permitted(const request& x, const answer& got) const {
  auto runs = is_run(x.kind);
  if (!got.code)
    return !runs || returns(x.plan.action);
  switch (*got.code) {
  case errc::python_exception:
    return runs && x.plan.action == action_kind::raise;
  case errc::unencodable:
    return runs && x.plan.action == action_kind::unencodable;
  case errc::timeout:
    return runs && (x.plan.timeout < 10s || x.plan.soft_timeout > 0ms);
  case errc::python_died:
    return runs && (ends_snake(x.plan.action) || conditions_.faulty);
  case errc::no_snake:
    switch (x.kind) {
    case request_kind::call:
    case request_kind::lease:
      return x.plan.max_wait > 0ms || x.plan.busy == when_busy::fail;
    case request_kind::run:
    case request_kind::map:
      return x.plan.max_wait > 0ms;
    default:
      return false;
    }
  case errc::queue_full:
    return conditions_.small_queue
           && (x.kind == request_kind::call || x.kind == request_kind::run
               || x.kind == request_kind::lease || x.kind == request_kind::map
               || x.kind == request_kind::item);
  case errc::snake_gone:
    return x.kind == request_kind::run
           && (conditions_.faulty || conditions_.stopping || lease_is_over(x));
  case errc::cancelled:
    return was_cancelled(x.plan.number);
  case errc::shutting_down:
    return conditions_.stopping;
  case errc::start_failed:
    return (conditions_.faulty || conditions_.stopping)
           && x.kind != request_kind::run && x.kind != request_kind::cancel
           && x.kind != request_kind::list;
  default:
    return false;
  }
}

/// Whether the lease of `run` was canceled or ended by an earlier run.
bool checker::lease_is_over(const request& run) const {
  if (was_cancelled(run.of))
    return true;
  static const std::set<errc> ends{errc::timeout, errc::python_died,
                                   errc::cancelled, errc::snake_gone};
  return std::ranges::any_of(all_.requests, [&](auto& other) {
    auto& x = other.second;
    return x.kind == request_kind::run && x.of == run.of
           && x.plan.number < run.plan.number
           && (x.answers.empty()
               || (x.answers[0].code && ends.contains(*x.answers[0].code)));
  });
}

/// A dead client may have canceled it and never seen the answer.
bool checker::was_cancelled(uint64_t number) const {
  return std::ranges::any_of(all_.requests, [&](auto& other) {
    auto& x = other.second;
    return x.kind == request_kind::cancel && x.of == number
           && (x.answers.empty() || x.answers[0].yes);
  });
}

size_t checker::runs_of(uint64_t number) const {
  auto i = runs_.find(number);
  return i == runs_.end() ? 0 : i->second;
}

} // namespace venomous::chaos
