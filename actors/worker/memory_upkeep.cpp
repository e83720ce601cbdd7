#include "actors/worker/memory_upkeep.hpp"

#include <utility>

namespace venomous {

namespace {

// The memory of long frames stays warm if they come more often than this.
constexpr auto trim_after = std::chrono::seconds(10);

// Python drops most of the memory lent to it once it has sent the result, and
// does not tell when. What it keeps for longer is looked for less and less
// often.
constexpr auto first_look_after = std::chrono::milliseconds(1);

} // namespace

memory_upkeep::memory_upkeep(event_loop& loop, connection& of,
                             std::function<bool()> is_idle)
  : connection_(of),
    is_idle_(std::move(is_idle)),
    look_(loop, [this] { look(); }),
    trim_(loop, [this] { trim(); }) {
  // nop
}

void memory_upkeep::on_answered() {
  if (connection_.holds_memory())
    trim_.set(event_loop::clock::now() + trim_after);
  auto lent = connection_.lent();
  if (lent != known_lent_)
    look_after_ = first_look_after;
  known_lent_ = lent;
  schedule_look();
}

void memory_upkeep::shut_down() {
  look_.cancel();
  trim_.cancel();
}

/// Frees what Python has dropped.
void memory_upkeep::look() {
  connection_.drain();
  look_after_ *= 2;
  known_lent_ = connection_.lent();
  schedule_look();
}

void memory_upkeep::schedule_look() {
  if (known_lent_ > 0 && look_after_ < trim_after)
    look_.set_at_latest(event_loop::clock::now() + look_after_);
}

/// Frees the memory of long frames as soon as nobody uses any.
void memory_upkeep::trim() {
  // Frees what Python has dropped, even while a call runs.
  connection_.drain();
  if (!is_idle_() || !connection_.trim())
    trim_.set(event_loop::clock::now() + trim_after);
}

} // namespace venomous
