#include "actors/worker/calls_in_flight.hpp"

#include "venomous/encoder.hpp"

#include <string>

namespace venomous {

namespace {

// A signal may arrive before the call looks for it, or where asyncio would lose
// the exception.
constexpr auto interrupt_again_after = std::chrono::milliseconds(100);

// After this time calls ahead are better off on another snake.
constexpr auto max_time_ahead = std::chrono::milliseconds(5);

void send_job(connection& to, call_key key, const job& work) {
  std::string head;
  if (auto args = work.call()) {
    args->append_head(head);
    return to.send(frame_kind::call, key, head, {args->args(), args->kwargs()});
  }
  auto& chunk = *work.chunk();
  encoder out;
  out.put_str(chunk.of->module());
  out.put_str(chunk.of->func());
  auto name = out.take();
  auto length = static_cast<uint32_t>(name.size());
  head.assign(reinterpret_cast<const char*>(&length), sizeof(length));
  to.send(frame_kind::map, key, head + name, {chunk.items});
}

/// Replaces `pool_default` by the options of the pool.
void resolve_timeouts(python_options& call, const pool_options& pool) {
  if (call.timeout == pool_default)
    call.timeout = pool.python_timeout;
  if (call.soft_timeout == pool_default)
    call.soft_timeout = pool.soft_timeout.count() == 0
                          ? forever
                          : caf::timespan{pool.soft_timeout};
}

} // namespace

calls_in_flight::calls_in_flight(pool_context& pool, connection& to,
                                 ledger& shared, callbacks cb)
  : pool_(pool),
    to_(to),
    ledger_(shared),
    window_(pool.options.max_ahead),
    deadline_(pool.loop, std::move(cb.on_deadline)),
    soft_(pool.loop, std::move(cb.on_soft_timeout)),
    overdue_(pool.loop, std::move(cb.on_overdue)) {
  // nop
}

// -- properties ---------------------------------------------------------------

bool calls_in_flight::is_first(uint64_t id) const noexcept {
  return !sent_.empty() && sent_.front().key.id == id;
}

bool calls_in_flight::runs(uint64_t id) const noexcept {
  return is_first(id) && sent_.front().key.number <= ledger_.last_begun();
}

bool calls_in_flight::has_room() const noexcept {
  return sent_.empty() || sent_.size() < window_.size();
}

bool calls_in_flight::agrees_with_ledger() const noexcept {
  auto begun = ledger_.last_begun();
  return begun == last_number_ || (begun < last_number_ && !sent_.empty());
}

// -- sending and answering ----------------------------------------------------

void calls_in_flight::send(snake_call call) {
  resolve_timeouts(call.options, pool_.options);
  call.key = {++last_number_, pool_.call_ids.next()};
  // First, so that it has an answer even if the process is sent nothing.
  sent_.push_back(std::move(call));
  send_job(to_, sent_.back().key, sent_.back().work);
  if (sent_.size() == 1)
    on_first_changed();
}

void calls_in_flight::restart_deadline() {
  deadline_.clear();
  soft_.clear();
  if (sent_.empty())
    return;
  auto& call = sent_.front();
  auto end = end_of(call.options.timeout);
  if (call.work.chunk()) {
    // An item may run for this long before the snake sends those that are done.
    if (end)
      deadline_.set(*end + max_unsent);
    return;
  }
  if (end)
    deadline_.set(*end);
  if (auto soft_end = end_of(call.options.soft_timeout))
    soft_.set(*soft_end);
}

void calls_in_flight::answer_first(caf::expected<value> result) {
  to_.forget(sent_.front().key.number);
  answered_.emplace_back(std::move(sent_.front()), std::move(result));
  sent_.pop_front();
}

std::vector<calls_in_flight::answered_call> calls_in_flight::take_answered() {
  auto result = std::exchange(answered_, {});
  if (!result.empty()) {
    window_.measure(event_loop::clock::now() - first_since_, result.size());
    on_first_changed();
  }
  return result;
}

/// The next call runs now, if there is one.
void calls_in_flight::on_first_changed() {
  first_since_ = event_loop::clock::now();
  overdue_.clear();
  if (!sent_.empty()) {
    sent_.front().progress.begin(first_since_);
    overdue_.set(first_since_ + max_time_ahead);
  }
  restart_deadline();
}

// -- taking back --------------------------------------------------------------

std::deque<snake_call> calls_in_flight::take_unbegun() {
  std::deque<snake_call> result;
  if (sent_.empty() || sent_.front().lease != 0)
    return result;
  auto begun = ledger_.revoke(last_number_);
  while (!sent_.empty() && sent_.back().key.number > begun) {
    result.push_front(std::move(sent_.back()));
    sent_.pop_back();
  }
  overdue_.clear();
  if (sent_.empty())
    on_first_changed();
  else if (sent_.size() > 1)
    // All but the last one are answered.
    to_.drain();
  return result;
}

void calls_in_flight::readmit(snake_call call) {
  sent_.push_back(std::move(call));
  on_first_changed();
}

snake_call calls_in_flight::take_first() {
  auto result = std::move(sent_.front());
  sent_.pop_front();
  on_first_changed();
  return result;
}

// -- ending the first call ----------------------------------------------------

void calls_in_flight::note_overdue() {
  window_.measure_at_least(event_loop::clock::now() - first_since_);
}

void calls_in_flight::interrupt_first() {
  auto& call = sent_.front();
  call.interrupted = true;
  ledger_.interrupt(call.key.number);
  soft_.set(event_loop::clock::now() + interrupt_again_after);
}

bool calls_in_flight::needs_interrupt() const noexcept {
  auto& call = sent_.front();
  return !call.interrupted || ledger_.interrupted() == call.key.number;
}

void calls_in_flight::hurry_first(event_loop::clock::duration patience) {
  deadline_.set_at_latest(event_loop::clock::now() + patience);
}

void calls_in_flight::shut_down() {
  deadline_.cancel();
  soft_.cancel();
  overdue_.cancel();
}

} // namespace venomous
