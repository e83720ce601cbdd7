#include "actors/snake_manager.hpp"

#include "actors/snake_supervisor.hpp"

#include <algorithm>
#include <fstream>

#include <unistd.h>

namespace venomous {

namespace {

/// Resident memory of a process in bytes, 0 if unknown.
uint64_t resident_memory(int32_t os_pid) {
  std::ifstream statm{"/proc/" + std::to_string(os_pid) + "/statm"};
  uint64_t size = 0;
  uint64_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

caf::error gone(snake_id id) {
  return caf::error{errc::python_died,
                    "snake " + std::to_string(id) + " was slain"};
}

} // namespace

snake_manager::batch::~batch() {
  if (snakes.empty() && fault)
    promise.deliver(std::move(fault));
  else
    promise.deliver(std::move(snakes));
}

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
      on_python({make_response_promise(), std::move(args), options},
                std::move(caller));
      return caf::delegated<value>{};
    },
    [this](retrieve_snake_atom, when_busy busy) -> caf::result<snake> {
      auto caller = current_sender();
      if (!caller)
        return caf::error{errc::bad_options,
                          std::string{"a lease needs a holder"}};
      auto promise = make_response_promise<snake>();
      ask({lease_request{promise}, std::move(caller), busy});
      return caf::delegated<snake>{};
    },
    [this](get_snakes_ready_atom, size_t n) -> caf::result<std::vector<snake>> {
      on_get_snakes_ready(n);
      return caf::delegated<std::vector<snake>>{};
    },
    [this](release_snake_atom, const snake& leased) -> caf::result<bool> {
      release(leased);
      return caf::delegated<bool>{};
    },
    [this](slay_python_worker_atom, const snake& victim,
           termination_style style) { return slay(victim, style); },
    [this](list_alive_snakes_atom) { return list_alive_snakes(); },
    [this](clean_inactive_snakes_atom) { return clean_inactive_snakes(); },
    [this](cancel_atom, call_token token) -> caf::result<bool> {
      cancel(token);
      return caf::delegated<bool>{};
    },
    // What the supervisor and the workers tell.
    [this](ready_atom, snake_id id, snake_worker_actor& worker,
           int32_t os_pid) { on_ready(id, std::move(worker), os_pid); },
    [this](failed_atom, snake_id id, const std::string& why,
           caf::timespan retry) { on_failed(id, why, retry); },
    [this](lost_atom, snake_id id) {
      members_.erase(id);
      replenish();
    },
    [this](busy_atom, snake_id id, const caf::strong_actor_ptr& caller,
           call_token token) { on_busy(id, caller, token); },
    [this](idle_atom, snake_id id, bool leased) { on_idle(id, leased); },
    [this](ending_atom, snake_id id) { on_ending(id); },
    [this](hand_back_atom, snake_args& args, const python_options& options,
           attempt_count attempt) -> caf::result<value> {
      auto caller = current_sender();
      auto promise = make_response_promise();
      // It was first in line once, and is again.
      stand_in_line(--first_place_,
                    {call_request{promise, std::move(args), options, attempt},
                     std::move(caller), options.busy, options.token},
                    forever);
      serve();
      replenish();
      return caf::delegated<value>{};
    },
  };
  return std::move(result.unbox());
}

void snake_manager::shut_down() {
  cleaner_.cancel();
  retry_.cancel();
  for (auto& [where, what] : std::exchange(line_, {}))
    refuse(what, errc::shutting_down, "the pool is ending");
  for (auto& [id, what] : members_)
    end(id, caf::error{errc::shutting_down, "the pool is ending"},
        options_.style);
  send(supervisor_, stop_atom{});
  members_.clear();
  callers_.clear();
  supervisor_ = nullptr;
}

// -- requests of callers ------------------------------------------------------

void snake_manager::on_python(call_request what, caf::strong_actor_ptr caller) {
  auto& options = what.options;
  if (options.timeout < pool_default || options.max_wait < caf::timespan{0})
    return what.promise.deliver(
      caf::error{errc::bad_options, options.timeout < pool_default
                                      ? "timeout is negative"
                                      : "max_wait is negative"});
  auto busy = options.busy;
  auto token = options.token;
  auto max_wait = options.max_wait;
  ask({std::move(what), std::move(caller), busy, token}, max_wait);
}

void snake_manager::on_get_snakes_ready(size_t n) {
  auto caller = current_sender();
  if (!caller)
    return;
  auto all = std::make_shared<batch>();
  all->promise = make_response_promise<std::vector<snake>>();
  n = std::min(n, options_.max_children);
  for (size_t i = 0; i < n; ++i)
    ask({batch_request{all}, caller, when_busy::fail});
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

void snake_manager::cancel(call_token token) {
  auto promise = make_response_promise<bool>();
  if (token == 0)
    promise.deliver(false);
  else if (cancel_here(token))
    promise.deliver(true);
  else
    cancel_at_workers(token, std::move(promise));
}

bool snake_manager::cancel_here(call_token token) {
  for (auto& [where, what] : line_) {
    if (what.token == token) {
      leave_line(where, errc::cancelled, "the call was taken back");
      return true;
    }
  }
  for (auto& [id, what] : members_) {
    if (what.where == phase::serving && what.token == token) {
      end(id, caf::error{errc::cancelled, "the call was taken back"},
          termination_style::brutal);
      replenish();
      return true;
    }
  }
  return false;
}

/// Asks the leased snakes: a run may wait there for another one of its lease.
void snake_manager::cancel_at_workers(
  call_token token, caf::typed_response_promise<bool> promise) {
  // The last one to let go of it answers.
  struct collector {
    caf::typed_response_promise<bool> promise;
    bool found = false;

    ~collector() {
      promise.deliver(found);
    }
  };
  auto answers = std::make_shared<collector>();
  answers->promise = std::move(promise);
  for (auto& [id, what] : members_)
    if (what.where == phase::serving && what.lease != 0)
      request(what.worker, caf::infinite, cancel_atom_v, token)
        .then([answers](bool found) { answers->found |= found; },
              [answers](const caf::error&) {});
}

// -- the line -----------------------------------------------------------------

void snake_manager::ask(seeker what, caf::timespan max_wait) {
  if (what.caller)
    watch_caller(what.caller);
  if (line_.empty() && !ready_.empty())
    return give(ready_.back(), std::move(what));
  if (what.busy == when_busy::fail) {
    // Everybody in line gets one of those that come before this caller does.
    if (places_to_come() <= line_.size())
      return refuse(what, errc::no_snake,
                    "all snakes are busy and there are "
                      + std::to_string(members_.size()) + " of max-children="
                      + std::to_string(options_.max_children));
  } else if (line_.size() >= options_.max_queue + places_to_come()) {
    return refuse(what, errc::queue_full,
                  std::to_string(options_.max_queue)
                    + " callers wait already, as max-queue permits");
  }
  stand_in_line(++last_place_, std::move(what), max_wait);
  replenish();
}

void snake_manager::stand_in_line(place where, seeker what,
                                  caf::timespan max_wait) {
  if (auto end = end_of(max_wait))
    what.patience =
      event_loop::timer{loop(), *end, [this, where] {
                          leave_line(where, errc::no_snake,
                                     "no snake became free within max_wait");
                        }};
  if (what.caller)
    watch_caller(what.caller).insert(where);
  line_.emplace(where, std::move(what));
}

void snake_manager::leave_line(place where, errc code, const std::string& why) {
  auto node = line_.extract(where);
  auto& what = node.mapped();
  if (what.caller)
    callers_[caf::actor_cast<caf::actor_addr>(what.caller)].erase(where);
  refuse(what, code, why);
}

void snake_manager::serve() {
  while (!line_.empty() && !ready_.empty()) {
    auto node = line_.extract(line_.begin());
    auto& what = node.mapped();
    what.patience.cancel();
    if (what.caller)
      callers_[caf::actor_cast<caf::actor_addr>(what.caller)].erase(node.key());
    give(ready_.back(), std::move(what));
  }
}

void snake_manager::give(snake_id id, seeker to) {
  std::erase(ready_, id);
  auto& what = members_.at(id);
  if (auto call = std::get_if<call_request>(&to.what)) {
    set_status(what, snake_status::busy);
    what.caller = caf::actor_cast<caf::actor_addr>(to.caller);
    what.token = to.token;
    call->promise.delegate(what.worker, run_atom{}, std::move(call->args),
                           call->options, call->attempt);
  } else if (auto lease = std::get_if<lease_request>(&to.what)) {
    lease->promise.deliver(lease_out(id, what, to.caller));
  } else {
    auto& all = std::get<batch_request>(to.what).of;
    all->snakes.push_back(lease_out(id, what, to.caller));
  }
}

void snake_manager::refuse(seeker& what, errc code, const std::string& why) {
  if (auto call = std::get_if<call_request>(&what.what))
    call->promise.deliver(caf::error{code, why});
  else if (auto lease = std::get_if<lease_request>(&what.what))
    lease->promise.deliver(caf::error{code, why});
  else if (code != errc::no_snake)
    std::get<batch_request>(what.what).of->fault = caf::error{code, why};
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
    what.where = phase::serving;
    make_ready(id, what);
  }
}

void snake_manager::on_failed(snake_id id, const std::string& why,
                              caf::timespan retry) {
  members_.erase(id);
  // As long as some snake lives, whoever waits has something to wait for.
  auto hopeless = count(phase::serving) + count(phase::starting) == 0;
  auto certain = count(phase::starting) + count(phase::ending);
  std::vector<place> refused;
  size_t ahead = 0;
  for (auto& [where, what] : line_) {
    if (hopeless || (what.busy == when_busy::fail && ahead >= certain))
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
  set_status(i->second, snake_status::busy);
  i->second.token = token;
  i->second.caller = caf::actor_cast<caf::actor_addr>(caller);
  if (caller)
    watch_caller(caller);
}

void snake_manager::on_idle(snake_id id, bool leased) {
  auto i = members_.find(id);
  if (i == members_.end() || i->second.where != phase::serving)
    return;
  auto& what = i->second;
  if (what.status == snake_status::busy)
    ++what.calls_done;
  what.token = 0;
  what.caller = {};
  if (leased && what.lease != 0)
    set_status(what, snake_status::retrieved);
  else
    make_ready(id, what);
}

void snake_manager::on_ending(snake_id id) {
  auto i = members_.find(id);
  if (i == members_.end())
    return;
  i->second.where = phase::ending;
  std::erase(ready_, id);
}

void snake_manager::on_worker_down(snake_id id) {
  members_.erase(id);
  std::erase(ready_, id);
  replenish();
}

void snake_manager::end(snake_id id, caf::error why, termination_style style) {
  auto& what = members_.at(id);
  if (what.where != phase::serving)
    return;
  on_ending(id);
  send(what.worker, abandon_atom{}, std::move(why), style);
}

void snake_manager::make_ready(snake_id id, member& what) {
  what.lease = 0;
  what.holder = {};
  what.idle_since = event_loop::clock::now();
  set_status(what, snake_status::ready);
  ready_.push_back(id);
  serve();
}

void snake_manager::set_status(member& what, snake_status status) {
  what.status = status;
  what.last_update = caf::make_timestamp();
}

snake snake_manager::lease_out(snake_id id, member& what,
                               const caf::strong_actor_ptr& to) {
  set_status(what, snake_status::retrieved);
  what.holder = caf::actor_cast<caf::actor_addr>(to);
  what.lease = ++last_lease_;
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
  for (size_t i = 0; i < wanted; ++i) {
    members_.emplace(++last_id_, member{});
    send(supervisor_, start_snake_atom{}, last_id_);
  }
}

/// Counts the snakes that are sure to come: those that start, and those that
/// can be started, now or when one that is ending makes place.
size_t snake_manager::places_to_come() const {
  return options_.max_children - count(phase::serving);
}

size_t snake_manager::count(phase where) const {
  return static_cast<size_t>(
    std::count_if(members_.begin(), members_.end(),
                  [&](auto& entry) { return entry.second.where == where; }));
}

// -- callers ------------------------------------------------------------------

/// Monitors a caller from its first request on.
/// @returns its places in line.
snake_manager::place_set& snake_manager::watch_caller(
  const caf::strong_actor_ptr& caller) {
  auto addr = caf::actor_cast<caf::actor_addr>(caller);
  auto [i, added] = callers_.try_emplace(addr);
  if (added)
    monitor(addr);
  return i->second;
}

void snake_manager::on_down(const caf::down_msg& msg) {
  if (auto i = by_worker_.find(msg.source); i != by_worker_.end()) {
    auto id = i->second;
    by_worker_.erase(i);
    on_worker_down(id);
  } else if (msg.source == supervisor_.address()) {
    // Without it there is no pool.
    quit(msg.reason);
  } else {
    on_caller_down(msg.source);
  }
}

void snake_manager::on_caller_down(const caf::actor_addr& caller) {
  auto node = callers_.extract(caller);
  if (node.empty())
    return;
  for (auto where : node.mapped())
    line_.erase(where);
  std::vector<snake_id> held;
  for (auto& [id, what] : members_)
    if (what.where == phase::serving
        && (what.caller == caller || what.holder == caller))
      held.push_back(id);
  for (auto id : held) {
    auto& what = members_.at(id);
    if (what.status == snake_status::retrieved)
      send(what.worker, release_snake_atom_v, snake{id, what.lease, {}, 0});
    else
      // Nobody wants the result: the place is worth more.
      end(id, caf::error{errc::snake_gone, "the holder of the lease is gone"},
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
