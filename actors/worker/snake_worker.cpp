#include "actors/worker/snake_worker.hpp"

#include "actors/base/outcome.hpp"

#include <algorithm>
#include <string_view>

namespace venomous {

namespace {

// A call that no snake lives long enough to take is at fault itself.
constexpr uint32_t max_attempts = 3;

// A signal may come when the call does not look yet, or where asyncio would
// lose what it raises.
constexpr auto interrupt_again_after = std::chrono::milliseconds(100);

// So long a call that was taken back may clean up.
constexpr auto patience_with_cancelled = std::chrono::seconds(1);

// SIGKILL takes milliseconds. After this the zygote has to show that it lives.
constexpr auto patience_with_zygote = std::chrono::seconds(5);

// What a snake has ahead takes about as long as this.
constexpr auto time_ahead = std::chrono::microseconds(1500);

// After this what is ahead is better off elsewhere.
constexpr auto max_time_ahead = std::chrono::milliseconds(5);

// Calls that take less are through before another snake could run them.
constexpr auto min_shared_length = std::chrono::microseconds(200);

// Memory of long frames is warm as long as they come more often than this.
constexpr auto trim_after = std::chrono::seconds(10);

// Python drops most of what was lent to it as soon as it has sent the result.
constexpr auto look_after = std::chrono::milliseconds(1);

// Taken for the length of a call as long as none was measured.
constexpr auto long_call = std::chrono::seconds(1);

void send_job(connection& to, call_key key, const job& what) {
  std::string head;
  if (auto args = what.call()) {
    args->append_head(head);
    return to.send(frame_kind::call, key, head, {args->args(), args->kwargs()});
  }
  auto& chunk = *what.chunk();
  encoder out;
  out.put_str(chunk.of->module());
  out.put_str(chunk.of->func());
  auto name = out.take();
  auto length = static_cast<uint32_t>(name.size());
  head.assign(reinterpret_cast<const char*>(&length), sizeof(length));
  to.send(frame_kind::map, key, head + name, {chunk.items});
}

// As the Python side calls it.
constexpr std::string_view call_interrupted = "venomous.CallInterrupted";

caf::error kept_elsewhere() {
  return caf::error{errc::snake_gone,
                    std::string{"an argument is kept by another snake"}};
}

caf::error cancelled() {
  return caf::error{errc::cancelled, std::string{"the call was taken back"}};
}

std::string longer_than(caf::timespan limit, const job& what) {
  using std::chrono::duration_cast;
  auto ms = duration_cast<std::chrono::milliseconds>(limit);
  return what.name() + " ran for longer than " + std::to_string(ms.count())
         + " ms";
}

} // namespace

snake_worker::snake_worker(caf::actor_config& cfg, pool_context_ptr context,
                           snake_worker_setup setup)
  : pool_actor(cfg, std::move(context), errc::snake_gone),
    id_(setup.id),
    errors_(std::move(setup.errors)),
    connection_(std::in_place, loop(), std::move(setup.socket),
                std::move(setup.memory),
                (setup.options.max_frame_mb << 20) + frame_overhead,
                connection::callbacks{
                  [this](const frame_header& header, frame_body body) {
                    on_frame(header, std::move(body));
                  },
                  [this] { settle(); },
                  [this] {
                    // A snake that is not about to leave has lost what it
                    // needs.
                    if (!ending_)
                      end(termination_style::brutal);
                  },
                  [this] {
                    on_broken_protocol();
                  }}),
    ledger_(std::move(setup.shared)),
    supervisor_(std::move(setup.supervisor)),
    manager_(std::move(setup.manager)),
    default_timeout_(setup.options.python_timeout),
    default_soft_timeout_(setup.options.soft_timeout.count() == 0
                            ? forever
                            : caf::timespan{setup.options.soft_timeout}),
    start_timeout_(setup.options.start_timeout),
    grace_(setup.options.grace),
    style_(setup.options.style),
    max_queue_(setup.options.max_queue),
    max_ahead_(setup.options.max_ahead),
    max_frame_mb_(setup.options.max_frame_mb),
    length_(long_call),
    deadline_(loop(), [this] { on_deadline(); }),
    soft_(loop(), [this] { on_soft_timeout(); }),
    overdue_(loop(), [this] { on_overdue(); }),
    look_(loop(), [this] { connection_->drain(); }),
    trim_(loop(), [this] { trim(); }) {
  make_home();
}

const char* snake_worker::name() const {
  return "snake_worker";
}

std::set<std::string> snake_worker::message_types() const {
  return home_system().message_types<snake_worker_actor>();
}

caf::behavior snake_worker::start() {
  set_down_handler([this](caf::down_msg& msg) { on_caller_down(msg.source); });
  deadline_.set(event_loop::clock::now() + start_timeout_);
  snake_worker_inner::behavior_type result{
    [this](run_atom, job& what, const python_options& options,
           const call_ticket& ticket) -> caf::result<value> {
      on_run({make_response_promise(), std::move(what), options, ticket});
      return caf::delegated<value>{};
    },
    [this](snake_run_atom, const snake& on, snake_args& args,
           const python_options& options) -> caf::result<value> {
      on_snake_run(
        {make_response_promise(), std::move(args), options, {}, on.lease});
      return caf::delegated<value>{};
    },
    [this](lease_atom, uint64_t lease) { lease_ = lease; },
    [this](release_snake_atom, const snake& leased) { return release(leased); },
    [this](cancel_atom, call_token token) { return cancel(token); },
    [this](yield_atom) { yield(); },
    [this](forsaken_atom, const caf::actor_addr& caller) {
      on_forsaken(caller);
    },
    [this](abandon_atom, caf::error& why, termination_style style) {
      abandon(std::move(why), style);
    },
    [this](exited_atom, const exit_status& status) { on_exited(status); },
  };
  return std::move(result.unbox());
}

void snake_worker::shut_down() {
  if (!std::exchange(ending_, true)) {
    send(manager_, ending_atom{}, id_);
    hand_back(take_unbegun());
  }
  close_home();
  connection_->close();
  errors_.reset();
  while (!sent_.empty())
    break_off(
      caf::error{errc::python_died, std::string{"the snake was given up"}});
  deadline_.cancel();
  soft_.cancel();
  overdue_.cancel();
  look_.cancel();
  trim_.cancel();
  slow_end_.cancel();
  end_lease();
  for (auto& caller : std::exchange(callers_, {}))
    demonitor(caller);
  supervisor_ = nullptr;
  // Another actor may hold a handle of this one for long. Values keep their
  // memory.
  connection_.reset();
  ledger_.reset();
}

bool snake_worker::redirect(caf::response_promise promise,
                            const caf::message& content) {
  if (content.match_elements<run_atom, job, python_options, call_ticket>())
    promise.delegate(manager_, hand_back_atom{}, id_, content.get_as<job>(1),
                     content.get_as<python_options>(2),
                     content.get_as<call_ticket>(3));
  else if (content.match_elements<snake_run_atom, snake, snake_args,
                                  python_options>())
    promise.deliver(snake_gone());
  else if (content.match_elements<release_snake_atom, snake>()
           || content.match_elements<cancel_atom, call_token>())
    promise.deliver(false);
  else
    return false;
  return true;
}

// -- calls --------------------------------------------------------------------

void snake_worker::on_run(call what) {
  // The number of the snake was right, but it is one of another pool.
  if (!has_all_kept(what.what)) {
    send(manager_, dropped_atom{}, id_, what.ticket.position);
    return what.promise.deliver(kept_elsewhere());
  }
  // The manager may not know yet that this snake is about to go, or that its
  // calls take longer now.
  if (!is_usable() || (!sent_.empty() && sent_.size() >= window()))
    hand_back(std::move(what));
  else
    dispatch(std::move(what));
}

void snake_worker::on_snake_run(call what) {
  if (!is_usable() || what.lease == 0 || what.lease != lease_)
    return what.promise.deliver(snake_gone());
  if (auto err = check(what.options))
    return what.promise.deliver(std::move(err));
  if (auto err = check_size(what.what, max_frame_mb_))
    return what.promise.deliver(std::move(err));
  if (!has_all_kept(what.what))
    return what.promise.deliver(kept_elsewhere());
  if (sent_.empty())
    return dispatch(std::move(what));
  if (queued_.size() >= max_queue_)
    return what.promise.deliver(caf::error{
      errc::queue_full, std::to_string(max_queue_) + " calls wait already"});
  if (auto why = pool()->waiting.refusal(what.what); !why.empty())
    return what.promise.deliver(caf::error{errc::queue_full, std::move(why)});
  what.memory = pool()->waiting.take(what.what);
  stand_in_queue(std::move(what));
}

void snake_worker::dispatch(call what) {
  what.patience.cancel();
  what.memory = {};
  if (what.lease != 0)
    send(manager_, busy_atom{}, id_, what.promise.source(), what.options.token);
  if (what.options.timeout == pool_default)
    what.options.timeout = default_timeout_;
  if (what.options.soft_timeout == pool_default)
    what.options.soft_timeout = default_soft_timeout_;
  what.key = {++last_call_, pool()->call_ids.next()};
  send_job(*connection_, what.key, what.what);
  sent_.push_back(std::move(what));
  if (sent_.size() == 1)
    on_first_changed();
}

/// The next call runs now, if there is one.
void snake_worker::on_first_changed() {
  first_since_ = heard_ = event_loop::clock::now();
  overdue_.clear();
  if (!sent_.empty())
    overdue_.set(first_since_ + max_time_ahead);
  set_deadline();
}

/// Gives the first call its time, or the next item of it.
void snake_worker::set_deadline() {
  auto end = sent_.empty() ? std::nullopt : end_of(sent_[0].options.timeout);
  if (end && sent_[0].what.chunk())
    // So long an item may run before those that are done are heard of.
    *end += max_unsent;
  deadline_.clear();
  if (end)
    deadline_.set(*end);
  soft_.clear();
  if (sent_.empty() || sent_[0].what.chunk())
    return;
  if (auto soft_end = end_of(sent_[0].options.soft_timeout))
    soft_.set(*soft_end);
}

/// Answers what was answered by the process. The manager hears of it first: the
/// caller's next call must not find this snake busy.
void snake_worker::settle() {
  if (answered_.empty())
    return;
  auto answered = std::exchange(answered_, {});
  measure(answered.size());
  on_first_changed();
  if (connection_->holds_memory())
    trim_.set(event_loop::clock::now() + trim_after);
  if (connection_->lends())
    look_.set(event_loop::clock::now() + look_after);
  if (is_usable()) {
    auto keep = answered[0].first.lease != 0 && !ends_lease(answered[0].first);
    if (!keep)
      end_lease();
    send(manager_, idle_atom{}, id_, static_cast<uint32_t>(answered.size()),
         window(), keep);
    if (!queued_.empty())
      dispatch(std::move(queued_.extract(queued_.begin()).mapped()));
  }
  for (auto& [what, result] : answered)
    what.promise.deliver(std::move(result));
}

bool snake_worker::ends_lease(const call& answered) const {
  return answered.lease != lease_ || !answered.options.keep_snake;
}

/// Follows the length of calls: at once if they get longer, slowly if shorter.
void snake_worker::measure(size_t answered) {
  auto each = (event_loop::clock::now() - first_since_) / answered;
  if (each > length_ || length_ == long_call)
    length_ = each;
  else
    length_ -= (length_ - each) / 8;
}

/// Returns how many calls this snake may have at a time.
uint32_t snake_worker::window() const {
  auto length =
    std::max<event_loop::clock::duration>(length_, std::chrono::nanoseconds(1));
  auto ahead = std::min<size_t>(max_ahead_, time_ahead / length);
  return static_cast<uint32_t>(1 + ahead);
}

// -- calls that shall end -----------------------------------------------------

/// Has an exception raised in the call that runs.
void snake_worker::interrupt() {
  sent_[0].interrupted = true;
  ledger_->interrupt(sent_[0].key.number);
  send(supervisor_, interrupt_atom{}, id_);
  soft_.set(event_loop::clock::now() + interrupt_again_after);
}

void snake_worker::on_soft_timeout() {
  if (sent_.empty() || ending_)
    return;
  auto& what = sent_[0];
  if (!what.interrupted || ledger_->interrupted() == what.key.number)
    interrupt();
}

/// Gives the call that runs a moment to end by itself, lest a warm snake is
/// lost.
void snake_worker::cancel_running() {
  sent_[0].cancelled = true;
  if (!ending_)
    interrupt();
  deadline_.set_at_latest(event_loop::clock::now() + patience_with_cancelled);
}

/// Returns what the caller gets to hear.
caf::expected<value> snake_worker::verdict(const call& what,
                                           caf::expected<value> result) {
  if (what.cancelled)
    return cancelled();
  if (!what.interrupted || result)
    return result;
  auto raised = snake_error_of(result.error());
  if (!raised || raised->exception != call_interrupted)
    return result;
  return caf::error{errc::timeout,
                    longer_than(what.options.soft_timeout, what.what) + "\n"
                      + raised->backtrace};
}

// -- calls that are not begun -------------------------------------------------

/// Makes sure that the process begins no further call. Runs of a lease stay.
std::deque<snake_worker::call> snake_worker::take_unbegun() {
  std::deque<call> result;
  if (sent_.empty() || sent_[0].lease != 0)
    return result;
  auto begun = ledger_->revoke(last_call_);
  while (!sent_.empty() && sent_.back().key.number > begun) {
    result.push_front(std::move(sent_.back()));
    sent_.pop_back();
  }
  overdue_.clear();
  if (sent_.empty())
    on_first_changed();
  else if (sent_.size() > 1)
    // All but the last one are answered.
    connection_->drain();
  return result;
}

void snake_worker::hand_back(std::deque<call> calls) {
  for (auto& what : calls)
    hand_back(std::move(what));
}

void snake_worker::hand_back(call what) {
  what.promise.delegate(manager_, hand_back_atom{}, id_, std::move(what.what),
                        what.options, what.ticket);
}

/// Another snake has nothing to do. Short calls are through before they could
/// run there.
void snake_worker::yield() {
  if (length_ >= min_shared_length)
    hand_back(take_unbegun());
}

/// A call takes longer than those before it did: nothing shall wait behind it.
void snake_worker::on_overdue() {
  if (sent_.empty() || ending_ || sent_[0].lease != 0)
    return;
  // Its answer may be here, just not read yet.
  auto id = sent_[0].key.id;
  connection_->drain();
  if (sent_.empty() || sent_[0].key.id != id)
    return;
  length_ = std::max(length_, event_loop::clock::now() - first_since_);
  send(manager_, idle_atom{}, id_, uint32_t{0}, window(), false);
  // One that is alone would come back here from a process that is stopped.
  if (sent_.size() > 1)
    hand_back(take_unbegun());
}

/// Takes calls back of those that were sent.
/// @param end_running what becomes of one that is begun.
/// @returns whether there were any.
template <class Predicate, class F>
bool snake_worker::take_back(Predicate is_wanted, const caf::error& why,
                             F end_running) {
  auto unbegun = take_unbegun();
  auto found = !sent_.empty() && is_wanted(sent_[0]);
  if (found)
    end_running();
  for (auto& what : unbegun) {
    if (!is_wanted(what)) {
      hand_back(std::move(what));
      continue;
    }
    found = true;
    send(manager_, dropped_atom{}, id_, what.ticket.position);
    what.promise.deliver(why);
  }
  return found;
}

/// Nobody wants the result: the place is worth more.
void snake_worker::on_forsaken(const caf::actor_addr& caller) {
  caf::error gone{errc::snake_gone, std::string{"the caller is gone"}};
  take_back([&](const call& what) { return what.promise.source() == caller; },
            gone, [&] { abandon(gone, termination_style::brutal); });
}

/// Gives back the memory of long frames, as soon as nobody uses any.
void snake_worker::trim() {
  // Lets go of what Python has dropped, though a call may run.
  connection_->drain();
  if (!sent_.empty() || !connection_->trim())
    trim_.set(event_loop::clock::now() + trim_after);
}

// -- leases -------------------------------------------------------------------

void snake_worker::stand_in_queue(call what) {
  auto caller = caf::actor_cast<caf::actor_addr>(what.promise.source());
  if (caller && callers_.insert(caller).second)
    monitor(caller);
  auto where = queued_.emplace(++last_queued_, std::move(what)).first;
  if (auto patience = end_of(where->second.options.max_wait))
    where->second.patience = event_loop::timer{
      loop(), *patience, [this, where] {
        leave_queue(where, caf::error{errc::no_snake,
                                      "the run before it took longer than "
                                      "max_wait"});
      }};
}

void snake_worker::leave_queue(queue::iterator where, caf::error why) {
  auto what = std::move(queued_.extract(where).mapped());
  what.promise.deliver(std::move(why));
}

/// Runs that wait for another one of the lease hear that it is over.
void snake_worker::end_lease() {
  end_lease(snake_gone());
}

void snake_worker::end_lease(const caf::error& why) {
  lease_ = 0;
  while (!queued_.empty())
    leave_queue(queued_.begin(), why);
}

void snake_worker::on_caller_down(const caf::actor_addr& caller) {
  callers_.erase(caller);
  std::erase_if(queued_, [&](auto& entry) {
    return entry.second.promise.source() == caller;
  });
}

bool snake_worker::release(const snake& leased) {
  if (ending_ || leased.lease == 0 || leased.lease != lease_)
    return false;
  end_lease();
  if (sent_.empty())
    send(manager_, idle_atom{}, id_, uint32_t{0}, window(), false);
  return true;
}

bool snake_worker::cancel(call_token token) {
  auto bears_it = [&](const call& what) {
    return what.options.token == token;
  };
  if (take_back(bears_it, cancelled(), [this] { cancel_running(); }))
    return true;
  auto where = std::ranges::find_if(
    queued_, [&](auto& entry) { return bears_it(entry.second); });
  if (where == queued_.end())
    return false;
  leave_queue(where, cancelled());
  return true;
}

/// Ends the snake because somebody wants it. A call that runs gets to hear why.
void snake_worker::abandon(caf::error why, termination_style style) {
  condemned_ = true;
  if (code_of(why) == errc::shutting_down)
    end_lease(why);
  end(style);
  while (!sent_.empty())
    break_off(why);
  on_first_changed();
}

caf::error snake_worker::snake_gone() const {
  return caf::error{errc::snake_gone, "snake " + std::to_string(id_)
                                        + " is not leased by that lease"};
}

// -- the Python process -------------------------------------------------------

void snake_worker::on_frame(const frame_header& header, frame_body body) {
  if (header.kind == frame_kind::results)
    return on_results(header.call_id, std::move(body));
  if (header.kind == frame_kind::ready && !takes_calls_) {
    deadline_.clear();
    takes_calls_ = true;
    send(supervisor_, ready_atom{}, id_);
    return;
  }
  if (header.kind == frame_kind::start_failed && !takes_calls_) {
    if (auto raised = exception_in(value::from_buffer(body.data, 0, body.size)))
      fault_ =
        raised->exception + ": " + raised->error + "\n" + raised->backtrace;
    return;
  }
  if (header.kind < frame_kind::value || header.kind > frame_kind::keeping)
    return on_broken_protocol();
  if (!runs(header.call_id))
    return;
  auto kind = header.kind;
  std::vector<detail::kept_reference> kept;
  if (kind == frame_kind::keeping) {
    auto found = keep(body);
    if (!found)
      return on_broken_protocol();
    kept = std::move(*found);
    kind = frame_kind::value;
  }
  on_reply(kind,
           value::from_buffer(std::move(body.data), 0, body.size,
                              std::move(body.attachments), std::move(kept)));
}

/// Whether this id is that of the call that runs. Otherwise it belongs to a
/// call that has its answer already or was never begun, or to none at all.
bool snake_worker::runs(uint64_t id) const {
  return !sent_.empty() && id == sent_[0].key.id
         && sent_[0].key.number <= ledger_->last_begun();
}

/// Whether it may get calls. One that has written what cannot be true into its
/// ledger would take the next one for taken back.
bool snake_worker::is_usable() {
  auto begun = ledger_->last_begun();
  auto sound = begun == last_call_ || (begun < last_call_ && !sent_.empty());
  if (!ending_ && !sound)
    on_broken_protocol();
  return !ending_;
}

/// Whatever runs there, nothing more is read of it.
void snake_worker::on_broken_protocol() {
  fault_ = "broke the protocol";
  connection_->close();
  end(termination_style::brutal);
}

void snake_worker::on_reply(frame_kind kind, value content) {
  prove();
  auto result = outcome_of(kind, std::move(content));
  if (!result || sent_[0].what.chunk())
    return on_broken_protocol();
  connection_->forget(sent_[0].key.number);
  auto told = verdict(sent_[0], std::move(*result));
  answered_.emplace_back(std::move(sent_[0]), std::move(told));
  sent_.pop_front();
}

/// It does answer.
void snake_worker::prove() {
  if (!std::exchange(proved_, true))
    send(supervisor_, proved_atom{});
}

void snake_worker::on_deadline() {
  if (!takes_calls_) {
    fault_ = "did not get ready within "
             + std::to_string(start_timeout_.count()) + " ms";
    return end(termination_style::brutal);
  }
  auto id = sent_[0].key.id;
  auto done = sent_[0].done;
  connection_->drain();
  // Something may have been heard of it, and just not read yet.
  if (!sent_.empty() && sent_[0].key.id == id && sent_[0].done != done)
    return;
  auto unbegun = take_unbegun();
  auto& from = sent_.empty() ? unbegun : sent_;
  if (from.empty() || from[0].key.id != id)
    return hand_back(std::move(unbegun));
  condemned_ = true;
  caf::error why{errc::timeout,
                 longer_than(from[0].options.timeout, from[0].what)};
  if (from[0].what.chunk()) {
    if (!ending_)
      end(style_);
    if (!sent_.empty() && sent_[0].key.id == id)
      break_off(why);
    // If it was not begun it is free for others.
    return hand_back(std::move(unbegun));
  }
  auto late = std::move(from[0]);
  from.pop_front();
  on_first_changed();
  if (!ending_)
    end(style_);
  hand_back(std::move(unbegun));
  late.promise.deliver(verdict(late, std::move(why)));
}

/// Makes sure that the process ends and nobody counts on it any more.
void snake_worker::end(termination_style style) {
  if (std::exchange(ending_, true)) {
    // Who asks again has lost patience.
    if (style == termination_style::brutal)
      send(supervisor_, end_snake_atom{}, id_, style);
    return;
  }
  end_lease();
  // First, lest what comes back is given to this snake again.
  send(manager_, ending_atom{}, id_);
  // At most once: only what was certainly not begun may go to another snake.
  auto unbegun = take_unbegun();
  if (sent_.empty() && !unbegun.empty()
      && ++unbegun[0].ticket.attempts >= max_attempts) {
    sent_.push_back(std::move(unbegun[0]));
    unbegun.pop_front();
    on_first_changed();
  }
  hand_back(std::move(unbegun));
  // The call that runs keeps its deadline, come what may.
  if (sent_.empty())
    deadline_.clear();
  send(supervisor_, end_snake_atom{}, id_, style);
  watch_end(grace_ + patience_with_zygote);
}

/// Has the zygote looked at if the process takes longer to end, again and
/// again.
void snake_worker::watch_end(std::chrono::milliseconds patience) {
  slow_end_ =
    event_loop::timer{loop(), event_loop::clock::now() + patience, [this] {
                        send(supervisor_, stuck_atom{});
                        watch_end(patience_with_zygote);
                      }};
}

void snake_worker::on_exited(const exit_status& status) {
  // An answer, or the last words, may still be on their way.
  connection_->drain();
  errors_->drain();
  auto how = epitaph(status);
  if (!takes_calls_)
    send(supervisor_, failed_atom{}, id_, fault_.empty() ? how : fault_);
  else if (!condemned_ && status.is_known())
    send(supervisor_, died_atom{}, how, last_call_ == 0);
  end(termination_style::brutal);
  while (!sent_.empty()) {
    auto when = sent_[0].ticket.attempts >= max_attempts ? "before it began "
                                                         : "while it ran ";
    break_off(
      caf::error{errc::python_died, how + "\n" + when + sent_[0].what.name()});
  }
  quit(caf::error{errc::python_died, std::move(how)});
}

std::string snake_worker::epitaph(const exit_status& status) const {
  auto result = "the Python process of snake " + std::to_string(id_) + " "
                + (fault_.empty() ? to_string(status) : fault_);
  if (auto tail = errors_->tail(); !tail.empty())
    result += "\n" + tail;
  return result;
}

} // namespace venomous
