#include "actors/manager/population.hpp"

#include <algorithm>

namespace venomous {

population::population(event_loop& loop, const pool_options& options,
                       roster& snakes, waiting_requests& waiting,
                       const drain& drain, snake_commands& commands)
  : options_(options),
    loop_(loop),
    snakes_(snakes),
    waiting_(waiting),
    drain_(drain),
    commands_(commands),
    limit_(options.max_children) {
  // nop
}

// -- properties ---------------------------------------------------------------

size_t population::shortage() const {
  auto waiting = waiting_.for_any_snake().size();
  auto starting = snakes_.count(snake_phase::starting);
  auto result = waiting > starting ? waiting - starting : 0;
  auto perpetual = drain_.active() ? 0 : options_.perpetual_workers;
  if (snakes_.staying() < perpetual)
    result = std::max(result, perpetual - snakes_.staying());
  return result;
}

size_t population::places_to_come(size_t extra) const {
  auto most = limit_ + extra;
  auto serving = snakes_.count(snake_phase::serving);
  return most > serving ? most - serving : 0;
}

// -- starting -----------------------------------------------------------------

void population::start_missing() {
  auto room = limit_ > snakes_.size() ? limit_ - snakes_.size() : 0;
  for (auto n = std::min(shortage(), room); n > 0; --n)
    start_one();
}

snake_id population::start_one() {
  auto id = snakes_.add();
  commands_.start_snake(id);
  return id;
}

void population::limit_to_present(const std::string& why) {
  limit_ = std::min(limit_, snakes_.size());
  scarcity_ = why;
}

void population::retry_after(caf::timespan delay,
                             std::function<void()> attempt) {
  using clock = event_loop::clock;
  retry_ = event_loop::timer{
    loop_, clock::now() + std::chrono::duration_cast<clock::duration>(delay),
    [this, attempt = std::move(attempt)] {
      limit_ = options_.max_children;
      scarcity_.clear();
      attempt();
    }};
}

// -- ending -------------------------------------------------------------------

void population::retire(pool_member& member) {
  snakes_.retire(member);
  waiting_.refuse_home(member.id);
}

void population::end(pool_member& member, caf::error why,
                     termination_style style) {
  retire(member);
  commands_.end_snake(member, std::move(why), style);
}

size_t population::end_idle() {
  auto now = event_loop::clock::now();
  size_t ended = 0;
  // A copy, because each end changes the list.
  for (auto id : std::list{snakes_.ready()}) {
    if (snakes_.in_service() <= options_.perpetual_workers)
      break;
    auto& member = *snakes_.find(id);
    if (member.keeps || now - member.idle_since < options_.snake_ttl)
      continue;
    end(member);
    ++ended;
  }
  return ended;
}

} // namespace venomous
