#include "plan.hpp"

#include <algorithm>
#include <array>

namespace venomous::chaos {

namespace {

using namespace std::chrono_literals;

// How long a round is under load.
constexpr auto round_length = 3500ms;

// No function that returns takes this long, however busy the machine.
constexpr auto ample = 30'000ms;

} // namespace

std::string to_string(action_kind x) {
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
  return names.at(static_cast<size_t>(x));
}

std::string to_string(fault_kind x) {
  constexpr std::array names{"kill_snake",  "stop_snake",  "kill_descendant",
                             "kill_zygote", "stop_zygote", "slay",
                             "clean",       "starve",      "load"};
  return names.at(static_cast<size_t>(x));
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
    add_operation(at);
  std::ranges::stable_sort(next_.steps, {}, &step::at);
  return std::move(next_);
}

void planner::add_operation(milliseconds at) {
  auto client = draw(prober);
  auto roll = draw(100);
  if (roll < 40)
    add_call(at, client);
  else if (roll < 52)
    add_lease(at, client);
  else if (roll < 57)
    add_batch(at, client);
  else if (roll < 65)
    add_map(at, client);
  else if (roll < 78)
    add_probes(at);
  else if (roll < 82)
    next_.steps.push_back({at, client, list_op{{.number = ++last_number_}}});
  else if (roll < 86)
    next_.steps.push_back({at, num_blocking + draw(num_actors), die_op{}});
  else if (next_.faulty)
    add_fault(at);
}

// -- calls --------------------------------------------------------------------

action_kind planner::draw_action() {
  auto roll = draw(100);
  if (roll < 35)
    return action_kind::return_;
  if (roll < 60)
    return action_kind::sleep;
  if (roll < 68)
    return action_kind::burn;
  // Actions that snakes do not survive are costly.
  if (roll < 70)
    return one_of({action_kind::segv, action_kind::exit, action_kind::killed,
                   action_kind::cut_off, action_kind::crash_with_family});
  if (roll < 72)
    return one_of({action_kind::hang, action_kind::deaf});
  if (roll < 74)
    return action_kind::flood;
  if (roll < 78)
    return one_of({action_kind::daemon, action_kind::family});
  return one_of(
    {action_kind::raise, action_kind::unencodable, action_kind::return_});
}

call_plan planner::draw_call() {
  call_plan result;
  result.number = ++last_number_;
  result.action = draw_action();
  result.length = chance(80) ? between(0, 4) : between(5, 80);
  result.ballast = chance(5) ? 70'000 + draw(200'000) : draw(50);
  result.timeout = ample;
  if (hangs(result.action) || next_.faulty || chance(20))
    shorten_timeout(result);
  if (chance(15))
    result.soft_timeout = chance(50) ? between(1, 20) : between(20, 200);
  result.busy = one_of({when_busy::fail, when_busy::wait, when_busy::wait});
  if (chance(25))
    result.max_wait = between(1, 500);
  return result;
}

void planner::shorten_timeout(call_plan& plan) {
  plan.timeout = chance(20) ? between(1, 50) : between(100, 1200);
}

/// Makes some client cancel `target` soon.
void planner::cancel_some(milliseconds at, const call_plan& target,
                          uint64_t percent) {
  while (chance(percent)) {
    at += chance(50) ? between(0, 3) : between(0, 200);
    next_.steps.push_back(
      {at, draw(prober), cancel_op{{.number = ++last_number_}, target.number}});
    percent = 20;
  }
}

void planner::add_call(milliseconds at, size_t client) {
  auto n = chance(2) ? 300 : chance(20) ? 1 + draw(15) : 1;
  for (; n > 0; --n) {
    auto plan = draw_call();
    next_.steps.push_back({at, client, call_op{plan, false, chance(5)}});
    cancel_some(at, plan, 12);
  }
}

void planner::add_probes(milliseconds at) {
  for (auto n = 1 + draw(25); n > 0; --n) {
    auto plan = draw_call();
    if (!returns(plan.action))
      plan.action = action_kind::return_;
    plan.busy = when_busy::wait;
    next_.steps.push_back({at, prober, call_op{plan, true, false}});
    cancel_some(at, plan, 3);
  }
}

void planner::add_lease(milliseconds at, size_t client) {
  lease_op op;
  op.lease = draw_call();
  for (auto n = draw(5); n > 0; --n) {
    op.runs.push_back(draw_call());
    cancel_some(at + between(0, 100), op.runs.back(), 5);
  }
  op.together = chance(40);
  op.release = op.runs.empty() || chance(40);
  cancel_some(at, op.lease, 10);
  next_.steps.push_back({at, client, std::move(op)});
}

void planner::add_batch(milliseconds at, size_t client) {
  batch_op op;
  op.batch = draw_call();
  for (auto n = 1 + draw(current_.options.max_children + 1); n > 0; --n)
    op.runs.push_back(draw_call());
  next_.steps.push_back({at, client, std::move(op)});
}

void planner::add_map(milliseconds at, size_t client) {
  map_op op;
  op.map = draw_call();
  op.map.timeout = ample;
  op.snakes = chance(50) ? 0 : 1 + draw(4);
  for (auto n = draw(chance(10) ? 400 : 40); n > 0; --n) {
    op.items.push_back(draw_call());
    auto& item = op.items.back();
    // Keep two thirds of the actions that end a snake out of maps.
    if (item.action >= action_kind::segv && chance(66))
      item.action = action_kind::return_;
    if (hangs(item.action))
      op.map.timeout = between(200, 600);
    if (item.length > 10ms)
      item.length = 1ms;
  }
  if (next_.faulty)
    op.map.timeout = std::min(op.map.timeout, between(300, 1500));
  cancel_some(at, op.map, 15);
  next_.steps.push_back({at, client, std::move(op)});
}

// -- faults -------------------------------------------------------------------

void planner::add_fault(milliseconds at) {
  fault_op op;
  auto roll = draw(100);
  if (roll < 30)
    op.kind = fault_kind::kill_snake;
  else if (roll < 50)
    op.kind = fault_kind::stop_snake;
  else if (roll < 60)
    op.kind = fault_kind::kill_descendant;
  else if (roll < 64)
    op.kind = fault_kind::kill_zygote;
  else if (roll < 70)
    op.kind = fault_kind::stop_zygote;
  else if (roll < 85)
    op.kind = fault_kind::slay;
  else if (roll < 92)
    op.kind = fault_kind::clean;
  else if (roll < 96)
    op.kind = fault_kind::starve;
  else
    op.kind = fault_kind::load;
  op.choice = random_();
  op.length = chance(70) ? between(1, 300) : between(300, 2000);
  next_.steps.push_back({at, 0, op});
}

} // namespace venomous::chaos
