#include "python_bridge/host/zygote_lifetime.hpp"

#include "python_bridge/os/process_table.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace venomous {

namespace {

// Anything the system does takes milliseconds, even SIGKILL. If it takes longer
// than this, it may take forever.
constexpr auto patience_with_system = std::chrono::seconds(5);

} // namespace

// -- constructors, destructors ------------------------------------------------

zygote_lifetime::zygote_lifetime(event_loop& loop, zygote_spawn spawn,
                                 std::string executable, std::string pool_name,
                                 line_sink& sink, error_log& errors,
                                 callbacks cb)
  : loop_(loop),
    executable_(std::move(executable)),
    pool_name_(std::move(pool_name)),
    sink_(sink),
    errors_(errors),
    cb_(std::move(cb)) {
  start(std::move(spawn));
}

zygote_lifetime::~zygote_lifetime() {
  if (phase_ == phase::over)
    return;
  auto done = helper_.wait_for(patience_with_system);
  if (phase_ == phase::cleaning) {
    if (!done)
      leave_all();
  } else if (!done) {
    tell(endless_start());
  } else if (spawned_->error == 0) {
    if (!process_)
      process_.emplace(spawned_->pid);
    send_kill();
    process_->await_end(patience_with_system);
    *left_ = sweep(pool_name_, known_processes());
  }
  tell_left();
}

// -- modifiers ----------------------------------------------------------------

void zygote_lifetime::kill(std::string why) {
  if (phase_ >= phase::cleaning)
    return;
  if (kill_reason_.empty())
    kill_reason_ = std::move(why);
  if (!std::exchange(unwanted_, true))
    arm_patience();
  if (phase_ == phase::running)
    send_kill();
}

// -- start --------------------------------------------------------------------

void zygote_lifetime::start(zygote_spawn spawn) {
  auto plan = std::make_shared<std::optional<zygote_spawn>>(std::move(spawn));
  auto work = [result = spawned_, plan] {
    result->error = (*plan)->run(result->pid);
    // Copies in this process would keep end of file from the zygote.
    plan->reset();
  };
  auto undo = [result = spawned_] {
    if (result->error != 0)
      return;
    ::kill(result->pid, SIGKILL);
    ::waitpid(result->pid, nullptr, 0);
  };
  helper_ = background_task{loop_, work, [this] { on_spawned(); }, undo};
}

void zygote_lifetime::on_spawned() {
  if (spawned_->error != 0)
    return gone("cannot start " + executable_ + ": "
                + std::generic_category().message(spawned_->error));
  phase_ = phase::running;
  process_.emplace(spawned_->pid);
  if (process_->descriptor())
    watch_ = event_loop::watch{loop_, process_->descriptor().get(), [this] {
                                 on_process_end();
                               }};
  if (!watch_) {
    failure_ =
      "cannot watch the zygote: " + std::generic_category().message(errno);
    unwanted_ = true;
  }
  if (unwanted_) {
    arm_patience();
    send_kill();
  }
  if (!watch_)
    look_whether_ended();
}

// -- end ----------------------------------------------------------------------

void zygote_lifetime::send_kill() {
  auto error = process_->kill();
  if (error == 0)
    return;
  // The host may have lost the right to kill.
  kill_error_ = error;
  cb_.on_unkillable();
}

void zygote_lifetime::arm_patience() {
  patience_ = event_loop::timer{
    loop_, event_loop::clock::now() + patience_with_system, [this] {
      give_up();
    }};
}

/// Stops waiting for a process that does not end, or does not even start.
void zygote_lifetime::give_up() {
  if (phase_ == phase::running)
    return clean_up();
  // If it has, `on_spawned` is due, and will end the process.
  if (helper_.has_ended())
    return;
  tell(endless_start());
  gone(endless_start());
}

void zygote_lifetime::look_whether_ended() {
  using namespace std::chrono_literals;
  if (process_->reap())
    return on_process_end();
  lookout_ = event_loop::timer{loop_, event_loop::clock::now() + 10ms, [this] {
                                 look_whether_ended();
                               }};
}

void zygote_lifetime::on_process_end() {
  process_->reap();
  clean_up();
}

// -- cleaning up --------------------------------------------------------------

/// Ends all processes that are left, as far as possible: even a zygote that
/// ends normally may leave some that a preload has started.
void zygote_lifetime::clean_up() {
  watch_.reset();
  lookout_.cancel();
  cb_.on_end();
  phase_ = phase::cleaning;
  patience_ = event_loop::timer{
    loop_, event_loop::clock::now() + patience_with_system, [this] {
      if (helper_.has_ended())
        return;
      leave_all();
      on_swept();
    }};
  try {
    auto work = [found = left_, name = pool_name_, known = known_processes()] {
      *found = sweep(name, known);
    };
    helper_ = background_task{loop_, work, [this] {
                                on_swept();
                              }};
  } catch (const std::system_error&) {
    // The kernel ends the snakes all the same. Processes that they have started
    // are left alone: to look for them would hold up the loop.
    on_swept();
  }
}

/// Gives up without looking for what is left.
void zygote_lifetime::leave_all() {
  helper_ = {};
  left_ = std::make_shared<std::vector<pid_t>>(known_processes());
}

void zygote_lifetime::on_swept() {
  process_->reap();
  errors_.drain();
  tell_left();
  gone(failure_.empty() ? death_report() : std::move(failure_));
}

/// Returns the processes that are still there, as far as anybody has told.
std::vector<pid_t> zygote_lifetime::known_processes() const {
  auto result = cb_.snakes();
  if (!process_->has_ended())
    result.insert(result.begin(), process_->pid());
  return result;
}

void zygote_lifetime::gone(std::string cause) {
  phase_ = phase::over;
  patience_.cancel();
  // The callback may destroy this object.
  auto on_gone = std::move(cb_.on_gone);
  on_gone(std::move(cause));
}

// -- texts --------------------------------------------------------------------

std::string zygote_lifetime::endless_start() const {
  return "the start of " + executable_ + " does not come to an end";
}

std::string zygote_lifetime::death_report() const {
  auto& status = process_->status();
  auto how = status.is_known() ? to_string(status) : "has ended";
  if (!kill_reason_.empty()
      && (status.signal == "SIGKILL" || !status.is_known()))
    how = kill_reason_;
  else if (!process_->has_ended())
    how = "does not end";
  auto tail = errors_.tail();
  return "the zygote, " + executable_ + ", " + how
         + (tail.empty() ? "" : "\n" + tail);
}

/// Tells the operator which processes to end by hand.
void zygote_lifetime::tell_left() {
  if (left_->empty())
    return;
  std::string numbers;
  for (auto pid : *left_)
    numbers += (numbers.empty() ? "" : ", ") + std::to_string(pid);
  auto why = kill_error_ == 0
               ? ""
               : " (" + std::generic_category().message(kill_error_) + ")";
  tell("these processes of the pool do not end and are left: " + numbers + why);
}

void zygote_lifetime::tell(const std::string& text) {
  sink_.write("[venomous] ", text);
  sink_.flush();
}

} // namespace venomous
