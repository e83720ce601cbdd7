#include "client.hpp"

#include "actors/base/compat.hpp"

#include "venomous/detail/register_types.hpp"

#include <caf/event_based_actor.hpp>

#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace venomous::chaos {

/// An operation as a message.
struct letter {
  operation op;
};

} // namespace venomous::chaos

CAF_BEGIN_TYPE_ID_BLOCK(venomous_chaos, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(venomous_chaos, (venomous::chaos::letter))
CAF_END_TYPE_ID_BLOCK(venomous_chaos)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(venomous::chaos::letter)

namespace venomous::chaos {

namespace {

[[maybe_unused]] const bool types_are_registered =
  compat::register_types<caf::id_block::venomous_chaos>();

/// How often each request of one actor was answered: CAF drops what comes
/// after the first answer.
class tally {
public:
  void count(uint64_t response);

  /// Returns an anomaly, "" if there is none.
  std::string check() const;

private:
  mutable std::mutex mutex_;
  std::map<uint64_t, size_t> responses_;
};

void tally::count(uint64_t response) {
  std::lock_guard guard{mutex_};
  ++responses_[response];
}

std::string tally::check() const {
  std::lock_guard guard{mutex_};
  for (auto& [response, n] : responses_)
    if (n > 1)
      return "a request of an actor was answered " + std::to_string(n)
             + " times";
  return {};
}

class client_actor : public caf::event_based_actor {
public:
  client_actor(caf::actor_config& cfg, client_context& context, uint64_t id,
               std::shared_ptr<tally> answers)
    : caf::event_based_actor(cfg),
      context_(context),
      id_(id),
      answers_(std::move(answers)) {
    // nop
  }

  using caf::event_based_actor::enqueue;

  compat::enqueue_result enqueue(caf::mailbox_element_ptr message,
                                 compat::scheduler* unit) override {
    if (message->mid.is_response())
      answers_->count(message->mid.integer_value());
    return caf::event_based_actor::enqueue(std::move(message), unit);
  }

  caf::behavior make_behavior() override;

private:
  client_context& context_;
  uint64_t id_;
  std::shared_ptr<tally> answers_;
};

class actor_requester final : public requester {
public:
  actor_requester(client_context& context, uint64_t id,
                  caf::event_based_actor* self)
    : requester(context, id), self_(self) {
    // nop
  }

  void python(snake_args args, python_options options,
              then<value> done) override {
    ask(done, context.manager, python_atom_v, args, options);
  }

  void python_map(map_args args, map_options options,
                  then<map_results> done) override {
    ask(done, context.manager, python_map_atom_v, args, options);
  }

  void snake_run(snake on, snake_args args, python_options options,
                 then<value> done) override {
    ask(done, on.worker, snake_run_atom_v, on, args, options);
  }

  void retrieve(python_options options, then<snake> done) override {
    ask(done, context.manager, retrieve_snake_atom_v, options);
  }

  void get_ready(size_t n, then<std::vector<snake>> done) override {
    ask(done, context.manager, get_snakes_ready_atom_v, n);
  }

  void release(snake leased, then<bool> done) override {
    ask(done, context.manager, release_snake_atom_v, leased);
  }

  void cancel(call_token token, then<bool> done) override {
    ask(done, context.manager, cancel_atom_v, token);
  }

  void list(then<std::vector<snake_info>> done) override {
    ask(done, context.manager, list_alive_snakes_atom_v);
  }

private:
  template <class T, class Handle, class... Ts>
  void ask(const then<T>& done, const Handle& receiver, const Ts&... xs) {
    self_->request(receiver, caf::infinite, xs...)
      .then(
        [done](T& got) {
          caf::expected<T> result{std::move(got)};
          done(result);
        },
        [done](caf::error& err) {
          caf::expected<T> result{std::move(err)};
          done(result);
        });
  }

  caf::event_based_actor* self_;
};

caf::behavior client_actor::make_behavior() {
  auto self = std::make_shared<actor_requester>(context_, id_, this);
  return {[self](const letter& x) {
    perform(self, x.op);
  }};
}

class actor_client final : public client {
public:
  explicit actor_client(client_context& context) : context_(context) {
    start();
  }

  ~actor_client() override {
    caf::anon_send_exit(actor_, caf::exit_reason::kill);
  }

  void invoke(const operation& op) override {
    if (std::holds_alternative<die_op>(op))
      return die();
    record(context_.recorder, op, id_);
    caf::anon_send(actor_, letter{op});
  }

  std::string check() override {
    std::string result;
    for (auto& x : answers_)
      result += x->check();
    answers_ = {answers_.back()};
    return result;
  }

private:
  void start() {
    id_ = new_client_id();
    answers_.push_back(std::make_shared<tally>());
    actor_ =
      context_.system.spawn<client_actor>(context_, id_, answers_.back());
  }

  void die() {
    context_.recorder.mark_dead(id_);
    // Everybody must see it go down: its requests are forgotten.
    caf::anon_send_exit(std::exchange(actor_, nullptr), caf::exit_reason::kill);
    start();
  }

  client_context& context_;
  uint64_t id_ = 0;
  /// One for each of its lives.
  std::vector<std::shared_ptr<tally>> answers_;
  caf::actor actor_;
};

} // namespace

std::unique_ptr<client> make_actor_client(client_context& context) {
  return std::make_unique<actor_client>(context);
}

} // namespace venomous::chaos
