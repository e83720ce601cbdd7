#include "plan.hpp"

#include <algorithm>
#include <array>

namespace venomous::chaos {

namespace {

using namespace std::chrono_literals;

// Of the load of a round.
constexpr auto round_length = 3500ms;

// No function takes so long that returns, however busy the machine is.
constexpr auto ample = 30'000ms;

} // namespace

std::string to_string(deed what) {
  constexpr std::array names{"return",
                             "sleep",
                             "burn",
                             "flood",
                             "daemon",
                             "family",
                             "raise",
                             "unencodable",
                             "segv",
                             "exit",
                             "killed",
                             "cut_off",
                             "crash_with_family",
                             "hang",
                             "deaf"};
  return names.at(static_cast<size_t>(what));
}

std::string to_string(fault what) {
  constexpr std::array names{"kill_snake",  "stop_snake",  "kill_descendant",
                             "kill_zygote", "stop_zygote", "slay",
                             "clean",       "starve",      "load"};
  return names.at(static_cast<size_t>(what));
}

void planner::reseed(uint64_t a, uint64_t b) {
  std::seed_seq seeds{seed_, seed_ >> 32, a, b};
  random_.seed(seeds);
}

// -- epochs and rounds --------------------------------------------------------

epoch_plan planner::next_epoch() {
  ++epoch_;
  round_ = 0;
  reseed(epoch_, 0);
  current_ = {};
  current_.rounds = 4;
  current_.stop_under_load = chance(50);
  auto& options = current_.options;
  options.max_children = 1 + draw(6);
  options.perpetual_workers = draw(3);
  options.snake_ttl = one_of({200ms, 900'000ms});
  options.cleaner_interval = one_of({300ms, 60'000ms});
  options.max_calls = one_of<size_t>({0, 0, 1, 30});
  options.max_age = one_of({0ms, 0ms, 300ms});
  options.max_queue = one_of({size_t{40}, size_t{100'000}});
  options.max_queue_mb = one_of({size_t{1}, size_t{1024}});
  options.max_ahead = one_of<size_t>({0, 0, 4, 32});
  options.spin = one_of({0us, 100us});
  options.arena_mb = one_of<size_t>({0, 1, 64});
  options.style =
    one_of({termination_style::polite, termination_style::brutal});
  options.grace = one_of({50ms, 300ms});
  options.start_timeout = 20s;
  options.python_timeout = 30s;
  return current_;
}

round_plan planner::next_round() {
  ++round_;
  reseed(epoch_, round_);
  next_ = {};
  next_.faulty = round_ % 2 == 0 || chance(50);
  if (current_.stop_under_load && round_ == current_.rounds)
    next_.stop_at = between(200, 2500);
  for (auto at = 0ms; at < round_length; at += between(5, 40))
    add_order(at);
  std::ranges::stable_sort(next_.steps, {}, &step::at);
  return std::move(next_);
}

void planner::add_order(milliseconds at) {
  auto customer = draw(prober);
  auto what = draw(100);
  if (what < 40)
    add_call(at, customer);
  else if (what < 52)
    add_lease(at, customer);
  else if (what < 57)
    add_batch(at, customer);
  else if (what < 65)
    add_map(at, customer);
  else if (what < 78)
    add_probes(at);
  else if (what < 82)
    next_.steps.push_back(
      {at, customer, list_order{{.number = ++last_number_}}});
  else if (what < 86)
    next_.steps.push_back({at, num_blocking + draw(num_actors), die_order{}});
  else if (next_.faulty)
    add_fault(at);
}

// -- calls --------------------------------------------------------------------

deed planner::draw_deed() {
  auto what = draw(100);
  if (what < 35)
    return deed::return_;
  if (what < 60)
    return deed::sleep;
  if (what < 68)
    return deed::burn;
  // What snakes do not survive is costly.
  if (what < 70)
    return one_of({deed::segv, deed::exit, deed::killed, deed::cut_off,
                   deed::crash_with_family});
  if (what < 72)
    return one_of({deed::hang, deed::deaf});
  if (what < 74)
    return deed::flood;
  if (what < 78)
    return one_of({deed::daemon, deed::family});
  return one_of({deed::raise, deed::unencodable, deed::return_});
}

call_plan planner::draw_call() {
  call_plan result;
  result.number = ++last_number_;
  result.what = draw_deed();
  result.length = chance(80) ? between(0, 4) : between(5, 80);
  result.ballast = chance(5) ? 70'000 + draw(200'000) : draw(50);
  result.timeout = ample;
  if (hangs(result.what) || next_.faulty || chance(20))
    shorten_timeout(result);
  if (chance(15))
    result.soft_timeout = chance(50) ? between(1, 20) : between(20, 200);
  result.busy = one_of({when_busy::fail, when_busy::wait, when_busy::wait});
  if (chance(25))
    result.max_wait = between(1, 500);
  return result;
}

void planner::shorten_timeout(call_plan& what) {
  what.timeout = chance(20) ? between(1, 50) : between(100, 1200);
}

/// Has some customer take something back, soon.
void planner::cancel_some(milliseconds at, const call_plan& target,
                          uint64_t percent) {
  while (chance(percent)) {
    at += chance(50) ? between(0, 3) : between(0, 200);
    next_.steps.push_back(
      {at, draw(prober),
       cancel_order{{.number = ++last_number_}, target.number}});
    percent = 20;
  }
}

void planner::add_call(milliseconds at, size_t customer) {
  auto n = chance(2) ? 300 : chance(20) ? 1 + draw(15) : 1;
  for (; n > 0; --n) {
    auto what = draw_call();
    next_.steps.push_back({at, customer, call_order{what, false, chance(5)}});
    cancel_some(at, what, 12);
  }
}

void planner::add_probes(milliseconds at) {
  for (auto n = 1 + draw(25); n > 0; --n) {
    auto what = draw_call();
    if (!returns(what.what))
      what.what = deed::return_;
    what.busy = when_busy::wait;
    next_.steps.push_back({at, prober, call_order{what, true, false}});
    cancel_some(at, what, 3);
  }
}

void planner::add_lease(milliseconds at, size_t customer) {
  lease_order what;
  what.lease = draw_call();
  for (auto n = draw(5); n > 0; --n) {
    what.runs.push_back(draw_call());
    cancel_some(at + between(0, 100), what.runs.back(), 5);
  }
  what.together = chance(40);
  what.release = what.runs.empty() || chance(40);
  cancel_some(at, what.lease, 10);
  next_.steps.push_back({at, customer, std::move(what)});
}

void planner::add_batch(milliseconds at, size_t customer) {
  batch_order what;
  what.batch = draw_call();
  for (auto n = 1 + draw(current_.options.max_children + 1); n > 0; --n)
    what.runs.push_back(draw_call());
  next_.steps.push_back({at, customer, std::move(what)});
}

void planner::add_map(milliseconds at, size_t customer) {
  map_order what;
  what.map = draw_call();
  what.map.timeout = ample;
  what.snakes = chance(50) ? 0 : 1 + draw(4);
  for (auto n = draw(chance(10) ? 400 : 40); n > 0; --n) {
    what.items.push_back(draw_call());
    auto& item = what.items.back();
    // Two thirds of the deeds that end a snake are for other calls.
    if (item.what >= deed::segv && chance(66))
      item.what = deed::return_;
    if (hangs(item.what))
      what.map.timeout = between(200, 600);
    if (item.length > 10ms)
      item.length = 1ms;
  }
  if (next_.faulty)
    what.map.timeout = std::min(what.map.timeout, between(300, 1500));
  cancel_some(at, what.map, 15);
  next_.steps.push_back({at, customer, std::move(what)});
}

// -- faults -------------------------------------------------------------------

void planner::add_fault(milliseconds at) {
  fault_order what;
  auto kind = draw(100);
  if (kind < 30)
    what.what = fault::kill_snake;
  else if (kind < 50)
    what.what = fault::stop_snake;
  else if (kind < 60)
    what.what = fault::kill_descendant;
  else if (kind < 64)
    what.what = fault::kill_zygote;
  else if (kind < 70)
    what.what = fault::stop_zygote;
  else if (kind < 85)
    what.what = fault::slay;
  else if (kind < 92)
    what.what = fault::clean;
  else if (kind < 96)
    what.what = fault::starve;
  else
    what.what = fault::load;
  what.choice = random_();
  what.length = chance(70) ? between(1, 300) : between(300, 2000);
  next_.steps.push_back({at, 0, what});
}

} // namespace venomous::chaos
