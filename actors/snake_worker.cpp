#include "actors/snake_worker.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace venomous {

namespace {

// A call that no snake lives long enough to take is at fault itself.
constexpr uint32_t max_attempts = 3;

// SIGKILL takes milliseconds. After this the zygote has to show that it lives.
constexpr auto patience_with_zygote = std::chrono::seconds(5);

constexpr size_t max_body = std::numeric_limits<uint32_t>::max() / 2;

/// The body of a frame that holds type, text and traceback of an exception.
std::optional<snake_error> exception_in(const value& body) {
  auto fields = body.as<std::array<std::string, 3>>();
  if (!fields)
    return std::nullopt;
  return snake_error{(*fields)[0], (*fields)[1], (*fields)[2]};
}

std::string text_in(const value& body) {
  auto text = body.as<std::string>();
  return text ? *text : std::string{"the Python side sent no text"};
}

} // namespace

snake_worker::snake_worker(caf::actor_config& cfg, pool_context_ptr context,
                           snake_worker_setup setup)
  : pool_actor(cfg, std::move(context), errc::snake_gone),
    id_(setup.id),
    errors_(std::move(setup.errors)),
    connection_(loop(), std::move(setup.socket),
                {[this](const frame_header& header, frame_body body) {
                   on_frame(header, std::move(body));
                 },
                 [this] {
                   // Unless it is about to leave, it has lost what it needs.
                   if (!ending_)
                     end(termination_style::brutal);
                 }}),
    supervisor_(std::move(setup.supervisor)),
    manager_(std::move(setup.manager)),
    default_timeout_(setup.options.python_timeout),
    start_timeout_(setup.options.start_timeout),
    grace_(setup.options.grace),
    style_(setup.options.style),
    max_queue_(setup.options.max_queue),
    deadline_(loop(), [this] { on_deadline(); }) {
  // nop
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
    [this](run_atom, snake_args& args, const python_options& options,
           const call_ticket& ticket) -> caf::result<value> {
      on_run({make_response_promise(), std::move(args), options, ticket});
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
    [this](abandon_atom, caf::error& why, termination_style style) {
      abandon(std::move(why), style);
    },
    [this](exited_atom, const exit_status& status) { on_exited(status); },
  };
  return std::move(result.unbox());
}

void snake_worker::shut_down() {
  ending_ = true;
  deadline_.cancel();
  slow_end_.cancel();
  connection_.close();
  errors_.reset();
  if (running_)
    answer(
      caf::error{errc::python_died, std::string{"the snake was given up"}});
  end_lease();
  for (auto& caller : std::exchange(callers_, {}))
    demonitor(caller);
  supervisor_ = nullptr;
}

bool snake_worker::redirect(caf::response_promise promise,
                            const caf::message& content) {
  if (content
        .match_elements<run_atom, snake_args, python_options, call_ticket>())
    promise.delegate(manager_, hand_back_atom{}, content.get_as<snake_args>(1),
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
  if (!ending_ && !running_)
    return begin(std::move(what));
  // The manager does not know yet that this snake is about to go.
  what.promise.delegate(manager_, hand_back_atom{}, what.args, what.options,
                        what.ticket);
}

void snake_worker::on_snake_run(call what) {
  if (ending_ || what.lease == 0 || what.lease != lease_)
    return what.promise.deliver(snake_gone());
  if (auto err = check(what.options))
    return what.promise.deliver(std::move(err));
  if (!running_)
    return begin(std::move(what));
  if (queued_.size() >= max_queue_)
    return what.promise.deliver(caf::error{
      errc::queue_full, std::to_string(max_queue_) + " calls wait already"});
  stand_in_queue(std::move(what));
}

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

void snake_worker::begin(call what) {
  running_ = std::move(what);
  running_->patience.cancel();
  if (running_->lease != 0)
    send(manager_, busy_atom{}, id_, running_->promise.source(),
         running_->options.token);
  auto& args = running_->args;
  if (args.args().bytes().size() + args.kwargs().bytes().size() > max_body)
    return answer(caf::error{errc::unencodable, "the arguments are larger than "
                                                  + std::to_string(max_body)
                                                  + " bytes"});
  std::string head;
  args.append_head(head);
  connection_.send(frame_kind::call, ++last_call_, std::move(head),
                   {args.args(), args.kwargs()});
  auto& options = running_->options;
  if (options.timeout == pool_default)
    options.timeout = default_timeout_;
  if (auto end = end_of(options.timeout))
    deadline_.set(*end);
}

/// Answers the running call. Nothing else ever does: one call, one answer.
void snake_worker::answer(caf::expected<value> what) {
  deadline_.clear();
  auto done = std::move(*running_);
  running_.reset();
  // The manager hears of it first: the caller's next call must not find this
  // snake busy.
  if (!ending_)
    make_idle(done);
  done.promise.deliver(std::move(what));
}

void snake_worker::make_idle(const call& answered) {
  auto keep = answered.lease != 0 && answered.lease == lease_
              && answered.options.keep_snake;
  if (!keep)
    end_lease();
  send(manager_, idle_atom{}, id_, keep);
  if (queued_.empty())
    return;
  begin(std::move(queued_.extract(queued_.begin()).mapped()));
}

bool snake_worker::release(const snake& leased) {
  if (ending_ || leased.lease == 0 || leased.lease != lease_)
    return false;
  end_lease();
  if (!running_)
    send(manager_, idle_atom{}, id_, false);
  return true;
}

bool snake_worker::cancel(call_token token) {
  caf::error cancelled{errc::cancelled, std::string{"the call was taken back"}};
  if (running_ && running_->options.token == token) {
    abandon(std::move(cancelled), termination_style::brutal);
    return true;
  }
  auto where = std::find_if(queued_.begin(), queued_.end(), [&](auto& entry) {
    return entry.second.options.token == token;
  });
  if (where == queued_.end())
    return false;
  leave_queue(where, std::move(cancelled));
  return true;
}

/// Ends the snake because somebody wants it. A call that runs gets to hear why.
void snake_worker::abandon(caf::error why, termination_style style) {
  abandoned_ = true;
  if (code_of(why) == errc::shutting_down)
    end_lease(why);
  end(style);
  if (running_)
    answer(std::move(why));
}

caf::error snake_worker::snake_gone() const {
  return caf::error{errc::snake_gone, "snake " + std::to_string(id_)
                                        + " is not leased by that lease"};
}

// -- the Python process -------------------------------------------------------

void snake_worker::on_frame(const frame_header& header, frame_body body) {
  auto content = value::from_buffer(std::move(body.data), 0, body.size);
  if (header.kind == frame_kind::ready && !takes_calls_) {
    deadline_.clear();
    takes_calls_ = true;
    send(supervisor_, ready_atom{}, id_);
    return;
  }
  if (header.kind == frame_kind::start_failed && !takes_calls_) {
    if (auto raised = exception_in(content))
      fault_ =
        raised->exception + ": " + raised->error + "\n" + raised->backtrace;
    return;
  }
  if (header.kind < frame_kind::value
      || header.kind > frame_kind::unencodable) {
    fault_ = "broke the protocol";
    return end(termination_style::brutal);
  }
  // The reply of a call that has its answer already, or of none at all.
  if (!running_ || header.call_id != last_call_)
    return;
  if (!std::exchange(proved_, true))
    send(supervisor_, proved_atom{});
  switch (header.kind) {
  case frame_kind::value:
    return answer(std::move(content));
  case frame_kind::exception:
    if (auto raised = exception_in(content))
      return answer(caf::error{errc::python_exception, std::move(*raised)});
    fault_ = "broke the protocol";
    return end(termination_style::brutal);
  case frame_kind::undecodable:
    return answer(caf::error{errc::undecodable, text_in(content)});
  default:
    return answer(caf::error{errc::unencodable, text_in(content)});
  }
}

void snake_worker::on_deadline() {
  if (!takes_calls_) {
    fault_ = "did not get ready within "
             + std::to_string(start_timeout_.count()) + " ms";
    return end(termination_style::brutal);
  }
  using std::chrono::duration_cast;
  auto ms = duration_cast<std::chrono::milliseconds>(running_->options.timeout);
  auto& args = running_->args;
  auto why = args.module() + "." + args.func() + " ran for longer than "
             + std::to_string(ms.count()) + " ms";
  if (!ending_)
    end(style_);
  answer(caf::error{errc::timeout, std::move(why)});
}

/// Makes sure that the process ends and nobody counts on it any more.
void snake_worker::end(termination_style style) {
  if (std::exchange(ending_, true)) {
    // Who asks again has lost patience.
    if (style == termination_style::brutal)
      send(supervisor_, end_snake_atom{}, id_, style);
    return;
  }
  // The call that runs keeps its deadline, come what may.
  if (!running_)
    deadline_.clear();
  end_lease();
  send(manager_, ending_atom{}, id_);
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
  connection_.drain();
  errors_->drain();
  auto how = epitaph(status);
  if (!takes_calls_)
    send(supervisor_, failed_atom{}, id_, fault_.empty() ? how : fault_);
  else if (last_call_ == 0 && !abandoned_ && status.is_known())
    send(supervisor_, died_idle_atom{}, how);
  end(termination_style::brutal);
  if (running_)
    on_death_in_call(how);
  quit(caf::error{errc::python_died, std::move(how)});
}

void snake_worker::on_death_in_call(const std::string& how) {
  auto& args = running_->args;
  // At most once: only what was certainly not started may go to another snake.
  if (running_->lease != 0 || !connection_.peer_left_unread()
      || ++running_->ticket.attempts >= max_attempts)
    return answer(
      caf::error{errc::python_died,
                 how + "\nwhile it ran " + args.module() + "." + args.func()});
  deadline_.clear();
  running_->promise.delegate(manager_, hand_back_atom{}, args,
                             running_->options, running_->ticket);
  running_.reset();
}

std::string snake_worker::epitaph(const exit_status& status) const {
  auto result = "the Python process of snake " + std::to_string(id_) + " "
                + (fault_.empty() ? to_string(status) : fault_);
  if (auto tail = errors_->tail(); !tail.empty())
    result += "\n" + tail;
  return result;
}

} // namespace venomous
