#include "python_bridge/host/event_loop.hpp"

#include "python_bridge/os/low_numbers.hpp"

#include <cerrno>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

namespace venomous {

namespace {

/// Stands at the head of the queue in place of a task.
class mark final : public event_loop::task {
  void run() override {}
};

/// The queue is empty, and whoever posts must get it drained.
mark idle;

/// The queue accepts nothing any longer.
mark closed;

/// How many times tasks posted by tasks go first; then it is the descriptors'
/// turn.
constexpr int max_batches = 4;

/// Tells Asio that only one thread runs the loop.
constexpr int one_thread = 1;

} // namespace

// -- constructors, destructors, and assignment operators ----------------------

event_loop::event_loop(clock::duration spin_limit)
  : spin_(spin_limit),
    context_(std::make_unique<asio::io_context>(one_thread)),
    posted_(&idle) {
  // Asio opens its descriptors at first use: fail here, not later.
  low_numbers meanwhile;
  asio::steady_timer{*context_};
}

event_loop::~event_loop() {
  close();
}

// -- any thread ---------------------------------------------------------------

// Our own queue rather than an Asio handler per task: it knows when it is
// closed, and takes a lock and a wake-up for the first task only.
bool event_loop::post(task_ptr&& work) {
  auto head = posted_.load(std::memory_order_relaxed);
  do {
    if (head == &closed)
      return false;
    work->next_ = head == &idle ? nullptr : head;
  } while (!posted_.compare_exchange_weak(
    head, work.get(), std::memory_order_release, std::memory_order_relaxed));
  work.release();
  if (head == &idle)
    asio::post(*context_, [this] { drain(); });
  return true;
}

void event_loop::stop() {
  post([this] { context_->stop(); });
}

// -- the thread of the loop ---------------------------------------------------

void event_loop::run() noexcept {
  auto work = asio::make_work_guard(*context_);
  if (!spin_.is_on())
    context_->run();
  while (!context_->stopped())
    if (!spin_([this] { return context_->poll() > 0; }))
      spin_.wait([this] { context_->run_one(); });
  close();
}

// -- tasks --------------------------------------------------------------------

void event_loop::drain() {
  for (int i = 0; i < max_batches && !context_->stopped(); ++i)
    if (!run_batch())
      break;
  task* none = nullptr;
  if (!posted_.compare_exchange_strong(none, &idle))
    asio::post(*context_, [this] { drain(); });
}

bool event_loop::run_batch() {
  if (posted_.load(std::memory_order_relaxed) == nullptr)
    return false;
  run_all(posted_.exchange(nullptr, std::memory_order_acquire));
  return true;
}

void event_loop::run_all(task* newest) {
  task* oldest = nullptr;
  while (newest != nullptr)
    newest = std::exchange(newest->next_, std::exchange(oldest, newest));
  while (oldest != nullptr) {
    task_ptr current{std::exchange(oldest, oldest->next_)};
    current->run();
  }
}

void event_loop::close() {
  auto newest = posted_.exchange(&closed, std::memory_order_acquire);
  if (newest != &closed && newest != &idle)
    run_all(newest);
}

// -- timers -------------------------------------------------------------------

struct event_loop::timer::state {
  asio::steady_timer clock;
  task_ptr callback;
};

event_loop::timer::timer(event_loop& loop, clock::time_point deadline,
                         task_ptr callback)
  : state_(new state{asio::steady_timer{*loop.context_, deadline},
                     std::move(callback)}) {
  state_->clock.async_wait([weak = std::weak_ptr{state_}](asio::error_code) {
    if (auto armed = weak.lock())
      armed->callback->run();
  });
}

// -- watches ------------------------------------------------------------------

struct event_loop::watch::state : std::enable_shared_from_this<state> {
  state(asio::io_context& context, task_ptr readable, task_ptr writable)
    : stream(context),
      on_readable(std::move(readable)),
      on_writable(std::move(writable)) {}

  void wait_read() {
    stream.async_wait(stream.wait_read,
                      [self = shared_from_this()](asio::error_code) {
                        if (self->stream.is_open())
                          self->on_readable->run();
                        if (self->stream.is_open())
                          self->wait_read();
                      });
  }

  void wait_write() {
    awaits_write = true;
    stream.async_wait(stream.wait_write,
                      [self = shared_from_this()](asio::error_code) {
                        self->awaits_write = false;
                        if (self->stream.is_open() && self->wants_write)
                          self->on_writable->run();
                        self->update();
                      });
  }

  void update() {
    if (stream.is_open() && wants_write && !awaits_write)
      wait_write();
  }

  /// Open for as long as the watch lasts.
  asio::posix::stream_descriptor stream;
  task_ptr on_readable;
  task_ptr on_writable;
  bool wants_write = false;
  bool awaits_write = false;
};

event_loop::watch::watch(event_loop& loop, int fd, task_ptr on_readable,
                         task_ptr on_writable)
  : state_(std::make_shared<state>(*loop.context_, std::move(on_readable),
                                   std::move(on_writable))) {
  asio::error_code error;
  state_->stream.assign(fd, error);
  if (error) {
    state_.reset();
    errno = error.value();
    return;
  }
  state_->wait_read();
}

void event_loop::watch::want_write(bool enable) {
  state_->wants_write = enable;
  state_->update();
}

void event_loop::watch::reset() {
  if (auto ended = std::exchange(state_, nullptr))
    ended->stream.release();
}

} // namespace venomous
