#include "actors/manager/snake_manager.hpp"

#include "actors/mapper/snake_mapper.hpp"
#include "actors/supervisor/snake_supervisor.hpp"

#include "python_bridge/os/process_table.hpp"

#include <algorithm>
#include <utility>

namespace venomous {

namespace {

using phase = roster::phase;

// Longer arguments gain nothing from being sent ahead, and would stay in the
// way if the call is taken back.
constexpr size_t max_size_ahead = size_t{64} * 1024;

// Those of short calls need not be looked at after each of them.
constexpr auto inspection_of_busy = std::chrono::milliseconds(10);

// Work ends in a dozen ways. It costs nothing to look now and then.
constexpr auto drain_interval = std::chrono::milliseconds(10);

constexpr auto pool_is_ending = "the pool is ending";

caf::error shutting_down() {
  return caf::error{errc::shutting_down, std::string{pool_is_ending}};
}

caf::error gone(snake_id id) {
  return caf::error{errc::python_died,
                    "snake " + std::to_string(id) + " was slain"};
}

} // namespace

snake_manager::snake_manager(caf::actor_config& cfg, pool_context_ptr context,
                             pool_options options)
  : pool_actor(cfg, std::move(context), errc::shutting_down),
    options_(std::move(options)),
    memory_of_maps_(options_.max_queue_mb),
    wear_(options_) {
  // nop
}

const char* snake_manager::name() const {
  return "snake_manager";
}

std::set<std::string> snake_manager::message_types() const {
  return home_system().message_types<snake_manager_actor>();
}

caf::behavior snake_manager::start() {
  set_down_handler([this](caf::down_msg& msg) { on_down(msg); });
  supervisor_ = caf::actor_cast<snake_supervisor_actor>(
    system().spawn<snake_supervisor, caf::hidden>(
      pool(), options_, caf::actor_cast<snake_manager_inner>(this)));
  monitor(supervisor_);
  arm_cleaner();
  if (wear_.comes_with_time())
    arm_inspector();
  replenish();
  snake_manager_inner::behavior_type result{
    // Requests of callers.
    [this](python_atom, snake_args& args,
           const python_options& options) -> caf::result<value> {
      if (draining())
        return shutting_down();
      auto caller = current_sender();
      on_run(make_response_promise(), std::move(args), options,
             std::move(caller));
      return caf::delegated<value>{};
    },
    [this](python_map_atom, map_args& args, const map_options& options) {
      return on_python_map(std::move(args), options);
    },
    [this](retrieve_snake_atom, const python_options& options) {
      return on_retrieve(options);
    },
    [this](get_snakes_ready_atom, size_t n) { return on_get_snakes_ready(n); },
    [this](release_snake_atom, const snake& leased) -> caf::result<bool> {
      release(leased);
      return caf::delegated<bool>{};
    },
    [this](slay_python_worker_atom, const snake& victim,
           termination_style style) { return slay(victim, style); },
    [this](list_alive_snakes_atom) { return list_alive_snakes(); },
    [this](clean_inactive_snakes_atom) { return clean_inactive_snakes(); },
    [this](cancel_atom, call_token token) { return cancel(token); },
    [this](drain_atom, caf::timespan patience) { return drain(patience); },
    // What the mappers ask for.
    [this](run_atom, job& what,
           const python_options& options) -> caf::result<value> {
      auto caller = current_sender();
      on_run(make_response_promise(), std::move(what), options,
             std::move(caller));
      return caf::delegated<value>{};
    },
    // What the supervisor and the workers tell.
    [this](ready_atom, snake_id id, snake_worker_actor& worker,
           int32_t os_pid) { on_ready(id, std::move(worker), os_pid); },
    [this](failed_atom, snake_id id, const std::string& why,
           caf::timespan retry) { on_failed(id, why, retry); },
    [this](scarce_atom, snake_id id, const std::string& why,
           caf::timespan retry) { on_scarce(id, why, retry); },
    [this](lost_atom, snake_id id) { on_lost(id); },
    [this](busy_atom, snake_id id, const caf::strong_actor_ptr& caller,
           call_token token) { on_busy(id, caller, token); },
    [this](idle_atom, snake_id id, uint32_t answered, uint32_t window,
           bool leased) { on_idle(id, answered, window, leased); },
    [this](ending_atom, snake_id id) { on_ending(id); },
    [this](keeps_atom, snake_id id, bool keeps) {
      if (auto what = snakes_.find(id))
        what->keeps = keeps;
    },
    [this](hand_back_atom, snake_id id, job& what,
           const python_options& options,
           const call_ticket& ticket) -> caf::result<value> {
      auto caller = current_sender();
      auto homes = homes_of(what);
      auto memory = pool()->waiting.take(what);
      hand_back(id, {seeker::call_request{make_response_promise(),
                                          std::move(what), options},
                     std::move(caller), options.busy, options.token,
                     homes.empty() ? 0 : homes[0], ticket, std::move(memory)});
      return caf::delegated<value>{};
    },
    [this](dropped_atom, snake_id id, place where) { on_dropped(id, where); },
  };
  return std::move(result.unbox());
}

bool snake_manager::redirect(caf::response_promise promise,
                             const caf::message& content) {
  if (!content.match_elements<python_atom, snake_args, python_options>()
      && !content.match_elements<python_map_atom, map_args, map_options>()
      && !content.match_elements<retrieve_snake_atom, python_options>()
      && !content.match_elements<hand_back_atom, snake_id, job, python_options,
                                 call_ticket>())
    return false;
  promise.deliver(
    caf::error{errc::shutting_down, std::string{"the pool has ended"}});
  return true;
}

void snake_manager::shut_down() {
  cleaner_.cancel();
  inspector_.cancel();
  retry_.cancel();
  drain_watch_.cancel();
  auto left = is_anything_left();
  for (auto& promise : std::exchange(drains_, {}))
    promise.deliver(!left);
  while (!line_.empty()) {
    auto whom = line_.take_first();
    refuse(whom, errc::shutting_down, pool_is_ending);
  }
  for (auto& [id, waiting] : at_home_)
    while (!waiting.empty()) {
      auto whom = waiting.take_first();
      refuse(whom, errc::shutting_down, pool_is_ending);
    }
  at_home_.clear();
  for (auto& [mapper, map] : maps_)
    send_exit(mapper, caf::exit_reason::user_shutdown);
  maps_.clear();
  for (auto& [id, what] : snakes_.members())
    send(what.worker, abandon_atom{}, shutting_down(), options_.style);
  for (auto& caller : snakes_.clear())
    demonitor(caller);
  // Without a supervisor nobody else would end the loop.
  if (!supervisor_)
    return loop().stop();
  send(supervisor_, stop_atom{});
  supervisor_ = nullptr;
}

// -- requests of callers ------------------------------------------------------

void snake_manager::on_run(caf::response_promise promise, job what,
                           const python_options& options,
                           caf::strong_actor_ptr caller) {
  if (auto err = check(options))
    return promise.deliver(std::move(err));
  if (auto err = check_size(what, options_.max_frame_mb))
    return promise.deliver(std::move(err));
  auto homes = homes_of(what);
  if (homes.size() > 1)
    return promise.deliver(
      caf::error{errc::unencodable, "the arguments are kept by snake "
                                      + std::to_string(homes[0]) + " and snake "
                                      + std::to_string(homes[1])});
  ask({seeker::call_request{std::move(promise), std::move(what), options},
       std::move(caller), options.busy, options.token,
       homes.empty() ? 0 : homes[0]},
      options.max_wait);
}

caf::result<map_results> snake_manager::on_python_map(
  map_args args, const map_options& options) {
  if (draining())
    return shutting_down();
  if (auto err = check(options))
    return err;
  if (args.size() == 0)
    return map_results{};
  if (auto why = memory_of_maps_.refusal({&args.items()}, "items");
      !why.empty())
    return caf::error{errc::queue_full, std::move(why)};
  auto mapper = caf::actor_cast<snake_mapper_actor>(
    system().spawn<snake_mapper, caf::hidden>(
      pool(), caf::actor_cast<snake_manager_inner>(this), options_));
  maps_.emplace(
    mapper, running_map{options.token, memory_of_maps_.take({&args.items()})});
  watch(mapper.address());
  return delegate(mapper, python_map_atom_v, std::move(args), options);
}

caf::result<snake> snake_manager::on_retrieve(const python_options& options) {
  auto caller = current_sender();
  if (!caller)
    return caf::error{errc::bad_options, std::string{"a lease needs a holder"}};
  if (draining())
    return shutting_down();
  if (auto err = check(options))
    return err;
  ask({seeker::lease_request{make_response_promise<snake>()}, std::move(caller),
       options.busy, options.token},
      options.max_wait);
  return caf::delegated<snake>{};
}

caf::result<std::vector<snake>> snake_manager::on_get_snakes_ready(size_t n) {
  auto caller = current_sender();
  if (!caller)
    return caf::error{errc::bad_options, std::string{"a lease needs a holder"}};
  if (draining())
    return shutting_down();
  auto all = std::make_shared<seeker::batch>();
  all->promise = make_response_promise<std::vector<snake>>();
  n = std::min(n, options_.max_children);
  for (size_t i = 0; i < n; ++i)
    ask({seeker::batch_request{all}, caller, when_busy::fail}, forever);
  return caf::delegated<std::vector<snake>>{};
}

void snake_manager::release(const snake& leased) {
  // The worker knows whether a run of the lease is under way.
  auto promise = make_response_promise<bool>();
  auto what = snakes_.find_serving(leased.id);
  if (what && leased.worker == what->worker)
    promise.delegate(what->worker, release_snake_atom_v, leased);
  else
    promise.deliver(false);
}

bool snake_manager::slay(const snake& victim, termination_style style) {
  auto what = snakes_.find(victim.id);
  if (!what || what->where == phase::starting || victim.worker != what->worker)
    return false;
  if (what->where == phase::ending) {
    send(what->worker, abandon_atom{}, gone(victim.id), style);
    return false;
  }
  end(*what, gone(victim.id), style);
  replenish();
  return true;
}

std::vector<snake_info> snake_manager::list_alive_snakes() const {
  std::vector<snake_info> result;
  for (auto& [id, what] : snakes_.members()) {
    if (what.where != phase::serving)
      continue;
    auto& info = result.emplace_back();
    info.id = id;
    info.worker = caf::actor_cast<snake_worker_actor>(what.worker);
    info.os_pid = what.os_pid;
    info.status = what.status;
    info.last_update = what.last_update;
    info.calls_done = what.calls_done;
    info.resident_memory = resident_memory(what.os_pid);
  }
  return result;
}

size_t snake_manager::clean_inactive_snakes() {
  auto now = event_loop::clock::now();
  // Those used last are at the end.
  auto idle = snakes_.ready();
  size_t cleared = 0;
  for (auto id : idle) {
    if (snakes_.in_service() <= options_.perpetual_workers)
      break;
    auto& what = *snakes_.find(id);
    if (what.keeps || now - what.idle_since < options_.snake_ttl)
      continue;
    end(what, {}, options_.style);
    ++cleared;
  }
  return cleared;
}

caf::result<bool> snake_manager::drain(caf::timespan patience) {
  auto end = end_of(patience);
  if (end && (!drain_end_ || *end < *drain_end_))
    drain_end_ = end;
  drains_.push_back(make_response_promise<bool>());
  drain_watch_ = event_loop::timer{loop(), event_loop::clock::now(), [this] {
                                     look_whether_drained();
                                   }};
  return caf::delegated<bool>{};
}

void snake_manager::look_whether_drained() {
  auto now = event_loop::clock::now();
  if (!is_anything_left() || (drain_end_ && now >= *drain_end_))
    return quit_now(caf::exit_reason::user_shutdown);
  drain_watch_ = event_loop::timer{loop(), now + drain_interval, [this] {
                                     look_whether_drained();
                                   }};
}

/// Whether somebody waits for an answer, or holds a lease.
bool snake_manager::is_anything_left() const {
  return !line_.empty() || !maps_.empty()
         || std::ranges::any_of(
           at_home_, [](auto& entry) { return !entry.second.empty(); })
         || std::ranges::any_of(snakes_.members(), [](auto& entry) {
              auto& what = entry.second;
              return !what.runs.empty()
                     || (what.where == phase::serving && what.lease != 0);
            });
}

caf::result<bool> snake_manager::cancel(call_token token) {
  if (token == 0)
    return false;
  if (cancel_in_line(token))
    return true;
  auto map =
    std::ranges::find(maps_, token, [](auto& x) { return x.second.token; });
  if (map != maps_.end())
    return delegate(map->first, cancel_atom_v, token);
  ask_workers(token, make_response_promise<bool>());
  return caf::delegated<bool>{};
}

/// Has the worker that runs a call take it back.
void snake_manager::ask_workers(call_token token,
                                caf::typed_response_promise<bool> promise) {
  struct question {
    caf::typed_response_promise<bool> promise;
    size_t unanswered;
    bool found = false;

    /// The end of this actor ends its requests, in the midst of which it must
    /// not make new ones.
    ~question() {
      if (promise.pending())
        promise.deliver(false);
    }
  };
  auto workers = whose_run_may_be(token);
  if (workers.empty())
    return cancel_other(token, std::move(promise));
  auto asked = std::make_shared<question>(std::move(promise), workers.size());
  auto conclude = [this, token, asked](bool found) {
    asked->found |= found;
    if (--asked->unanswered > 0)
      return;
    if (asked->found)
      asked->promise.deliver(true);
    else
      cancel_other(token, std::move(asked->promise));
  };
  for (auto& worker : workers)
    request(worker, caf::infinite, cancel_atom_v, token)
      .then(conclude, [conclude](const caf::error&) { conclude(false); });
}

/// Takes back what is no run. Or was one: a snake that dies may have handed it
/// back while its worker was asked.
void snake_manager::cancel_other(call_token token,
                                 caf::typed_response_promise<bool> promise) {
  if (cancel_in_line(token))
    promise.deliver(true);
  else if (auto run = snakes_.find_run(token);
           run && run->where == phase::serving)
    // It has moved there meanwhile.
    ask_workers(token, std::move(promise));
  else if (auto what = snakes_.find_lease(token);
           what && what->where == phase::serving)
    promise.delegate(what->worker, release_snake_atom_v, what->leased());
  else
    promise.deliver(false);
}

bool snake_manager::cancel_in_line(call_token token) {
  auto cancel_in = [&](waiting_line& from) {
    auto where = from.find(token);
    if (where)
      leave_line(from, *where, errc::cancelled, "the call was taken back");
    return where.has_value();
  };
  return cancel_in(line_) || std::ranges::any_of(at_home_, [&](auto& entry) {
           return cancel_in(entry.second);
         });
}

/// Returns who runs the call or, as long as that is not known, who may have it
/// among the runs of its lease.
std::vector<snake_worker_inner> snake_manager::whose_run_may_be(
  call_token token) {
  for (auto what : {snakes_.find_run(token), snakes_.find_lease(token)})
    if (what)
      return {what->worker};
  std::vector<snake_worker_inner> result;
  for (auto& [id, what] : snakes_.members())
    if (what.where == phase::serving && what.lease != 0)
      result.push_back(what.worker);
  return result;
}

// -- the line -----------------------------------------------------------------

void snake_manager::ask(seeker whom, caf::timespan max_wait) {
  whom.ticket = {++last_place_, end_of(max_wait)};
  if (whom.caller)
    watch(caf::actor_cast<caf::actor_addr>(whom.caller));
  if (whom.home != 0)
    return ask_home(std::move(whom));
  if (line_.empty()) {
    if (!snakes_.ready().empty())
      return give(std::move(whom));
    if (auto what = room_for(whom))
      return run_on(*what, std::move(whom));
  }
  auto certain = places_to_come();
  if (whom.busy == when_busy::fail) {
    // Everybody in line gets one of those that come before this caller does.
    if (certain <= line_.size() && !why_scarce_.empty())
      return refuse(whom, errc::start_failed, why_scarce_);
    if (certain <= line_.size())
      return refuse(whom, errc::no_snake,
                    "all snakes are busy and there are "
                      + std::to_string(snakes_.size()) + " of max-children="
                      + std::to_string(options_.max_children));
  } else if (line_.size() >= options_.max_queue + certain) {
    return refuse_full(whom, options_.max_queue);
  }
  // A caller that gets one of the snakes to come would not wait if they were
  // there.
  if (line_.size() >= certain && !finds_memory(whom))
    return;
  stand_in_line(std::move(whom));
  replenish();
}

/// Counts the arguments of a call as long as it waits, or refuses the call.
bool snake_manager::finds_memory(seeker& whom) {
  auto call = std::get_if<seeker::call_request>(&whom.what);
  if (!call)
    return true;
  if (auto why = pool()->waiting.refusal(call->what); !why.empty()) {
    refuse(whom, errc::queue_full, why);
    return false;
  }
  whom.memory = pool()->waiting.take(call->what);
  return true;
}

void snake_manager::stand_in_line(seeker whom) {
  auto& line = line_of(whom);
  if (auto patience = whom.ticket.patience)
    whom.patience = event_loop::timer{
      loop(), *patience, [this, &line, where = whom.ticket.where] {
        leave_line(line, where, errc::no_snake,
                   "no snake became free within max_wait");
      }};
  line.put(std::move(whom));
}

waiting_line& snake_manager::line_of(const seeker& whom) {
  return whom.home == 0 ? line_ : at_home_[whom.home];
}

void snake_manager::leave_line(waiting_line& from, place where, errc code,
                               const std::string& why) {
  auto whom = from.take(where);
  refuse(whom, code, why);
}

/// Puts a call back that its snake did not begin.
void snake_manager::hand_back(snake_id id, seeker whom) {
  if (whom.caller)
    watch(caf::actor_cast<caf::actor_addr>(whom.caller));
  auto where = whom.ticket.where;
  if (whom.home != 0 && !snakes_.find_serving(whom.home))
    ask_home(std::move(whom));
  else
    stand_in_line(std::move(whom));
  on_dropped(id, where);
  replenish();
}

void snake_manager::on_dropped(snake_id id, place where) {
  auto what = snakes_.find(id);
  if (!what)
    return;
  auto had_calls = wear::has_had_calls(*what);
  snakes_.drop_call(*what, where);
  if (had_calls && !wear::has_had_calls(*what))
    snakes_.set_spent(*what, false);
  if (what->where == phase::serving && what->lease == 0 && what->runs.empty()
      && what->status == snake_status::busy)
    return make_ready(*what);
  serve();
}

void snake_manager::serve() {
  for (;;) {
    if (serve_home())
      continue;
    if (line_.empty())
      return;
    if (!snakes_.ready().empty())
      give(line_.take_first());
    else if (auto what = room_for(line_.first()))
      run_on(*what, line_.take_first());
    else
      return;
  }
}

/// Gives the snake that was used last.
void snake_manager::give(seeker to) {
  auto& what = snakes_.take_ready();
  if (std::holds_alternative<seeker::call_request>(to.what)) {
    run_on(what, std::move(to));
  } else if (auto lease = std::get_if<seeker::lease_request>(&to.what)) {
    lease->promise.deliver(lease_out(what, to));
  } else {
    auto& all = std::get<seeker::batch_request>(to.what).of;
    all->snakes.push_back(lease_out(what, to));
  }
}

/// @pre `whom` asks for a call.
void snake_manager::run_on(roster::member& what, seeker whom) {
  begin_call(what, {whom.ticket.where,
                    caf::actor_cast<caf::actor_addr>(whom.caller), whom.token});
  auto& call = std::get<seeker::call_request>(whom.what);
  call.promise.delegate(what.worker, run_atom{}, std::move(call.what),
                        call.options, whom.ticket);
}

/// Returns a busy snake whose calls are short enough for one more, unless it is
/// better to wait for a snake that starts.
roster::member* snake_manager::room_for(const seeker& whom) {
  auto call = std::get_if<seeker::call_request>(&whom.what);
  if (!call || whom.busy == when_busy::fail || places_to_come() > 0
      || !fits_ahead(whom))
    return nullptr;
  return snakes_.find_room();
}

/// Returns whether a call may be sent ahead to a busy snake.
bool snake_manager::fits_ahead(const seeker& whom) {
  auto& call = std::get<seeker::call_request>(whom.what);
  auto patience = whom.ticket.patience;
  return size_of(call.what) <= max_size_ahead
         && (!patience || *patience > event_loop::clock::now());
}

// -- snakes -------------------------------------------------------------------

void snake_manager::begin_call(roster::member& what, roster::run call) {
  snakes_.begin_call(what, std::move(call));
  if (what.spent || !wear::has_had_calls(what))
    return;
  snakes_.set_spent(what, true);
  replenish();
}

void snake_manager::on_ready(snake_id id, snake_worker_actor worker,
                             int32_t os_pid) {
  auto what = snakes_.find(id);
  if (!what)
    return;
  what->worker = caf::actor_cast<snake_worker_inner>(worker);
  what->os_pid = os_pid;
  by_worker_.emplace(worker.address(), id);
  monitor(worker);
  if (what->where != phase::starting)
    return;
  snakes_.serve(*what);
  wear_.allot(*what);
  if (id == successor_)
    on_successor_ready(*what);
  if (what->where == phase::serving)
    make_ready(*what);
  replace_worn();
}

void snake_manager::on_failed(snake_id id, const std::string& why,
                              caf::timespan retry) {
  snakes_.remove(id);
  if (id == successor_)
    on_successor_failed(retry);
  // As long as some snake lives or makes room for another one, callers have
  // something to wait for.
  auto hopeless = snakes_.size() == 0;
  auto certain = snakes_.count(phase::starting) + snakes_.count(phase::ending);
  std::vector<place> refused;
  size_t ahead = 0;
  for (auto& [where, whom] : line_.seekers()) {
    if (hopeless || (whom.busy == when_busy::fail && ahead >= certain))
      refused.push_back(where);
    else
      ++ahead;
  }
  for (auto where : refused)
    leave_line(line_, where, errc::start_failed, why);
  retry_ = event_loop::timer{
    loop(),
    event_loop::clock::now()
      + std::chrono::duration_cast<event_loop::clock::duration>(retry),
    [this] {
      most_snakes_ = options_.max_children;
      why_scarce_.clear();
      replenish();
    }};
}

/// Goes on, until the next try, as if there might be no more snakes than there
/// are.
void snake_manager::on_scarce(snake_id id, const std::string& why,
                              caf::timespan retry) {
  on_failed(id, why, retry);
  most_snakes_ = std::min(most_snakes_, snakes_.size());
  why_scarce_ = why;
}

void snake_manager::on_lost(snake_id id) {
  snakes_.remove(id);
  if (id == successor_)
    on_successor_failed({});
  replenish();
}

void snake_manager::on_busy(snake_id id, const caf::strong_actor_ptr& caller,
                            call_token token) {
  auto what = snakes_.find_serving(id);
  if (!what)
    return;
  auto addr = caf::actor_cast<caf::actor_addr>(caller);
  if (addr)
    watch(addr);
  begin_call(*what, {0, std::move(addr), token});
}

void snake_manager::on_idle(snake_id id, uint32_t answered, uint32_t window,
                            bool leased) {
  auto what = snakes_.find_serving(id);
  if (!what)
    return;
  snakes_.end_calls(*what, answered, window);
  note_wear(*what, inspection_of_busy);
  if (!leased && what->runs.empty())
    return make_ready(*what);
  serve();
  share_out();
}

void snake_manager::on_ending(snake_id id) {
  auto what = snakes_.find(id);
  if (!what || what->where == phase::ending)
    return;
  auto served = what->where == phase::serving;
  snakes_.retire(*what);
  on_home_gone(id);
  // One that never came up is replaced when the supervisor has told why.
  if (served)
    replenish();
}

/// @pre it is serving.
void snake_manager::end(roster::member& what, caf::error why,
                        termination_style style) {
  snakes_.retire(what);
  on_home_gone(what.id);
  send(what.worker, abandon_atom{}, std::move(why), style);
}

void snake_manager::make_ready(roster::member& what) {
  snakes_.make_ready(what);
  if (what.spent)
    return relieve(what);
  serve();
  share_out();
}

/// Has calls that wait behind a longer one run on a snake that has none.
void snake_manager::share_out() {
  if (!line_.empty() || snakes_.ready().empty())
    return;
  if (auto what = snakes_.find_ahead())
    send(what->worker, yield_atom{});
}

snake snake_manager::lease_out(roster::member& what, const seeker& to) {
  snakes_.lease(what, caf::actor_cast<caf::actor_addr>(to.caller), to.token);
  send(what.worker, lease_atom{}, what.lease);
  return what.leased();
}

/// Starts what is short, as far as there may be more.
void snake_manager::replenish() {
  auto room = most_snakes_ > snakes_.size() ? most_snakes_ - snakes_.size() : 0;
  for (auto n = std::min(short_of(), room); n > 0; --n)
    send(supervisor_, start_snake_atom{}, snakes_.add());
  replace_worn();
}

/// Counts the snakes to start: one for each in line, and the perpetual ones.
size_t snake_manager::short_of() const {
  auto starting = snakes_.count(phase::starting);
  auto result = line_.size() > starting ? line_.size() - starting : 0;
  auto perpetual = draining() ? 0 : options_.perpetual_workers;
  if (snakes_.staying() < perpetual)
    result = std::max(result, perpetual - snakes_.staying());
  return result;
}

/// Counts the snakes that are sure to come: those that start, and those that
/// can be started, now or when one that is ending makes place.
size_t snake_manager::places_to_come() {
  auto most = most_snakes_ + (relieved() ? 1 : 0);
  auto serving = snakes_.count(phase::serving);
  return most > serving ? most - serving : 0;
}

// -- callers ------------------------------------------------------------------

/// Monitors a caller from its first request on.
void snake_manager::watch(const caf::actor_addr& caller) {
  if (snakes_.add_caller(caller))
    monitor(caller);
}

void snake_manager::on_down(const caf::down_msg& msg) {
  if (auto i = by_worker_.find(msg.source); i != by_worker_.end()) {
    auto id = i->second;
    by_worker_.erase(i);
    snakes_.remove(id);
    on_home_gone(id);
    replenish();
  } else if (msg.source == supervisor_.address()) {
    // Without it there is no pool.
    quit(msg.reason);
  } else {
    on_caller_down(msg.source);
  }
}

void snake_manager::on_caller_down(const caf::actor_addr& caller) {
  std::erase_if(maps_, [&](auto& x) { return x.first.address() == caller; });
  line_.drop(caller);
  for (auto& [id, waiting] : at_home_)
    waiting.drop(caller);
  for (auto id : snakes_.remove_caller(caller)) {
    auto what = snakes_.find_serving(id);
    if (!what)
      continue;
    if (what->status == snake_status::retrieved)
      send(what->worker, release_snake_atom_v, what->leased());
    else if (what->lease == 0)
      send(what->worker, forsaken_atom{}, caller);
    else
      // Nobody wants the result: the place is worth more.
      end(*what,
          caf::error{errc::snake_gone, what->holder == caller
                                         ? "the holder of the lease is gone"
                                         : "the caller is gone"},
          termination_style::brutal);
  }
  serve();
  replenish();
}

void snake_manager::arm_cleaner() {
  cleaner_ = event_loop::timer{
    loop(), event_loop::clock::now() + options_.cleaner_interval, [this] {
      clean_inactive_snakes();
      arm_cleaner();
    }};
}

} // namespace venomous
