#include "actors/manager/snake_manager.hpp"

#include <algorithm>

/// @file
/// How the manager replaces snakes that are too old or too large, or have had
/// their calls.

namespace venomous {

namespace {

constexpr auto inspection_of_idle = std::chrono::seconds(1);

} // namespace

/// Has a snake replaced that is too old or too large. It serves until another
/// one is ready.
void snake_manager::note_wear(roster::member& what,
                              event_loop::clock::duration interval) {
  // Of a lease or a long call nobody knows when it ends.
  auto done =
    what.lease == 0 && (what.runs.empty() || what.calls_done > what.calls_seen);
  what.calls_seen = what.calls_done;
  if (!done || what.spent || draining() || !wear_.inspect(what, interval)
      || std::ranges::find(worn_, what.id) != worn_.end())
    return;
  if (what.status == snake_status::ready && line_.empty()
      && snakes_.staying() > options_.perpetual_workers)
    return end(what, {}, options_.style);
  worn_.push_back(what.id);
  replace_worn();
}

/// Forgets those that are gone, will be, or were leased: nobody knows for how
/// long.
void snake_manager::forget_unworn() {
  std::erase_if(worn_, [&](snake_id id) {
    auto what = snakes_.find_serving(id);
    return !what || what->spent || what->lease != 0;
  });
}

/// Starts another snake in place of one that is worn. As long as both are there
/// is one process more than `max-children`.
void snake_manager::replace_worn() {
  forget_unworn();
  if ((worn_.empty() && !relieved()) || successor_ != 0
      || snakes_.size() > most_snakes_ || !may_be_replaced())
    return;
  successor_ = snakes_.add();
  send(supervisor_, start_snake_atom{}, successor_);
}

/// Whether attempts make sense.
bool snake_manager::may_be_replaced() const {
  return !draining() && event_loop::clock::now() >= next_successor_;
}

/// Has a snake go that has had its calls. If its place is needed for the next
/// one it waits for that, unless another one waits already.
void snake_manager::relieve(roster::member& what) {
  auto most = most_snakes_;
  // It may be the one too many itself.
  auto waits = short_of() > 0 && snakes_.size() >= most
               && snakes_.size() - snakes_.count(roster::phase::ending) <= most
               && !relieved() && may_be_replaced();
  if (waits)
    relieved_ = what.id;
  replenish();
  if (!waits)
    end(what, {}, options_.style);
}

/// Has one snake go now that there is one in its place, an idle one if it can
/// be. If there is none any more the new one goes.
void snake_manager::on_successor_ready(roster::member& successor) {
  auto old = relieved();
  successor_ = relieved_ = 0;
  forget_unworn();
  for (auto i = worn_.begin(); !old && i != worn_.end(); ++i)
    if (auto what = snakes_.find(*i); what->status == snake_status::ready)
      old = what;
  if (old)
    end(*old, {}, options_.style);
  else if (!worn_.empty())
    snakes_.set_spent(*snakes_.find(worn_.front()), true);
  else if (snakes_.size() > most_snakes_)
    end(successor, {}, options_.style);
}

/// An old snake is better than none.
void snake_manager::on_successor_failed(caf::timespan retry) {
  using clock = event_loop::clock;
  auto old = relieved();
  successor_ = relieved_ = 0;
  next_successor_ =
    clock::now() + std::chrono::duration_cast<clock::duration>(retry);
  if (old) {
    snakes_.set_spent(*old, false);
    make_ready(*old);
  }
}

/// Returns the snake that waits for one in its place.
roster::member* snake_manager::relieved() {
  auto what = snakes_.find_serving(relieved_);
  return what && what->spent ? what : nullptr;
}

/// Age and size change while a snake has no calls, too.
void snake_manager::arm_inspector() {
  inspector_ = event_loop::timer{
    loop(), event_loop::clock::now() + inspection_of_idle, [this] {
      for (auto& [id, what] : snakes_.members())
        if (auto serving = snakes_.find_serving(id))
          note_wear(*serving, inspection_of_idle / 2);
      replace_worn();
      arm_inspector();
    }};
}

} // namespace venomous
