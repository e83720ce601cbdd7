#include "actors/manager/snake_manager.hpp"

/// @file
/// How calls get to the snake that keeps what their arguments are.

namespace venomous {

namespace {

std::string name_of(snake_id id) {
  return "snake " + std::to_string(id) + ", which keeps an argument,";
}

} // namespace

/// Gives a call to the snake that it has to run on, or lets it wait for that.
void snake_manager::ask_home(seeker whom) {
  auto what = snakes_.find_serving(whom.home);
  if (!what)
    return refuse(whom, errc::snake_gone, name_of(whom.home) + " is gone");
  auto& others = line_of(whom);
  // Who waits for a snake that could be had came before.
  if (others.empty() && can_take(*what, whom)) {
    snakes_.take_ready(*what);
    return run_on(*what, std::move(whom));
  }
  if (whom.busy == when_busy::fail)
    return refuse(whom, errc::no_snake, name_of(whom.home) + " is busy");
  if (others.size() >= options_.max_queue)
    return refuse_full(whom, options_.max_queue);
  if (!finds_memory(whom))
    return;
  stand_in_line(std::move(whom));
}

bool snake_manager::can_take(const roster::member& what, const seeker& whom) {
  if (what.lease != 0 || what.spent)
    return false;
  if (what.status == snake_status::ready)
    return true;
  return whom.busy == when_busy::wait && what.room > 0 && fits_ahead(whom);
}

/// Runs one call on the snake that it waits for. Who came before it and wants
/// any snake gets his first.
/// @returns whether there was one.
bool snake_manager::serve_home() {
  for (auto& [id, waiting] : at_home_) {
    auto what = snakes_.find_serving(id);
    if (!what || waiting.empty())
      continue;
    auto& first = waiting.first();
    auto waits =
      !line_.empty() && line_.first().ticket.where < first.ticket.where;
    if (waits || !can_take(*what, first))
      continue;
    snakes_.take_ready(*what);
    run_on(*what, waiting.take_first());
    return true;
  }
  return false;
}

void snake_manager::on_home_gone(snake_id id) {
  auto node = at_home_.extract(id);
  while (node && !node.mapped().empty()) {
    auto whom = node.mapped().take_first();
    refuse(whom, errc::snake_gone, name_of(id) + " is gone");
  }
}

} // namespace venomous
