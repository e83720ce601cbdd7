#include "audit.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace venomous::chaos {

namespace {

using namespace std::chrono_literals;

/// Returns the number that comes before most of those that are smaller, and
/// how many these are.
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

bool is_run(kind what) {
  return what == kind::call || what == kind::run || what == kind::item;
}

} // namespace

audit::audit(const transcript& all, const std::vector<uint64_t>& notes,
             const circumstances& when)
  : all_(all), when_(when), faults_(all.faults) {
  for (auto number : notes)
    ++runs_[number];
  check_notes(notes);
  check_order(notes);
  for (auto& [number, x] : all_.entries) {
    check_answers(x);
    check_cancel(x);
    check_runs(x);
    check_items(x);
  }
}

void audit::check_notes(const std::vector<uint64_t>& notes) {
  std::set<uint64_t> known;
  for (auto& [number, x] : all_.entries) {
    known.insert(number);
    for (auto& item : x.items)
      known.insert(item.number);
  }
  for (auto number : notes)
    if (!known.contains(number))
      complain(std::to_string(number)
               + " ran, which is unknown or was over already");
}

void audit::check_order(const std::vector<uint64_t>& notes) {
  std::vector<uint64_t> probes;
  for (auto number : notes)
    if (auto i = all_.entries.find(number);
        i != all_.entries.end() && i->second.probe)
      probes.push_back(number);
  if (auto [which, passed] = worst_overtaker(probes); passed > when_.overtakers)
    complain("probe " + std::to_string(which) + " began before "
             + std::to_string(passed) + " that came earlier, "
             + std::to_string(when_.overtakers) + " are permitted");
}

void audit::check_answers(const entry& x) {
  if (x.answers.size() > 1)
    complain("answered more than once: " + all_.describe(x));
  if (x.answers.empty() && all_.needs_answer(x))
    complain("never answered: " + all_.describe(x));
  for (auto& got : x.answers) {
    if (!got.fault.empty())
      complain("a wrong answer: " + all_.describe(x));
    else if (!is_permitted(x, got))
      complain("an answer that it may not have: " + all_.describe(x));
  }
}

/// What says that it took something back has done so.
void audit::check_cancel(const entry& x) {
  if (x.what != kind::cancel || x.answers.empty() || !x.answers[0].yes)
    return;
  auto i = all_.entries.find(x.of);
  if (i == all_.entries.end())
    return complain("took back what was never asked for: " + all_.describe(x));
  auto& target = i->second;
  if (target.what == kind::lease || !all_.needs_answer(target))
    return;
  if (target.answers.empty() || target.answers[0].code != errc::cancelled)
    complain(all_.describe(x) + " says that it took back "
             + all_.describe(target));
}

void audit::check_runs(const entry& x) {
  if (!is_run(x.what))
    return;
  auto runs = runs_of(x.plan.number);
  if (runs > 1)
    complain("ran " + std::to_string(runs) + " times: " + all_.describe(x));
  if (x.answers.empty())
    return;
  auto& code = x.answers[0].code;
  if (runs == 0 && !code)
    complain("has a value and never ran: " + all_.describe(x));
  static const std::set<errc> never_began{
    errc::no_snake, errc::queue_full, errc::bad_options, errc::start_failed};
  if (runs > 0 && code && never_began.contains(*code))
    complain("ran, and should not have: " + all_.describe(x));
}

void audit::check_items(const entry& x) {
  for (size_t i = 0; i < x.items.size(); ++i) {
    entry item{.what = kind::item,
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

/// Whether what is of its kind may end so in such circumstances.
bool audit::is_permitted(const entry& x, const answer& got) const {
  auto runs = is_run(x.what);
  if (!got.code)
    return !runs || returns(x.plan.what);
  switch (*got.code) {
  case errc::python_exception:
    return runs && x.plan.what == deed::raise;
  case errc::unencodable:
    return runs && x.plan.what == deed::unencodable;
  case errc::timeout:
    return runs && (x.plan.timeout < 10s || x.plan.soft_timeout > 0ms);
  case errc::python_died:
    return runs && (ends_snake(x.plan.what) || when_.faulty);
  case errc::no_snake:
    switch (x.what) {
    case kind::call:
    case kind::lease:
      return x.plan.max_wait > 0ms || x.plan.busy == when_busy::fail;
    case kind::run:
    case kind::map:
      return x.plan.max_wait > 0ms;
    default:
      return false;
    }
  case errc::queue_full:
    return when_.small_queue
           && (x.what == kind::call || x.what == kind::run
               || x.what == kind::lease || x.what == kind::map
               || x.what == kind::item);
  case errc::snake_gone:
    return x.what == kind::run
           && (when_.faulty || when_.stopping || lease_is_over(x));
  case errc::cancelled:
    return was_cancelled(x.plan.number);
  case errc::shutting_down:
    return when_.stopping;
  case errc::start_failed:
    return (when_.faulty || when_.stopping) && x.what != kind::run
           && x.what != kind::cancel && x.what != kind::list;
  default:
    return false;
  }
}

/// Whether what was done to its lease, or by runs before it, ended that.
bool audit::lease_is_over(const entry& run) const {
  if (was_cancelled(run.of))
    return true;
  static const std::set<errc> ends{errc::timeout, errc::python_died,
                                   errc::cancelled, errc::snake_gone};
  return std::ranges::any_of(all_.entries, [&](auto& other) {
    auto& x = other.second;
    return x.what == kind::run && x.of == run.of
           && x.plan.number < run.plan.number
           && (x.answers.empty()
               || (x.answers[0].code && ends.contains(*x.answers[0].code)));
  });
}

/// Who died may have taken it back without hearing of that.
bool audit::was_cancelled(uint64_t number) const {
  return std::ranges::any_of(all_.entries, [&](auto& other) {
    auto& x = other.second;
    return x.what == kind::cancel && x.of == number
           && (x.answers.empty() || x.answers[0].yes);
  });
}

size_t audit::runs_of(uint64_t number) const {
  auto i = runs_.find(number);
  return i == runs_.end() ? 0 : i->second;
}

} // namespace venomous::chaos
