#include "actors/worker/snake_worker.hpp"

#include "actors/base/outcome.hpp"
#include "actors/base/pool_errors.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace venomous {

namespace {

// A call that so many snakes do not live long enough to begin is at fault.
constexpr uint32_t max_attempts = 3;

// How often to look for results, which a snake may be sending just then.
constexpr int max_looks = 4;

// A call that was taken back has this long to clean up.
constexpr auto patience_with_cancelled = std::chrono::seconds(1);

} // namespace

snake_worker::snake_worker(caf::actor_config& cfg, pool_context_ptr context,
                           snake_id id, snake_process_ends ends,
                           snake_supervisor_actor supervisor,
                           snake_manager_inner manager)
  : pool_actor(cfg, std::move(context), errc::snake_gone),
    supervisor_(std::move(supervisor)),
    manager_(*this, id, std::move(manager)),
    process_(*pool(), id, std::move(ends), make_connection_callbacks()),
    calls_(*pool(), process_.wire(), process_.shared(),
           calls_in_flight::callbacks{
             [this] { on_deadline(); },
             [this] { on_soft_timeout(); },
             [this] { on_overdue(); },
           }),
    lease_(*this, *pool(), id),
    kept_(id, loop(), process_.wire(),
          [this](bool any) { manager_.keeps(any); }),
    upkeep_(loop(), process_.wire(), [this] { return calls_.empty(); }) {
  // nop
}

const char* snake_worker::name() const {
  return "snake_worker";
}

std::set<std::string> snake_worker::message_types() const {
  return home_system().message_types<snake_worker_actor>();
}

caf::behavior snake_worker::start() {
  process_.await_start([this] { end(termination_style::brutal); });
  snake_worker_inner::behavior_type result{
    [this](run_atom, job& work, const python_options& options,
           const call_ticket& ticket) -> caf::result<value> {
      on_run({make_response_promise(), std::move(work), options, ticket});
      return caf::delegated<value>{};
    },
    [this](snake_run_atom, const snake& on, snake_args& args,
           const python_options& options) -> caf::result<value> {
      on_snake_run(
        {make_response_promise(), std::move(args), options, {}, on.lease});
      return caf::delegated<value>{};
    },
    [this](lease_atom, uint64_t lease) { lease_.begin(lease); },
    [this](release_snake_atom, const snake& leased) { return release(leased); },
    [this](cancel_atom, call_token token) { return cancel(token); },
    [this](yield_atom) { yield(); },
    [this](caller_down_atom, const caf::actor_addr& caller) {
      on_caller_down(caller);
    },
    [this](abandon_atom, const caf::error& why, termination_style style) {
      abandon(why, style);
    },
    [this](exited_atom, const exit_status& status) { on_exited(status); },
  };
  return std::move(result.unbox());
}

bool snake_worker::redirect(bounced_request& request,
                            const caf::message& content) {
  if (content.match_elements<run_atom, job, python_options, call_ticket>())
    manager_.hand_back(request, content.get_as<job>(1),
                       content.get_as<python_options>(2),
                       content.get_as<call_ticket>(3));
  else if (content.match_elements<snake_run_atom, snake, snake_args,
                                  python_options>())
    request.deliver(lease_.gone());
  else if (content.match_elements<release_snake_atom, snake>()
           || content.match_elements<cancel_atom, call_token>())
    request.deliver(false);
  else
    return false;
  return true;
}

void snake_worker::on_down(const caf::actor_addr& source, const caf::error&) {
  lease_.on_caller_down(source);
}

void snake_worker::shut_down() {
  if (process_.life().end()) {
    manager_.ending();
    manager_.hand_back(calls_.take_unbegun());
  }
  kept_.close();
  process_.hang_up();
  while (!calls_.empty())
    break_off(caf::make_error(errc::python_died,
                              std::string{"the snake was given up"}));
  calls_.shut_down();
  upkeep_.shut_down();
  lease_.end();
  lease_.shut_down();
  supervisor_ = nullptr;
  // Another actor may hold a handle of this one for long.
  process_.release();
}

// -- calls --------------------------------------------------------------------

void snake_worker::on_run(snake_call call) {
  // The number of the snake was right, but the object is in another pool.
  if (!kept_.has_all_of(call.work))
    return manager_.drop(std::move(call), kept_elsewhere_error());
  // The manager may not know yet that this snake is about to go, or that its
  // calls take longer now.
  if (!is_usable() || !calls_.has_room())
    manager_.hand_back(std::move(call));
  else
    dispatch(std::move(call));
}

void snake_worker::on_snake_run(snake_call call) {
  if (!is_usable() || !lease_.is(call.lease))
    return call.promise.deliver(lease_.gone());
  if (auto err = check(call.options))
    return call.promise.deliver(std::move(err));
  if (auto err = check_size(call.work, pool()->options.max_frame_mb))
    return call.promise.deliver(std::move(err));
  if (!kept_.has_all_of(call.work))
    return call.promise.deliver(kept_elsewhere_error());
  if (calls_.empty())
    dispatch(std::move(call));
  else
    lease_.enqueue(std::move(call));
}

void snake_worker::dispatch(snake_call call) {
  if (call.lease != 0)
    manager_.busy_with(call);
  calls_.send(std::move(call));
}

/// Answers what was answered by the process. The manager learns of it first:
/// the caller's next call must not find this snake busy.
void snake_worker::settle() {
  auto answered = calls_.take_answered();
  if (answered.empty())
    return;
  upkeep_.on_answered();
  if (is_usable()) {
    auto& first = answered[0].first;
    auto leased = first.lease != 0 && !lease_.ends_with(first);
    if (!leased)
      lease_.end();
    manager_.idle(answered.size(), calls_.window().size(), leased);
    if (auto next = lease_.dequeue())
      dispatch(std::move(*next));
  }
  for (auto& [call, result] : answered)
    call.promise.deliver(std::move(result));
}

// -- calls that are to end ----------------------------------------------------

void snake_worker::on_deadline() {
  auto id = calls_.first().key.id;
  auto done = calls_.first().progress.done();
  process_.wire().drain();
  // It may have sent something that just has not been read yet.
  if (calls_.is_first(id) && calls_.first().progress.done() != done)
    return;
  auto unbegun = calls_.take_unbegun();
  auto begun = calls_.is_first(id);
  if (!begun && (unbegun.empty() || unbegun[0].key.id != id))
    return manager_.hand_back(std::move(unbegun));
  auto& life = process_.life();
  life.request_end();
  auto style = pool()->options.style;
  auto& late = begun ? calls_.first() : unbegun[0];
  auto why = timeout_error(late.work, late.options.timeout);
  if (late.work.chunk()) {
    if (!life.is_ending())
      end(style);
    if (calls_.is_first(id))
      break_off(why);
    // If it was not begun, another snake may run it.
    return manager_.hand_back(std::move(unbegun));
  }
  auto call = begun ? calls_.take_first() : std::move(late);
  if (!begun)
    unbegun.pop_front();
  if (!life.is_ending())
    end(style);
  manager_.hand_back(std::move(unbegun));
  call.promise.deliver(final_result(call, std::move(why)));
}

void snake_worker::on_soft_timeout() {
  if (!calls_.empty() && !process_.life().is_ending()
      && calls_.needs_interrupt())
    interrupt();
}

/// Has an exception raised in the call that runs.
void snake_worker::interrupt() {
  calls_.interrupt_first();
  send(supervisor_, interrupt_atom{}, process_.id());
}

/// Gives the running call a moment to end by itself, so that its snake can
/// stay.
void snake_worker::cancel_running() {
  calls_.first().cancelled = true;
  if (!process_.life().is_ending())
    interrupt();
  calls_.hurry_first(patience_with_cancelled);
}

/// Ends the first call in place of its process. In a chunk, finished items keep
/// their results, those begun end with `why`, and other snakes run the rest.
void snake_worker::break_off(const caf::error& why) {
  auto key = calls_.first().key;
  std::optional<uint32_t> begun;
  if (calls_.first().work.chunk() && code_of(why) != errc::shutting_down)
    begun = process_.shared().revoke_items(key.number);
  auto taken = !begun;
  for (auto looks = max_looks; !taken && looks > 0; --looks) {
    process_.wire().drain();
    if (!calls_.is_first(key.id))
      return;
    auto& call = calls_.first();
    auto part =
      call.progress.report_unsent(*call.work.chunk(), process_.shared());
    taken = part.has_value();
    if (taken)
      report(call, std::move(*part));
  }
  auto call = calls_.take_first();
  if (!begun)
    return call.promise.deliver(final_result(call, why));
  auto& chunk = *call.work.chunk();
  auto end = std::min<size_t>(*begun, chunk.count);
  if (auto done = call.progress.done(); end > done)
    report(call, call.progress.report_failure(chunk, end - done, why));
  call.promise.deliver(value{});
}

// -- calls that are not begun -------------------------------------------------

/// Another snake has nothing to do. Short calls are done here before they could
/// run there.
void snake_worker::yield() {
  if (calls_.window().worth_sharing())
    manager_.hand_back(calls_.take_unbegun());
}

/// A call takes longer than those before it: nothing is to wait behind it.
void snake_worker::on_overdue() {
  if (calls_.empty() || process_.life().is_ending()
      || calls_.first().lease != 0)
    return;
  // Its answer may have come and just not been read yet.
  auto id = calls_.first().key.id;
  process_.wire().drain();
  if (!calls_.is_first(id))
    return;
  calls_.note_overdue();
  manager_.idle(0, calls_.window().size(), false);
  // One that is alone would come back here from a process that is stopped.
  if (calls_.size() > 1)
    manager_.hand_back(calls_.take_unbegun());
}

/// Takes back the calls that `is_wanted` picks.
/// @param end_running ends the call that runs, if it is one of them.
/// @returns whether there were any.
template <class Predicate, class F>
bool snake_worker::take_back(Predicate is_wanted, const caf::error& why,
                             F end_running) {
  auto unbegun = calls_.take_unbegun();
  auto found = !calls_.empty() && is_wanted(calls_.first());
  if (found)
    end_running();
  for (auto& call : unbegun) {
    if (is_wanted(call)) {
      found = true;
      manager_.drop(std::move(call), why);
    } else {
      manager_.hand_back(std::move(call));
    }
  }
  return found;
}

bool snake_worker::cancel(call_token token) {
  return take_back(
           [token](const snake_call& call) {
             return call.options.token == token;
           },
           cancelled_error(), [this] { cancel_running(); })
         || lease_.cancel(token);
}

/// Nobody wants the results any longer: a free snake is worth more.
void snake_worker::on_caller_down(const caf::actor_addr& caller) {
  auto gone =
    caf::make_error(errc::snake_gone, std::string{"the caller is gone"});
  take_back(
    [&](const snake_call& call) { return call.promise.source() == caller; },
    gone, [&] { abandon(gone, termination_style::brutal); });
}

// -- leases -------------------------------------------------------------------

bool snake_worker::release(const snake& leased) {
  if (process_.life().is_ending() || !lease_.is(leased.lease))
    return false;
  lease_.end();
  if (calls_.empty())
    manager_.idle(0, calls_.window().size(), false);
  return true;
}

// -- frames of the process ----------------------------------------------------

connection::callbacks snake_worker::make_connection_callbacks() {
  return {
    [this](const frame_header& header, frame_body body) {
      on_frame(header, std::move(body));
    },
    [this] { settle(); },
    [this] {
      // A snake that closes its socket without having to has failed.
      if (!process_.life().is_ending())
        end(termination_style::brutal);
    },
    [this] { on_broken_protocol(); },
  };
}

void snake_worker::on_frame(const frame_header& header, frame_body body) {
  auto& life = process_.life();
  auto kind = header.kind;
  if (kind == frame_kind::ready && !life.has_served()) {
    if (process_.serve())
      send(supervisor_, ready_atom{}, process_.id());
  } else if (kind == frame_kind::start_failed && !life.has_served()) {
    on_start_failed(body);
  } else if (kind < frame_kind::value || kind > frame_kind::keeping) {
    on_broken_protocol();
  } else if (calls_.runs(header.call_id)) {
    if (kind == frame_kind::results)
      on_results(std::move(body));
    else
      on_reply(kind, std::move(body));
  }
}

void snake_worker::on_start_failed(const frame_body& body) {
  if (auto raised = exception_in(value::from_buffer(body.data, 0, body.size)))
    process_.life().set_fault(raised->exception + ": " + raised->error + "\n"
                              + raised->backtrace);
}

void snake_worker::on_reply(frame_kind kind, frame_body body) {
  std::vector<detail::kept_reference> kept;
  if (kind == frame_kind::keeping) {
    auto found = kept_.take_from(body);
    if (!found)
      return on_broken_protocol();
    kept = std::move(*found);
    kind = frame_kind::value;
  }
  prove();
  auto result = outcome_of(
    kind, value::from_buffer(std::move(body.data), 0, body.size,
                             std::move(body.attachments), std::move(kept)));
  if (!result || calls_.first().work.chunk())
    return on_broken_protocol();
  calls_.answer_first(final_result(calls_.first(), std::move(*result)));
}

void snake_worker::on_results(frame_body body) {
  prove();
  auto& call = calls_.first();
  auto chunk = call.work.chunk();
  auto before = call.progress.done();
  auto part =
    chunk ? call.progress.report(*chunk, std::move(body)) : std::nullopt;
  // It may stop early, but not without having done anything.
  if (!part || call.progress.done() == 0)
    return on_broken_protocol();
  auto done = call.progress.done();
  report(call, std::move(*part));
  if (done < chunk->count && done > before)
    calls_.restart_deadline();
  else
    calls_.answer_first(value{});
}

/// Tells the mapper what became of some items of a chunk.
void snake_worker::report(const snake_call& chunk, map_part part) {
  if (part.count > 0)
    send(caf::actor_cast<snake_mapper_actor>(chunk.promise.source()),
         results_atom{}, std::move(part));
}

/// Notes that the snake answers calls.
void snake_worker::prove() {
  if (process_.life().prove())
    send(supervisor_, proved_atom{});
}

// -- the end of the process ---------------------------------------------------

/// Returns whether it may get calls.
bool snake_worker::is_usable() {
  if (!process_.life().is_ending() && !calls_.agrees_with_ledger())
    on_broken_protocol();
  return !process_.life().is_ending();
}

/// Reads nothing more of a process that is no snake any longer.
void snake_worker::on_broken_protocol() {
  process_.life().set_fault("broke the protocol");
  process_.wire().close();
  end(termination_style::brutal);
}

/// Ends the snake on request. A call that runs is answered with `why`.
void snake_worker::abandon(const caf::error& why, termination_style style) {
  process_.life().request_end();
  if (code_of(why) == errc::shutting_down)
    lease_.end(why);
  end(style);
  while (!calls_.empty())
    break_off(why);
}

/// Makes sure that the process ends and nobody counts on it any more.
void snake_worker::end(termination_style style) {
  auto id = process_.id();
  if (!process_.begin_end([this] { send(supervisor_, stuck_atom{}); })) {
    // A second request means that patience has run out.
    if (style == termination_style::brutal)
      send(supervisor_, end_snake_atom{}, id, style);
    return;
  }
  lease_.end();
  // First, so that the manager gives this snake nothing that comes back.
  manager_.ending();
  // A call runs once at most: only one that was certainly not begun may go to
  // another snake.
  auto unbegun = calls_.take_unbegun();
  if (calls_.empty() && !unbegun.empty()
      && ++unbegun[0].ticket.attempts >= max_attempts) {
    calls_.readmit(std::move(unbegun[0]));
    unbegun.pop_front();
  }
  manager_.hand_back(std::move(unbegun));
  send(supervisor_, end_snake_atom{}, id, style);
}

void snake_worker::on_exited(const exit_status& status) {
  // An answer, or the end of standard error, may not have been read yet.
  process_.drain();
  auto& life = process_.life();
  auto death = process_.death_report(status);
  auto details = process_.details_of(status);
  if (!life.has_served())
    send(supervisor_, failed_atom{}, process_.id(),
         life.fault().empty() ? death : life.fault());
  else if (!life.is_end_requested() && status.is_known())
    send(supervisor_, died_atom{}, process_.id(), death, !calls_.were_any());
  end(termination_style::brutal);
  life.exit();
  while (!calls_.empty()) {
    auto& call = calls_.first();
    auto when = call.ticket.attempts >= max_attempts ? "before it began "
                                                     : "while it ran ";
    break_off(caf::make_error(errc::python_died,
                              death + "\n" + when + call.work.name(), details));
  }
  finish(
    caf::make_error(errc::python_died, std::move(death), std::move(details)));
}

} // namespace venomous
