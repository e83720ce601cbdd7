#include "python_bridge/host/background_task.hpp"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace venomous {

struct background_task::state {
  std::mutex mutex;
  std::condition_variable ended;
  bool has_ended = false;
  /// Once this is set, the loop may be gone.
  bool is_abandoned = false;

  /// Posts `after`, unless the task was abandoned.
  /// @returns whether it was posted.
  bool tell(event_loop& loop, const std::shared_ptr<state>& self,
            std::function<void()> after) {
    std::lock_guard guard{mutex};
    if (is_abandoned)
      return false;
    has_ended = true;
    loop.post([self, after = std::move(after)] {
      if (!self->is_abandoned)
        after();
    });
    ended.notify_all();
    return true;
  }
};

background_task::background_task(event_loop& loop, std::function<void()> work,
                                 std::function<void()> after,
                                 std::function<void()> abandoned)
  : state_(std::make_shared<state>()),
    thread_([&loop, state = state_, work = std::move(work),
             after = std::move(after), abandoned = std::move(abandoned)] {
      work();
      if (!state->tell(loop, state, after))
        abandoned();
    }) {
  // nop
}

background_task& background_task::operator=(background_task&& other) noexcept {
  end();
  state_ = std::move(other.state_);
  thread_ = std::move(other.thread_);
  return *this;
}

background_task::~background_task() {
  end();
}

bool background_task::wait_for(std::chrono::milliseconds patience) const {
  if (!state_)
    return true;
  std::unique_lock lock{state_->mutex};
  return state_->ended.wait_for(lock, patience,
                                [this] { return state_->has_ended; });
}

void background_task::end() noexcept {
  if (!thread_.joinable())
    return;
  auto has_ended = [this] {
    std::lock_guard guard{state_->mutex};
    state_->is_abandoned = true;
    return state_->has_ended;
  }();
  if (has_ended)
    thread_.join();
  else
    thread_.detach();
}

} // namespace venomous
