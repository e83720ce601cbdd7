#include "actors/manager/dispatcher.hpp"

#include "actors/base/pool_actor.hpp"

#include <utility>
#include <vector>

namespace venomous {

namespace {

// Longer arguments gain nothing from being sent ahead, and would be in the way
// if the call is taken back.
constexpr size_t max_size_ahead = size_t{64} * 1024;

/// Returns whether a request may be sent ahead to a busy snake.
bool fits_ahead(const pending_request& request) {
  auto call = request.call();
  auto patience = request.ticket.patience;
  return call && request.options.busy == when_busy::wait
         && size_of(*call) <= max_size_ahead
         && (!patience || *patience > event_loop::clock::now());
}

/// Returns whether a snake can take a call that has to run there.
bool can_take(const pool_member& member, const pending_request& request) {
  if (member.lease != 0 || member.spent)
    return false;
  return member.status == snake_status::ready
         || (member.has_room() && fits_ahead(request));
}

} // namespace

dispatcher::dispatcher(const pool_options& options, roster& snakes,
                       waiting_requests& waiting, population& population,
                       replacement& replacement, snake_commands& commands)
  : options_(options),
    snakes_(snakes),
    waiting_(waiting),
    population_(population),
    replacement_(replacement),
    commands_(commands) {
  // nop
}

// -- requests -----------------------------------------------------------------

void dispatcher::submit(pending_request request) {
  request.ticket = {++last_position_, end_of(request.options.max_wait)};
  if (request.home != 0)
    return submit_to_home(std::move(request));
  if (waiting_.for_any_snake().empty()) {
    if (!snakes_.ready().empty())
      return give_ready(std::move(request));
    if (auto member = find_room(request))
      return run_on(*member, std::move(request));
  }
  if (!admit(request))
    return;
  waiting_.add(std::move(request));
  replacement_.replenish();
}

void dispatcher::requeue(snake_id id, pending_request request) {
  auto position = request.ticket.position;
  if (request.home != 0 && !snakes_.find_serving(request.home))
    submit_to_home(std::move(request));
  else
    waiting_.add(std::move(request));
  drop_call(id, position);
  replacement_.replenish();
}

void dispatcher::drop_call(snake_id id, place position) {
  auto member = snakes_.find(id);
  if (!member)
    return serve();
  auto had_all_calls = recycling_policy::has_all_calls(*member);
  snakes_.drop_call(*member, position);
  if (had_all_calls && !recycling_policy::has_all_calls(*member))
    snakes_.set_spent(*member, false);
  if (member->phase == snake_phase::serving && member->lease == 0
      && member->calls.empty() && member->status == snake_status::busy)
    return make_ready(*member);
  serve();
}

void dispatcher::refuse_hopeless(const std::string& why) {
  // As long as some snake lives or makes room for another one, callers have
  // something to wait for.
  auto all = snakes_.size() == 0;
  auto places =
    snakes_.count(snake_phase::starting) + snakes_.count(snake_phase::ending);
  auto& queue = waiting_.for_any_snake();
  std::vector<place> hopeless;
  size_t ahead = 0;
  for (auto& [position, request] : queue.requests()) {
    if (all || (request.options.busy == when_busy::fail && ahead >= places))
      hopeless.push_back(position);
    else
      ++ahead;
  }
  for (auto position : hopeless)
    waiting_requests::refuse(queue, position, errc::start_failed, why);
}

void dispatcher::serve() {
  while (serve_home() || serve_any()) {
    // nop
  }
}

// -- snakes -------------------------------------------------------------------

void dispatcher::make_ready(pool_member& member) {
  snakes_.make_ready(member);
  if (member.spent)
    return replacement_.replace_spent(member);
  serve();
  share_out();
}

void dispatcher::add_call(pool_member& member, assigned_call call) {
  snakes_.add_call(member, std::move(call));
  if (member.spent || !recycling_policy::has_all_calls(member))
    return;
  snakes_.set_spent(member, true);
  replacement_.replenish();
}

void dispatcher::finish_calls(pool_member& member, uint32_t n, uint32_t window,
                              bool leased) {
  snakes_.finish_calls(member, n, window);
  replacement_.inspect_after_call(member);
  if (!leased && member.calls.empty())
    return make_ready(member);
  serve();
  share_out();
}

// -- any snake ----------------------------------------------------------------

/// Refuses a request that may not wait.
/// @returns whether it may.
bool dispatcher::admit(pending_request& request) {
  auto waiting = waiting_.for_any_snake().size();
  auto places = places_to_come();
  if (request.options.busy == when_busy::fail) {
    // Each of those that wait already gets one of the snakes to come.
    auto& scarcity = population_.scarcity();
    if (places <= waiting && !scarcity.empty()) {
      request.refuse(errc::start_failed, scarcity);
      return false;
    }
    if (places <= waiting) {
      request.refuse(errc::no_snake, "all snakes are busy and there are "
                                       + std::to_string(snakes_.size())
                                       + " of max-children="
                                       + std::to_string(options_.max_children));
      return false;
    }
  } else if (waiting >= options_.max_queue + places) {
    request.refuse_full(options_.max_queue);
    return false;
  }
  // One that gets a snake to come would not have to wait if that were there.
  return waiting < places || waiting_.reserve_memory(request);
}

size_t dispatcher::places_to_come() const {
  return population_.places_to_come(replacement_.extra_places());
}

/// Serves the first of those that wait for any snake.
/// @returns whether that was possible.
bool dispatcher::serve_any() {
  auto& queue = waiting_.for_any_snake();
  if (queue.empty())
    return false;
  if (!snakes_.ready().empty())
    give_ready(queue.pop());
  else if (auto member = find_room(queue.front()))
    run_on(*member, queue.pop());
  else
    return false;
  return true;
}

/// Returns a busy snake whose calls are short enough for another one, unless it
/// is better to wait for a snake that starts.
pool_member* dispatcher::find_room(const pending_request& request) {
  return places_to_come() == 0 && fits_ahead(request) ? snakes_.find_room()
                                                      : nullptr;
}

/// Has calls that wait behind a longer one run on a snake that has none.
void dispatcher::share_out() {
  if (!waiting_.for_any_snake().empty() || snakes_.ready().empty())
    return;
  if (auto member = snakes_.find_backlog())
    commands_.reclaim_calls(*member);
}

// -- homes --------------------------------------------------------------------

void dispatcher::submit_to_home(pending_request request) {
  auto member = snakes_.find_serving(request.home);
  if (!member)
    return request.refuse(errc::snake_gone, request.home_name() + " is gone");
  auto& queue = waiting_.queue_of(request);
  if (queue.empty() && can_take(*member, request))
    return run_on(*member, std::move(request));
  if (request.options.busy == when_busy::fail)
    return request.refuse(errc::no_snake, request.home_name() + " is busy");
  if (queue.size() >= options_.max_queue)
    return request.refuse_full(options_.max_queue);
  if (waiting_.reserve_memory(request))
    waiting_.add(std::move(request));
}

/// Runs one call on its home. Requests for any snake that came earlier go
/// first.
/// @returns whether there was one.
bool dispatcher::serve_home() {
  auto& others = waiting_.for_any_snake();
  for (auto& [id, queue] : waiting_.by_home()) {
    auto member = snakes_.find_serving(id);
    if (!member || queue.empty() || !can_take(*member, queue.front()))
      continue;
    auto position = queue.front().ticket.position;
    if (!others.empty() && others.front().ticket.position < position)
      continue;
    run_on(*member, queue.pop());
    return true;
  }
  return false;
}

// -- giving -------------------------------------------------------------------

/// Gives the most recently used snake.
void dispatcher::give_ready(pending_request request) {
  auto& member = snakes_.take_ready();
  if (request.call())
    return run_on(member, std::move(request));
  snakes_.lease(member, request.caller(), request.options.token);
  commands_.open_lease(member);
  request.grant(member.leased());
}

/// @pre `request` is a call.
void dispatcher::run_on(pool_member& member, pending_request request) {
  snakes_.take_ready(member);
  add_call(member,
           {request.ticket.position, request.caller(), request.options.token});
  commands_.run_call(member, std::move(request));
}

} // namespace venomous
