#include "actors/snake_manager.hpp"

#include "actors/snake_supervisor.hpp"

#include "python_bridge/process_table.hpp"

#include <algorithm>
#include <utility>

namespace venomous {

namespace {

caf::error gone(snake_id id) {
  return caf::error{errc::python_died,
                    "snake " + std::to_string(id) + " was slain"};
}

} // namespace

snake_manager::snake_manager(caf::actor_config& cfg, pool_context_ptr context,
                             pool_options options)
  : pool_actor(cfg, std::move(context), errc::shutting_down),
    options_(std::move(options)) {
  // nop
}

const char* snake_manager::name() const {
  return "snake_manager";
}

caf::behavior snake_manager::start() {
  set_down_handler([this](caf::down_msg& msg) { on_down(msg); });
  supervisor_ = caf::actor_cast<snake_supervisor_actor>(
    system().spawn<snake_supervisor, caf::hidden>(
      pool(), options_, caf::actor_cast<snake_manager_inner>(this)));
  monitor(supervisor_);
  arm_cleaner();
  replenish();
  snake_manager_inner::behavior_type result{
    // Requests of callers.
    [this](python_atom, snake_args& args,
           const python_options& options) -> caf::result<value> {
      auto caller = current_sender();
      on_python(make_response_promise(), std::move(args), options,
                std::move(caller));
      return caf::delegated<value>{};
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
    // What the supervisor and the workers tell.
    [this](ready_atom, snake_id id, snake_worker_actor& worker,
           int32_t os_pid) { on_ready(id, std::move(worker), os_pid); },
    [this](failed_atom, snake_id id, const std::string& why,
           caf::timespan retry) { on_failed(id, why, retry); },
    [this](lost_atom, snake_id id) {
      remove_member(id);
      replenish();
    },
    [this](busy_atom, snake_id id, const caf::strong_actor_ptr& caller,
           call_token token) { on_busy(id, caller, token); },
    [this](idle_atom, snake_id id, bool leased) { on_idle(id, leased); },
    [this](ending_atom, snake_id id) { on_ending(id); },
    [this](hand_back_atom, snake_args& args, const python_options& options,
           const call_ticket& ticket) -> caf::result<value> {
      auto caller = current_sender();
      hand_back({seeker::call_request{make_response_promise(), std::move(args),
                                      options},
                 std::move(caller), options.busy, options.token, ticket});
      return caf::delegated<value>{};
    },
  };
  return std::move(result.unbox());
}

bool snake_manager::redirect(caf::response_promise promise,
                             const caf::message& content) {
  if (!content.match_elements<python_atom, snake_args, python_options>()
      && !content.match_elements<retrieve_snake_atom, python_options>())
    return false;
  promise.deliver(
    caf::error{errc::shutting_down, std::string{"the pool has ended"}});
  return true;
}

void snake_manager::shut_down() {
  cleaner_.cancel();
  retry_.cancel();
  while (!line_.empty()) {
    auto whom = line_.take_first();
    refuse(whom, errc::shutting_down, "the pool is ending");
  }
  for (auto& [id, what] : members_)
    end(id, caf::error{errc::shutting_down, "the pool is ending"},
        options_.style);
  for (auto& [caller, snakes] : callers_)
    demonitor(caller);
  members_.clear();
  callers_.clear();
  // Without a supervisor nobody else would end the loop.
  if (!supervisor_)
    return loop().stop();
  send(supervisor_, stop_atom{});
  supervisor_ = nullptr;
}

// -- requests of callers ------------------------------------------------------

void snake_manager::on_python(caf::response_promise promise, snake_args args,
                              const python_options& options,
                              caf::strong_actor_ptr caller) {
  if (auto err = check(options))
    return promise.deliver(std::move(err));
  ask({seeker::call_request{std::move(promise), std::move(args), options},
       std::move(caller), options.busy, options.token},
      options.max_wait);
}

caf::result<snake> snake_manager::on_retrieve(const python_options& options) {
  auto caller = current_sender();
  if (!caller)
    return caf::error{errc::bad_options, std::string{"a lease needs a holder"}};
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
  if (auto i = members_.find(leased.id); i != members_.end()
                                         && i->second.where == phase::serving
                                         && leased.worker == i->second.worker)
    promise.delegate(i->second.worker, release_snake_atom_v, leased);
  else
    promise.deliver(false);
}

bool snake_manager::slay(const snake& victim, termination_style style) {
  auto i = members_.find(victim.id);
  if (i == members_.end() || i->second.where == phase::starting
      || victim.worker != i->second.worker)
    return false;
  if (i->second.where == phase::ending) {
    send(i->second.worker, abandon_atom{}, gone(victim.id), style);
    return false;
  }
  end(victim.id, gone(victim.id), style);
  replenish();
  return true;
}

std::vector<snake_info> snake_manager::list_alive_snakes() const {
  std::vector<snake_info> result;
  for (auto& [id, what] : members_) {
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
  auto idle = ready_;
  auto spared = options_.perpetual_workers;
  auto alive = count(phase::serving);
  size_t cleared = 0;
  for (auto id : idle) {
    if (alive - cleared <= spared)
      break;
    if (now - members_.at(id).idle_since < options_.snake_ttl)
      continue;
    end(id, {}, options_.style);
    ++cleared;
  }
  return cleared;
}

caf::result<bool> snake_manager::cancel(call_token token) {
  if (token == 0)
    return false;
  if (cancel_in_line(token))
    return true;
  auto promise = make_response_promise<bool>();
  if (auto i = by_token_.find(token); i != by_token_.end()) {
    auto& what = members_.at(i->second);
    if (what.lease_token == token && what.where == phase::serving) {
      promise.delegate(what.worker, release_snake_atom_v,
                       snake{i->second, what.lease, {}, what.os_pid});
      return caf::delegated<bool>{};
    }
  }
  // The last worker to let go of it answers.
  struct collector {
    snake_manager* self;
    call_token token;
    caf::typed_response_promise<bool> promise;
    bool found = false;

    ~collector() {
      // A snake that dies hands its call back while the question is under way.
      promise.deliver(found || self->cancel_in_line(token));
    }
  };
  auto answers = std::make_shared<collector>(this, token, std::move(promise));
  for (auto& worker : whose_run_may_be(token))
    request(worker, caf::infinite, cancel_atom_v, token)
      .then([answers](bool found) { answers->found |= found; },
            [answers](const caf::error&) {});
  return caf::delegated<bool>{};
}

bool snake_manager::cancel_in_line(call_token token) {
  auto where = line_.find(token);
  if (where)
    leave_line(*where, errc::cancelled, "the call was taken back");
  return where.has_value();
}

/// Returns who runs the call or, as long as that is not known, who may have it
/// among the runs of its lease.
std::vector<snake_worker_inner> snake_manager::whose_run_may_be(
  call_token token) const {
  if (auto i = by_token_.find(token); i != by_token_.end())
    return {members_.at(i->second).worker};
  std::vector<snake_worker_inner> result;
  for (auto& [id, what] : members_)
    if (what.where == phase::serving && what.lease != 0)
      result.push_back(what.worker);
  return result;
}

// -- the line -----------------------------------------------------------------

void snake_manager::ask(seeker whom, caf::timespan max_wait) {
  whom.ticket = {++last_place_, end_of(max_wait)};
  if (whom.caller)
    watch(caf::actor_cast<caf::actor_addr>(whom.caller));
  if (line_.empty() && !ready_.empty())
    return give(std::move(whom));
  if (whom.busy == when_busy::fail) {
    // Everybody in line gets one of those that come before this caller does.
    if (places_to_come() <= line_.size())
      return refuse(whom, errc::no_snake,
                    "all snakes are busy and there are "
                      + std::to_string(members_.size()) + " of max-children="
                      + std::to_string(options_.max_children));
  } else if (line_.size() >= options_.max_queue + places_to_come()) {
    return refuse(whom, errc::queue_full,
                  std::to_string(options_.max_queue)
                    + " callers wait already, as max-queue permits");
  }
  stand_in_line(std::move(whom));
  replenish();
}

void snake_manager::stand_in_line(seeker whom) {
  if (auto patience = whom.ticket.patience)
    whom.patience =
      event_loop::timer{loop(), *patience, [this, where = whom.ticket.where] {
                          leave_line(where, errc::no_snake,
                                     "no snake became free within max_wait");
                        }};
  line_.put(std::move(whom));
}

void snake_manager::leave_line(place where, errc code, const std::string& why) {
  auto whom = line_.take(where);
  refuse(whom, code, why);
}

/// Puts a call back that was never started because its snake died first.
void snake_manager::hand_back(seeker whom) {
  if (whom.caller)
    watch(caf::actor_cast<caf::actor_addr>(whom.caller));
  stand_in_line(std::move(whom));
  serve();
  replenish();
}

void snake_manager::serve() {
  while (!line_.empty() && !ready_.empty())
    give(line_.take_first());
}

/// Gives the snake that was used last.
void snake_manager::give(seeker to) {
  auto id = ready_.back();
  ready_.pop_back();
  auto& what = members_.at(id);
  if (auto call = std::get_if<seeker::call_request>(&to.what)) {
    set_status(what, snake_status::busy);
    set_caller(id, what, caf::actor_cast<caf::actor_addr>(to.caller), to.token);
    call->promise.delegate(what.worker, run_atom{}, std::move(call->args),
                           call->options, to.ticket);
  } else if (auto lease = std::get_if<seeker::lease_request>(&to.what)) {
    lease->promise.deliver(lease_out(id, what, to));
  } else {
    auto& all = std::get<seeker::batch_request>(to.what).of;
    all->snakes.push_back(lease_out(id, what, to));
  }
}

// -- snakes -------------------------------------------------------------------

void snake_manager::on_ready(snake_id id, snake_worker_actor worker,
                             int32_t os_pid) {
  auto i = members_.find(id);
  if (i == members_.end())
    return;
  auto& what = i->second;
  what.worker = caf::actor_cast<snake_worker_inner>(worker);
  what.os_pid = os_pid;
  by_worker_.emplace(worker.address(), id);
  monitor(worker);
  if (what.where == phase::starting) {
    set_phase(what, phase::serving);
    make_ready(id, what);
  }
}

void snake_manager::on_failed(snake_id id, const std::string& why,
                              caf::timespan retry) {
  remove_member(id);
  // As long as some snake lives, whoever waits has something to wait for.
  auto hopeless = count(phase::serving) + count(phase::starting) == 0;
  auto certain = count(phase::starting) + count(phase::ending);
  std::vector<place> refused;
  size_t ahead = 0;
  for (auto& [where, whom] : line_.seekers()) {
    if (hopeless || (whom.busy == when_busy::fail && ahead >= certain))
      refused.push_back(where);
    else
      ++ahead;
  }
  for (auto where : refused)
    leave_line(where, errc::start_failed, why);
  retry_ = event_loop::timer{
    loop(),
    event_loop::clock::now()
      + std::chrono::duration_cast<event_loop::clock::duration>(retry),
    [this] {
      replenish();
    }};
}

void snake_manager::on_busy(snake_id id, const caf::strong_actor_ptr& caller,
                            call_token token) {
  auto i = members_.find(id);
  if (i == members_.end() || i->second.where != phase::serving)
    return;
  auto addr = caf::actor_cast<caf::actor_addr>(caller);
  if (addr)
    watch(addr);
  set_status(i->second, snake_status::busy);
  set_caller(id, i->second, std::move(addr), token);
}

void snake_manager::on_idle(snake_id id, bool leased) {
  auto i = members_.find(id);
  if (i == members_.end() || i->second.where != phase::serving)
    return;
  auto& what = i->second;
  if (what.status == snake_status::busy)
    ++what.calls_done;
  set_caller(id, what, {}, 0);
  if (leased && what.lease != 0)
    set_status(what, snake_status::retrieved);
  else
    make_ready(id, what);
}

void snake_manager::on_ending(snake_id id) {
  auto i = members_.find(id);
  if (i == members_.end() || i->second.where == phase::ending)
    return;
  auto served = i->second.where == phase::serving;
  retire(id, i->second);
  // One that never came up is replaced when the supervisor has told why.
  if (served)
    replenish();
}

void snake_manager::end(snake_id id, caf::error why, termination_style style) {
  auto& what = members_.at(id);
  if (what.where != phase::serving)
    return;
  retire(id, what);
  send(what.worker, abandon_atom{}, std::move(why), style);
}

/// Gives no more calls to a snake.
void snake_manager::retire(snake_id id, member& what) {
  set_phase(what, phase::ending);
  std::erase(ready_, id);
}

void snake_manager::make_ready(snake_id id, member& what) {
  what.lease = 0;
  set_holder(id, what, {}, 0);
  set_status(what, snake_status::ready);
  what.idle_since = event_loop::clock::now();
  ready_.push_back(id);
  serve();
}

snake snake_manager::lease_out(snake_id id, member& what, const seeker& to) {
  what.lease = ++last_lease_;
  set_holder(id, what, caf::actor_cast<caf::actor_addr>(to.caller), to.token);
  set_status(what, snake_status::retrieved);
  send(what.worker, lease_atom{}, what.lease);
  return {id, what.lease, caf::actor_cast<snake_worker_actor>(what.worker),
          what.os_pid};
}

/// Starts what is short: one snake for each in line, and the perpetual ones.
void snake_manager::replenish() {
  auto starting = count(phase::starting);
  auto ending = count(phase::ending);
  auto staying = members_.size() - ending;
  auto wanted = line_.size() > starting ? line_.size() - starting : 0;
  if (staying < options_.perpetual_workers)
    wanted = std::max(wanted, options_.perpetual_workers - staying);
  wanted = std::min(wanted, options_.max_children - members_.size());
  for (size_t i = 0; i < wanted; ++i)
    add_member();
}

/// Counts the snakes that are sure to come: those that start, and those that
/// can be started, now or when one that is ending makes place.
size_t snake_manager::places_to_come() const {
  return options_.max_children - count(phase::serving);
}

// -- members ------------------------------------------------------------------

void snake_manager::add_member() {
  members_.emplace(++last_id_, member{});
  ++count(phase::starting);
  send(supervisor_, start_snake_atom{}, last_id_);
}

void snake_manager::remove_member(snake_id id) {
  auto i = members_.find(id);
  if (i == members_.end())
    return;
  std::erase(ready_, id);
  set_caller(id, i->second, {}, 0);
  set_holder(id, i->second, {}, 0);
  --count(i->second.where);
  members_.erase(i);
}

void snake_manager::set_phase(member& what, phase where) {
  --count(what.where);
  ++count(where);
  what.where = where;
}

void snake_manager::set_status(member& what, snake_status status) {
  what.status = status;
  what.last_update = caf::make_timestamp();
}

void snake_manager::set_caller(snake_id id, member& what,
                               caf::actor_addr caller, call_token token) {
  replace(id, what.caller, std::move(caller));
  replace(id, what.token, token);
}

void snake_manager::set_holder(snake_id id, member& what,
                               caf::actor_addr holder, call_token token) {
  replace(id, what.holder, std::move(holder));
  replace(id, what.lease_token, token);
}

/// Puts another one in the place of `who`, and the index of callers right.
void snake_manager::replace(snake_id id, caf::actor_addr& who,
                            caf::actor_addr by) {
  if (auto snakes = snakes_of(who))
    if (auto i = std::find(snakes->begin(), snakes->end(), id);
        i != snakes->end())
      snakes->erase(i);
  if (auto snakes = snakes_of(by))
    snakes->push_back(id);
  who = std::move(by);
}

std::vector<snake_id>* snake_manager::snakes_of(const caf::actor_addr& caller) {
  auto i = caller ? callers_.find(caller) : callers_.end();
  return i == callers_.end() ? nullptr : &i->second;
}

/// Puts another one in the place of `token`, and the index of tokens right.
void snake_manager::replace(snake_id id, call_token& token, call_token by) {
  if (auto i = by_token_.find(token); i != by_token_.end() && i->second == id)
    by_token_.erase(i);
  if (by != 0)
    by_token_.insert_or_assign(by, id);
  token = by;
}

size_t& snake_manager::count(phase where) {
  return counts_[static_cast<size_t>(where)];
}

size_t snake_manager::count(phase where) const {
  return counts_[static_cast<size_t>(where)];
}

// -- callers ------------------------------------------------------------------

/// Monitors a caller from its first request on.
void snake_manager::watch(const caf::actor_addr& caller) {
  if (callers_.try_emplace(caller).second)
    monitor(caller);
}

void snake_manager::on_down(const caf::down_msg& msg) {
  if (auto i = by_worker_.find(msg.source); i != by_worker_.end()) {
    auto id = i->second;
    by_worker_.erase(i);
    remove_member(id);
    replenish();
  } else if (msg.source == supervisor_.address()) {
    // Without it there is no pool.
    quit(msg.reason);
  } else {
    on_caller_down(msg.source);
  }
}

void snake_manager::on_caller_down(const caf::actor_addr& caller) {
  line_.drop(caller);
  auto node = callers_.extract(caller);
  if (node.empty())
    return;
  for (auto id : node.mapped()) {
    auto& what = members_.at(id);
    if (what.where != phase::serving)
      continue;
    if (what.status == snake_status::retrieved)
      send(what.worker, release_snake_atom_v, snake{id, what.lease, {}, 0});
    else
      // Nobody wants the result: the place is worth more.
      end(id,
          caf::error{errc::snake_gone, what.holder == caller
                                         ? "the holder of the lease is gone"
                                         : "the caller is gone"},
          termination_style::brutal);
  }
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
