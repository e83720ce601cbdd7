#include "customer.hpp"

#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace venomous::chaos {

/// An order as a message.
struct letter {
  order what;
};

} // namespace venomous::chaos

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(venomous::chaos::letter)

namespace venomous::chaos {

namespace {

/// How often each request of one actor was answered: CAF drops what comes
/// after the first answer.
class tally {
public:
  void count(uint64_t response);

  /// Returns what is wrong.
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

class customer_actor : public caf::event_based_actor {
public:
  customer_actor(caf::actor_config& cfg, desk& at, uint64_t id,
                 std::shared_ptr<tally> answers)
    : caf::event_based_actor(cfg),
      at_(at),
      id_(id),
      answers_(std::move(answers)) {
    // nop
  }

  using caf::event_based_actor::enqueue;

  void enqueue(caf::mailbox_element_ptr what,
               caf::execution_unit* unit) override {
    if (what->mid.is_response())
      answers_->count(what->mid.integer_value());
    caf::event_based_actor::enqueue(std::move(what), unit);
  }

  caf::behavior make_behavior() override;

private:
  desk& at_;
  uint64_t id_;
  std::shared_ptr<tally> answers_;
};

class actor_asker final : public asker {
public:
  actor_asker(desk& at, uint64_t id, caf::event_based_actor* self)
    : asker(at, id), self_(self) {
    // nop
  }

  void python(snake_args args, python_options options,
              then<value> done) override {
    ask(done, at.manager, python_atom_v, args, options);
  }

  void python_map(map_args args, map_options options,
                  then<map_results> done) override {
    ask(done, at.manager, python_map_atom_v, args, options);
  }

  void snake_run(snake on, snake_args args, python_options options,
                 then<value> done) override {
    ask(done, on.worker, snake_run_atom_v, on, args, options);
  }

  void retrieve(python_options options, then<snake> done) override {
    ask(done, at.manager, retrieve_snake_atom_v, options);
  }

  void get_ready(size_t n, then<std::vector<snake>> done) override {
    ask(done, at.manager, get_snakes_ready_atom_v, n);
  }

  void release(snake leased, then<bool> done) override {
    ask(done, at.manager, release_snake_atom_v, leased);
  }

  void cancel(call_token token, then<bool> done) override {
    ask(done, at.manager, cancel_atom_v, token);
  }

  void list(then<std::vector<snake_info>> done) override {
    ask(done, at.manager, list_alive_snakes_atom_v);
  }

private:
  template <class T, class Handle, class... Ts>
  void ask(const then<T>& done, const Handle& whom, const Ts&... xs) {
    self_->request(whom, caf::infinite, xs...)
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

caf::behavior customer_actor::make_behavior() {
  auto self = std::make_shared<actor_asker>(at_, id_, this);
  return {[self](const letter& x) {
    perform(self, x.what);
  }};
}

class actor_customer final : public customer {
public:
  explicit actor_customer(desk& at) : at_(at) {
    be_born();
  }

  ~actor_customer() override {
    caf::anon_send_exit(actor_, caf::exit_reason::kill);
  }

  void give(const order& what) override {
    if (std::holds_alternative<die_order>(what))
      return die();
    record(at_.records, what, id_);
    caf::anon_send(actor_, letter{what});
  }

  std::string check() override {
    std::string result;
    for (auto& x : answers_)
      result += x->check();
    answers_ = {answers_.back()};
    return result;
  }

private:
  void be_born() {
    id_ = new_asker_id();
    answers_.push_back(std::make_shared<tally>());
    actor_ = at_.system.spawn<customer_actor>(at_, id_, answers_.back());
  }

  void die() {
    at_.records.bury(id_);
    // Let it be known by all that it is gone: what it asks for is forgotten.
    caf::anon_send_exit(std::exchange(actor_, nullptr), caf::exit_reason::kill);
    be_born();
  }

  desk& at_;
  uint64_t id_ = 0;
  /// Of all its lives.
  std::vector<std::shared_ptr<tally>> answers_;
  caf::actor actor_;
};

} // namespace

std::unique_ptr<customer> make_actor_customer(desk& at) {
  return std::make_unique<actor_customer>(at);
}

} // namespace venomous::chaos
