#include "client.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace venomous::chaos {

namespace {

class blocking_requester final : public requester {
public:
  blocking_requester(client_context& context, uint64_t id)
    : requester(context, id), self_(context.system) {
    // nop
  }

  void python(snake_args args, python_options options,
              then<value> done) override {
    auto got = options.busy == when_busy::wait
                 ? venomous::python_wait(self_, context.manager, args, options)
                 : venomous::python(self_, context.manager, args, options);
    done(got);
  }

  void python_map(map_args args, map_options options,
                  then<map_results> done) override {
    auto got = venomous::python_map(self_, context.manager, args, options);
    done(got);
  }

  void snake_run(snake on, snake_args args, python_options options,
                 then<value> done) override {
    auto got = venomous::snake_run(self_, on, args, options);
    done(got);
  }

  void retrieve(python_options options, then<snake> done) override {
    auto got = venomous::retrieve_snake(self_, context.manager, options);
    done(got);
  }

  void get_ready(size_t n, then<std::vector<snake>> done) override {
    auto got = venomous::get_snakes_ready(self_, context.manager, n);
    done(got);
  }

  void release(snake leased, then<bool> done) override {
    auto got = venomous::release_snake(self_, context.manager, leased);
    done(got);
  }

  void cancel(call_token token, then<bool> done) override {
    auto got = venomous::cancel(self_, context.manager, token);
    done(got);
  }

  void list(then<std::vector<snake_info>> done) override {
    auto got = venomous::list_alive_snakes(self_, context.manager);
    done(got);
  }

  /// Whether a message came that nobody waited for.
  bool has_mail() {
    return !self_->mailbox().empty();
  }

private:
  caf::scoped_actor self_;
};

class blocking_client final : public client {
public:
  explicit blocking_client(client_context& context)
    : requester_(
      std::make_shared<blocking_requester>(context, new_client_id())),
      thread_([this] { work(); }) {
    // nop
  }

  ~blocking_client() override {
    std::unique_lock guard{mutex_};
    done_ = true;
    guard.unlock();
    changed_.notify_all();
    thread_.join();
  }

  void invoke(const operation& op) override {
    record(requester_->context.recorder, op, requester_->id);
    std::lock_guard guard{mutex_};
    operations_.push_back(op);
    changed_.notify_all();
  }

  std::string check() override {
    return requester_->has_mail() ? "a blocking client was answered twice" : "";
  }

private:
  void work() {
    for (;;) {
      std::unique_lock guard{mutex_};
      changed_.wait(guard, [this] { return done_ || !operations_.empty(); });
      if (operations_.empty())
        return;
      auto op = std::move(operations_.front());
      operations_.pop_front();
      guard.unlock();
      perform(requester_, op);
    }
  }

  std::shared_ptr<blocking_requester> requester_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<operation> operations_;
  bool done_ = false;
  std::thread thread_;
};

} // namespace

std::unique_ptr<client> make_blocking_client(client_context& context) {
  return std::make_unique<blocking_client>(context);
}

} // namespace venomous::chaos
