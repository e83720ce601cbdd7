#include "customer.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace venomous::chaos {

namespace {

class blocking_asker final : public asker {
public:
  blocking_asker(desk& at, uint64_t id) : asker(at, id), self_(at.system) {
    // nop
  }

  void python(snake_args args, python_options options,
              then<value> done) override {
    auto got = options.busy == when_busy::wait
                 ? venomous::python_wait(self_, at.manager, args, options)
                 : venomous::python(self_, at.manager, args, options);
    done(got);
  }

  void python_map(map_args args, map_options options,
                  then<map_results> done) override {
    auto got = venomous::python_map(self_, at.manager, args, options);
    done(got);
  }

  void snake_run(snake on, snake_args args, python_options options,
                 then<value> done) override {
    auto got = venomous::snake_run(self_, on, args, options);
    done(got);
  }

  void retrieve(python_options options, then<snake> done) override {
    auto got = venomous::retrieve_snake(self_, at.manager, options);
    done(got);
  }

  void get_ready(size_t n, then<std::vector<snake>> done) override {
    auto got = venomous::get_snakes_ready(self_, at.manager, n);
    done(got);
  }

  void release(snake leased, then<bool> done) override {
    auto got = venomous::release_snake(self_, at.manager, leased);
    done(got);
  }

  void cancel(call_token token, then<bool> done) override {
    auto got = venomous::cancel(self_, at.manager, token);
    done(got);
  }

  void list(then<std::vector<snake_info>> done) override {
    auto got = venomous::list_alive_snakes(self_, at.manager);
    done(got);
  }

  /// Whether something came that nobody waited for.
  bool has_mail() {
    return !self_->mailbox().empty();
  }

private:
  caf::scoped_actor self_;
};

class blocking_customer final : public customer {
public:
  explicit blocking_customer(desk& at)
    : asker_(std::make_shared<blocking_asker>(at, new_asker_id())),
      thread_([this] { work(); }) {
    // nop
  }

  ~blocking_customer() override {
    std::unique_lock guard{mutex_};
    done_ = true;
    guard.unlock();
    changed_.notify_all();
    thread_.join();
  }

  void give(const order& what) override {
    record(asker_->at.records, what, asker_->id);
    std::lock_guard guard{mutex_};
    orders_.push_back(what);
    changed_.notify_all();
  }

  std::string check() override {
    return asker_->has_mail() ? "a blocking customer was answered twice" : "";
  }

private:
  void work() {
    for (;;) {
      std::unique_lock guard{mutex_};
      changed_.wait(guard, [this] { return done_ || !orders_.empty(); });
      if (orders_.empty())
        return;
      auto what = std::move(orders_.front());
      orders_.pop_front();
      guard.unlock();
      perform(asker_, what);
    }
  }

  std::shared_ptr<blocking_asker> asker_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<order> orders_;
  bool done_ = false;
  std::thread thread_;
};

} // namespace

std::unique_ptr<customer> make_blocking_customer(desk& at) {
  return std::make_unique<blocking_customer>(at);
}

} // namespace venomous::chaos
