#include "actors/manager/snake_manager.hpp"

#include "actors/base/pool_errors.hpp"
#include "actors/mapper/snake_mapper.hpp"
#include "actors/supervisor/snake_supervisor.hpp"

#include "python_bridge/os/process_table.hpp"

#include <algorithm>
#include <utility>

namespace venomous {

namespace {

caf::error slain(snake_id id) {
  return caf::make_error(errc::python_died,
                         "snake " + std::to_string(id) + " was slain");
}

} // namespace

snake_manager::snake_manager(caf::actor_config& cfg, pool_context_ptr context)
  : pool_actor(cfg, std::move(context), errc::shutting_down),
    options_(pool()->options),
    waiting_(loop(), pool()->waiting),
    maps_(options_.max_queue_mb),
    drain_(
      loop(), [this] { return is_done(); },
      [this] { finish_now(caf::exit_reason::user_shutdown); }),
    population_(loop(), options_, snakes_, waiting_, drain_, *this),
    replacement_(loop(), options_, snakes_, waiting_.for_any_snake(), drain_,
                 population_),
    dispatcher_(options_, snakes_, waiting_, population_, replacement_, *this),
    cancellation_(snakes_, waiting_, maps_, *this) {
  // nop
}

const char* snake_manager::name() const {
  return "snake_manager";
}

std::set<std::string> snake_manager::message_types() const {
  return home_system().message_types<snake_manager_actor>();
}

caf::behavior snake_manager::start() {
  supervisor_ = caf::actor_cast<snake_supervisor_actor>(
    system().spawn<snake_supervisor, caf::hidden>(
      pool(), caf::actor_cast<snake_manager_inner>(this)));
  monitor(supervisor_);
  schedule_cleaner();
  replacement_.start_inspections();
  replacement_.replenish();
  return std::move(make_behavior().unbox());
}

snake_manager_inner::behavior_type snake_manager::make_behavior() {
  return {
    // Requests of callers.
    [this](python_atom, snake_args& args, const python_options& options) {
      return on_python(std::move(args), options);
    },
    [this](python_map_atom, map_args& args, const map_options& options) {
      return on_python_map(std::move(args), options);
    },
    [this](retrieve_snake_atom, const python_options& options) {
      return on_retrieve(options);
    },
    [this](get_snakes_ready_atom, size_t n) { return on_get_snakes_ready(n); },
    [this](release_snake_atom, const snake& x) { return on_release(x); },
    [this](slay_python_worker_atom, const snake& victim,
           termination_style style) { return on_slay(victim, style); },
    [this](list_alive_snakes_atom) { return list_alive_snakes(); },
    [this](clean_inactive_snakes_atom) { return population_.end_idle(); },
    [this](cancel_atom, call_token token) { return on_cancel(token); },
    [this](drain_atom, caf::timespan patience) { return on_drain(patience); },
    // What the mappers ask for.
    [this](run_atom, job& call, const python_options& options) {
      return on_run(std::move(call), options);
    },
    // What the supervisor tells.
    [this](ready_atom, snake_id id, const snake_worker_actor& worker,
           int32_t os_pid) { on_ready(id, worker, os_pid); },
    [this](failed_atom, snake_id id, const std::string& why,
           caf::timespan retry) { on_failed(id, why, retry); },
    [this](scarce_atom, snake_id id, const std::string& why,
           caf::timespan retry) { on_scarce(id, why, retry); },
    [this](lost_atom, snake_id id) { on_lost(id); },
    // What the workers tell.
    [this](busy_atom, snake_id id, const caf::strong_actor_ptr& caller,
           call_token token) { on_busy(id, caller, token); },
    [this](idle_atom, snake_id id, uint32_t answered, uint32_t window,
           bool leased) { on_idle(id, answered, window, leased); },
    [this](ending_atom, snake_id id) { on_ending(id); },
    [this](keeps_atom, snake_id id, bool keeps) { on_keeps(id, keeps); },
    [this](hand_back_atom, snake_id id, job& call,
           const python_options& options, const call_ticket& ticket) {
      return on_hand_back(id, std::move(call), options, ticket);
    },
    [this](dropped_atom, snake_id id, place position) {
      dispatcher_.drop_call(id, position);
    },
  };
}

bool snake_manager::redirect(bounced_request& request,
                             const caf::message& content) {
  if (!content.match_elements<python_atom, snake_args, python_options>()
      && !content.match_elements<python_map_atom, map_args, map_options>()
      && !content.match_elements<retrieve_snake_atom, python_options>()
      && !content.match_elements<hand_back_atom, snake_id, job, python_options,
                                 call_ticket>())
    return false;
  request.deliver(pool_ended_error());
  return true;
}

void snake_manager::shut_down() {
  cleaner_.cancel();
  replacement_.stop_inspections();
  population_.cancel_retry();
  drain_.conclude();
  waiting_.refuse_all(errc::shutting_down, pool_is_ending);
  for (auto& mapper : maps_.clear())
    send_exit(mapper, caf::exit_reason::user_shutdown);
  for (auto& [id, member] : snakes_.members())
    end_snake(member, shutting_down_error(), options_.style);
  for (auto& caller : snakes_.clear())
    demonitor(caller);
  // Without a supervisor nobody else would end the loop.
  if (!supervisor_)
    return loop().stop();
  send(supervisor_, stop_atom{});
  supervisor_ = nullptr;
}

// -- requests of callers ------------------------------------------------------

caf::result<value> snake_manager::on_python(snake_args args,
                                            const python_options& options) {
  if (drain_.active())
    return shutting_down_error();
  return on_run(std::move(args), options);
}

caf::result<value> snake_manager::on_run(job call,
                                         const python_options& options) {
  if (auto err = check(options))
    return err;
  if (auto err = check_size(call, options_.max_frame_mb))
    return err;
  auto homes = homes_of(call);
  if (homes.size() > 1)
    return caf::make_error(errc::unencodable, "the arguments are kept by snake "
                                                + std::to_string(homes[0])
                                                + " and snake "
                                                + std::to_string(homes[1]));
  submit({.promise = make_response_promise(),
          .demand = std::move(call),
          .options = options,
          .home = homes.empty() ? 0 : homes[0]});
  return caf::delegated<value>{};
}

caf::result<map_results> snake_manager::on_python_map(
  map_args args, const map_options& options) {
  if (drain_.active())
    return shutting_down_error();
  if (auto err = check(options))
    return err;
  if (args.size() == 0)
    return map_results{};
  if (auto why = maps_.refusal(args); !why.empty())
    return caf::make_error(errc::queue_full, std::move(why));
  auto mapper = caf::actor_cast<snake_mapper_actor>(
    system().spawn<snake_mapper, caf::hidden>(
      pool(), caf::actor_cast<snake_manager_inner>(this)));
  maps_.add(mapper, options.token, args);
  watch(mapper.address());
  return delegate(mapper, python_map_atom_v, std::move(args), options);
}

caf::result<snake> snake_manager::on_retrieve(const python_options& options) {
  if (auto err = check_lease())
    return err;
  if (auto err = check(options))
    return err;
  submit({.promise = make_response_promise(),
          .demand = pending_request::single_lease{},
          .options = options});
  return caf::delegated<snake>{};
}

caf::result<std::vector<snake>> snake_manager::on_get_snakes_ready(size_t n) {
  if (auto err = check_lease())
    return err;
  auto batch = std::make_shared<lease_batch>(make_response_promise());
  for (n = std::min(n, options_.max_children); n > 0; --n)
    submit({.promise = {}, .demand = batch});
  return caf::delegated<std::vector<snake>>{};
}

/// Checks whether the sender of a request may lease snakes.
caf::error snake_manager::check_lease() {
  if (!current_sender())
    return caf::make_error(errc::bad_options,
                           std::string{"a lease needs a holder"});
  return drain_.active() ? shutting_down_error() : caf::error{};
}

void snake_manager::submit(pending_request request) {
  watch(request.caller());
  dispatcher_.submit(std::move(request));
}

caf::result<bool> snake_manager::on_release(const snake& leased) {
  // The worker knows whether a run of the lease is under way.
  auto member = snakes_.find_serving(leased.id);
  if (!member || leased.worker != member->worker)
    return false;
  return delegate(member->worker, release_snake_atom_v, leased);
}

bool snake_manager::on_slay(const snake& victim, termination_style style) {
  auto member = snakes_.find(victim.id);
  if (!member || member->phase == snake_phase::starting
      || victim.worker != member->worker)
    return false;
  if (member->phase == snake_phase::ending) {
    end_snake(*member, slain(victim.id), style);
    return false;
  }
  population_.end(*member, slain(victim.id), style);
  replacement_.replenish();
  return true;
}

std::vector<snake_info> snake_manager::list_alive_snakes() const {
  std::vector<snake_info> result;
  for (auto& [id, member] : snakes_.members()) {
    if (member.phase != snake_phase::serving)
      continue;
    auto& info = result.emplace_back();
    info.id = id;
    info.worker = caf::actor_cast<snake_worker_actor>(member.worker);
    info.os_pid = member.os_pid;
    info.status = member.status;
    info.last_update = member.last_update;
    info.calls_done = member.calls_done;
    info.resident_memory = resident_memory(member.os_pid);
  }
  return result;
}

caf::result<bool> snake_manager::on_cancel(call_token token) {
  cancellation_.cancel(token, make_response_promise<bool>());
  return caf::delegated<bool>{};
}

caf::result<bool> snake_manager::on_drain(caf::timespan patience) {
  drain_.begin(patience, make_response_promise<bool>());
  return caf::delegated<bool>{};
}

/// Returns whether nobody waits for an answer or holds a lease.
bool snake_manager::is_done() const {
  return waiting_.empty() && maps_.empty() && !snakes_.in_use();
}

// -- news of the supervisor ---------------------------------------------------

void snake_manager::on_ready(snake_id id, const snake_worker_actor& worker,
                             int32_t os_pid) {
  auto member = snakes_.find(id);
  if (!member)
    return;
  member->worker = caf::actor_cast<snake_worker_inner>(worker);
  member->os_pid = os_pid;
  by_worker_.emplace(worker.address(), id);
  monitor(worker);
  if (member->phase != snake_phase::starting)
    return;
  snakes_.serve(*member);
  replacement_.on_started(*member);
  if (member->phase == snake_phase::serving)
    dispatcher_.make_ready(*member);
  replacement_.start_successor();
}

void snake_manager::on_failed(snake_id id, const std::string& why,
                              caf::timespan retry) {
  snakes_.remove(id);
  if (auto spent = replacement_.on_start_failed(id, retry))
    dispatcher_.make_ready(*spent);
  dispatcher_.refuse_hopeless(why);
  population_.retry_after(retry, [this] { replacement_.replenish(); });
}

/// Goes on as if there might be no more snakes than there are.
void snake_manager::on_scarce(snake_id id, const std::string& why,
                              caf::timespan retry) {
  on_failed(id, why, retry);
  population_.limit_to_present(why);
}

void snake_manager::on_lost(snake_id id) {
  snakes_.remove(id);
  if (auto spent = replacement_.on_start_failed(id, {}))
    dispatcher_.make_ready(*spent);
  replacement_.replenish();
}

// -- news of the workers ------------------------------------------------------

void snake_manager::on_busy(snake_id id, const caf::strong_actor_ptr& caller,
                            call_token token) {
  auto member = snakes_.find_serving(id);
  if (!member)
    return;
  auto address = caf::actor_cast<caf::actor_addr>(caller);
  watch(address);
  dispatcher_.add_call(*member, {0, std::move(address), token});
}

void snake_manager::on_idle(snake_id id, uint32_t answered, uint32_t window,
                            bool leased) {
  if (auto member = snakes_.find_serving(id))
    dispatcher_.finish_calls(*member, answered, window, leased);
}

void snake_manager::on_ending(snake_id id) {
  auto member = snakes_.find(id);
  if (!member || member->phase == snake_phase::ending)
    return;
  auto served = member->phase == snake_phase::serving;
  population_.retire(*member);
  // One that never came up is replaced when the supervisor has told why.
  if (served)
    replacement_.replenish();
}

void snake_manager::on_keeps(snake_id id, bool keeps) {
  if (auto member = snakes_.find(id))
    member->keeps = keeps;
}

caf::result<value> snake_manager::on_hand_back(snake_id id, job call,
                                               const python_options& options,
                                               const call_ticket& ticket) {
  auto homes = homes_of(call);
  // It was admitted before, so there is no refusal.
  auto memory = pool()->waiting.take(call);
  pending_request request{.promise = make_response_promise(),
                          .demand = std::move(call),
                          .options = options,
                          .home = homes.empty() ? 0 : homes[0],
                          .ticket = ticket,
                          .memory = std::move(memory)};
  watch(request.caller());
  dispatcher_.requeue(id, std::move(request));
  return caf::delegated<value>{};
}

// -- commands -----------------------------------------------------------------

void snake_manager::start_snake(snake_id id) {
  send(supervisor_, start_snake_atom{}, id);
}

void snake_manager::run_call(const pool_member& member,
                             pending_request request) {
  request.promise.delegate(member.worker, run_atom{},
                           std::get<job>(std::move(request.demand)),
                           request.options, request.ticket);
}

void snake_manager::open_lease(const pool_member& member) {
  send(member.worker, lease_atom{}, member.lease);
}

void snake_manager::reclaim_calls(const pool_member& member) {
  send(member.worker, yield_atom{});
}

void snake_manager::end_snake(const pool_member& member, caf::error why,
                              termination_style style) {
  send(member.worker, abandon_atom{}, std::move(why), style);
}

void snake_manager::cancel_call(const pool_member& member, call_token token,
                                std::function<void(bool)> on_answer) {
  request(member.worker, caf::infinite, cancel_atom_v, token)
    .then([on_answer](bool found) { on_answer(found); },
          [on_answer](const caf::error&) { on_answer(false); });
}

// -- monitors and timers ------------------------------------------------------

/// Monitors a caller from its first request on.
void snake_manager::watch(const caf::actor_addr& caller) {
  if (caller && snakes_.add_caller(caller))
    monitor(caller);
}

void snake_manager::on_down(const caf::actor_addr& source,
                            const caf::error& reason) {
  if (auto node = by_worker_.extract(source))
    on_worker_down(node.mapped());
  else if (source == supervisor_.address())
    // Without it there is no pool.
    finish(reason);
  else
    on_caller_down(source);
}

void snake_manager::on_worker_down(snake_id id) {
  snakes_.remove(id);
  waiting_.refuse_home(id);
  replacement_.replenish();
}

void snake_manager::on_caller_down(const caf::actor_addr& caller) {
  maps_.remove(caller);
  waiting_.drop(caller);
  for (auto id : snakes_.remove_caller(caller)) {
    auto member = snakes_.find_serving(id);
    if (!member)
      continue;
    if (member->status == snake_status::retrieved)
      send(member->worker, release_snake_atom_v, member->leased());
    else if (member->lease == 0)
      send(member->worker, caller_down_atom{}, caller);
    else
      // Nobody wants the result, and others may want the place.
      population_.end(
        *member,
        caf::make_error(errc::snake_gone, member->holder == caller
                                            ? "the holder of the lease is gone"
                                            : "the caller is gone"),
        termination_style::brutal);
  }
  dispatcher_.serve();
  replacement_.replenish();
}

void snake_manager::schedule_cleaner() {
  cleaner_ = event_loop::timer{
    loop(), event_loop::clock::now() + options_.cleaner_interval, [this] {
      population_.end_idle();
      schedule_cleaner();
    }};
}

} // namespace venomous
