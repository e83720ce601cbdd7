#pragma once

#include "python_bridge/os/spin.hpp"

#include <atomic>
#include <chrono>
#include <concepts>
#include <memory>
#include <utility>

namespace asio {

class io_context;

} // namespace asio

namespace venomous {

/// Runs tasks, watches descriptors and keeps timers, all on the one thread that
/// calls `run()`. Only `post()` and `stop()` may be called from any thread;
/// everything else belongs to the thread of the loop, or to any one thread
/// while the loop does not run.
///
/// Callbacks must not block and must not throw: an exception that leaves one
/// ends the program. Watches and timers must not outlive the loop, and the loop
/// must outlive every call of `post()`: share it if necessary.
class event_loop {
public:
  // -- member types -----------------------------------------------------------

  using clock = std::chrono::steady_clock;

  /// Something that the loop can run. Derive from it to get the task back when
  /// the loop refuses it; otherwise post a function object.
  class task {
  public:
    virtual ~task() = default;

    virtual void run() = 0;

  private:
    friend class event_loop;

    task* next_ = nullptr;
  };

  using task_ptr = std::unique_ptr<task>;

  class timer;
  class watch;

  // -- constructors, destructors, and assignment operators --------------------

  /// Makes a loop that polls for up to `spin_limit` before it sleeps, if that
  /// pays.
  /// @throws std::system_error if the system grants no descriptors.
  explicit event_loop(clock::duration spin_limit = clock::duration::zero());

  event_loop(const event_loop&) = delete;

  event_loop& operator=(const event_loop&) = delete;

  /// Closes the loop. Tasks that were accepted but never run, because nobody
  /// called `run()`, run now.
  ~event_loop();

  // -- any thread -------------------------------------------------------------

  /// Appends `work` to the queue. Tasks run in the order of their posts.
  /// @returns `false` if the loop is closed; `work` is then left untouched.
  bool post(task_ptr&& work);

  /// Appends a function object to the queue.
  /// @returns `false` if the loop is closed; `f` is then destroyed unrun.
  template <std::invocable F>
  bool post(F f) {
    return post(make_task(std::move(f)));
  }

  /// Lets `run()` return once it has run the tasks posted so far. Then the loop
  /// is closed for good: tasks accepted meanwhile still run, further ones are
  /// refused, and timers and watches no longer call back.
  void stop();

  // -- the thread of the loop -------------------------------------------------

  /// Says what the loop waits for next, which decides how long to poll for it.
  void expect(spin::event x) noexcept {
    spin_.expect(x);
  }

  /// Serves until `stop()`. Returns at once if the loop is closed already.
  void run() noexcept;

private:
  // -- tasks ------------------------------------------------------------------

  template <class F>
  class function_task final : public task {
  public:
    explicit function_task(F f) : f_(std::move(f)) {}

    void run() override {
      f_();
    }

  private:
    F f_;
  };

  template <class F>
  static task_ptr make_task(F f) {
    return std::make_unique<function_task<F>>(std::move(f));
  }

  void drain();

  bool run_batch();

  void run_all(task* newest);

  void close();

  // -- member variables -------------------------------------------------------

  spin spin_;

  std::unique_ptr<asio::io_context> context_;

  /// The tasks posted, newest first, or a mark that stands for none.
  std::atomic<task*> posted_;
};

/// Calls back once, at its deadline or a little later, never earlier.
/// Destroying it cancels it, even if it is due already.
class event_loop::timer {
public:
  /// A timer that is not armed.
  timer() = default;

  template <std::invocable F>
  timer(event_loop& loop, clock::time_point deadline, F f)
    : timer(loop, deadline, make_task(std::move(f))) {}

  /// Makes sure that the timer does not call back.
  void cancel() {
    state_.reset();
  }

private:
  struct state;

  timer(event_loop& loop, clock::time_point deadline, task_ptr callback);

  std::shared_ptr<state> state_;
};

/// Calls back for as long as a descriptor is ready. End of file and errors of
/// the descriptor count as ready, and a callback may be spurious: the next read
/// or write tells. A watch may be destroyed in any callback, its own included,
/// and never calls back after that. It makes the descriptor non-blocking but
/// does not own it, and must be gone before the descriptor is closed.
class event_loop::watch {
public:
  /// A watch on nothing.
  watch() = default;

  /// Watches `fd` for reading. If the system refuses, the watch is on nothing,
  /// with the cause in `errno`.
  template <std::invocable Readable>
  watch(event_loop& loop, int fd, Readable on_readable)
    : watch(loop, fd, make_task(std::move(on_readable)), nullptr) {}

  /// Watches `fd` for reading, and for writing while `want_write` says so.
  template <std::invocable Readable, std::invocable Writable>
  watch(event_loop& loop, int fd, Readable on_readable, Writable on_writable)
    : watch(loop, fd, make_task(std::move(on_readable)),
            make_task(std::move(on_writable))) {}

  watch(watch&&) noexcept = default;

  watch& operator=(watch&& other) noexcept {
    reset();
    state_ = std::move(other.state_);
    return *this;
  }

  ~watch() {
    reset();
  }

  explicit operator bool() const noexcept {
    return state_ != nullptr;
  }

  /// Turns the interest in writing on or off; it is initially off. Only for a
  /// watch that has a callback for it.
  void want_write(bool enable);

  /// Ends the watch.
  void reset();

private:
  struct state;

  watch(event_loop& loop, int fd, task_ptr on_readable, task_ptr on_writable);

  std::shared_ptr<state> state_;
};

} // namespace venomous
