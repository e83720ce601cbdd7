#include "actors/manager/replacement.hpp"

#include <algorithm>

namespace venomous {

namespace {

// How long a measurement is good for while short calls follow each other.
constexpr auto busy_interval = std::chrono::milliseconds(10);

constexpr auto idle_interval = std::chrono::seconds(1);

} // namespace

replacement::replacement(event_loop& loop, const pool_options& options,
                         roster& snakes, const request_queue& queue,
                         const drain& drain, population& population)
  : options_(options),
    loop_(loop),
    snakes_(snakes),
    queue_(queue),
    drain_(drain),
    population_(population),
    policy_(options) {
  // nop
}

// -- starting -----------------------------------------------------------------

void replacement::replenish() {
  population_.start_missing();
  start_successor();
}

void replacement::start_successor() {
  prune_due();
  auto is_needed = !due_.empty() || outgoing();
  if (is_needed && successor_ == 0 && snakes_.size() <= population_.limit()
      && may_start_successor())
    successor_ = population_.start_one();
}

bool replacement::may_start_successor() const {
  return !drain_.active() && event_loop::clock::now() >= next_attempt_;
}

void replacement::on_started(pool_member& member) {
  policy_.set_limits(member);
  if (member.id != successor_)
    return;
  auto old = outgoing();
  successor_ = outgoing_ = 0;
  prune_due();
  if (!old)
    old = find_idle_due();
  if (old)
    population_.end(*old);
  else if (!due_.empty())
    snakes_.set_spent(*snakes_.find(due_.front()), true);
  else if (snakes_.size() > population_.limit())
    population_.end(member);
}

pool_member* replacement::on_start_failed(snake_id id, caf::timespan delay) {
  using clock = event_loop::clock;
  if (id != successor_)
    return nullptr;
  auto old = outgoing();
  successor_ = outgoing_ = 0;
  next_attempt_ =
    clock::now() + std::chrono::duration_cast<clock::duration>(delay);
  if (old)
    snakes_.set_spent(*old, false);
  return old;
}

// -- inspections --------------------------------------------------------------

void replacement::start_inspections() {
  if (policy_.needs_inspections())
    next_inspection_ = event_loop::timer{
      loop_, event_loop::clock::now() + idle_interval, [this] {
        inspect_all();
        start_inspections();
      }};
}

void replacement::inspect_all() {
  for (auto& [id, known] : snakes_.members())
    if (auto member = snakes_.find_serving(id))
      inspect(*member, idle_interval / 2);
  start_successor();
}

void replacement::inspect_after_call(pool_member& member) {
  inspect(member, busy_interval);
}

/// Has a snake replaced if it is too old or too large.
void replacement::inspect(pool_member& member,
                          event_loop::clock::duration interval) {
  // Nobody knows when a lease or a long call ends.
  auto is_at_hand =
    member.lease == 0
    && (member.calls.empty() || member.calls_done > member.calls_inspected);
  member.calls_inspected = member.calls_done;
  if (!is_at_hand || member.spent || drain_.active()
      || !policy_.is_due(member, interval)
      || std::ranges::find(due_, member.id) != due_.end())
    return;
  auto is_superfluous = member.status == snake_status::ready && queue_.empty()
                        && snakes_.staying() > options_.perpetual_workers;
  if (is_superfluous)
    return population_.end(member);
  due_.push_back(member.id);
  start_successor();
}

/// Forgets those that are gone or about to go, and those that were leased:
/// nobody knows for how long.
void replacement::prune_due() {
  std::erase_if(due_, [&](snake_id id) {
    auto member = snakes_.find_serving(id);
    return !member || member->spent || member->lease != 0;
  });
}

/// @pre `due_` is pruned.
pool_member* replacement::find_idle_due() {
  for (auto id : due_)
    if (auto member = snakes_.find(id); member->status == snake_status::ready)
      return member;
  return nullptr;
}

// -- snakes without calls -----------------------------------------------------

void replacement::replace_spent(pool_member& member) {
  auto limit = population_.limit();
  // The snake beyond the limit may be this one.
  auto waits = population_.shortage() > 0 && snakes_.size() >= limit
               && snakes_.size() - snakes_.count(snake_phase::ending) <= limit
               && !outgoing() && may_start_successor();
  if (waits)
    outgoing_ = member.id;
  replenish();
  if (!waits)
    population_.end(member);
}

/// Returns the spent snake that waits for its successor.
pool_member* replacement::outgoing() const {
  auto member = snakes_.find_serving(outgoing_);
  return member && member->spent ? member : nullptr;
}

} // namespace venomous
