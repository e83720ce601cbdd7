#include "actors/supervisor/snake_supervisor.hpp"

#include "actors/base/pool_errors.hpp"
#include "actors/worker/snake_worker.hpp"

#include "python_bridge/os/descriptor_pair.hpp"
#include "python_bridge/os/descriptor_reserve.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <system_error>

namespace venomous {

namespace {

// When to retry a start that was refused for lack of file descriptors.
constexpr auto refused_again_after = std::chrono::seconds(1);

/// Tells the processes of this pool from those of any other, dead or alive.
std::string make_pool_name() {
  static std::atomic<unsigned> count = 0;
  std::random_device random;
  return std::to_string(::getpid()) + "-" + std::to_string(++count) + "-"
         + std::to_string(random());
}

} // namespace

snake_supervisor::snake_supervisor(caf::actor_config& cfg,
                                   pool_context_ptr context,
                                   snake_manager_inner manager)
  : pool_actor(cfg, std::move(context), errc::shutting_down),
    manager_(std::move(manager)),
    pool_name_(make_pool_name()),
    sink_(loop()),
    restarts_(pool()->options) {
  // nop
}

const char* snake_supervisor::name() const {
  return "snake_supervisor";
}

caf::behavior snake_supervisor::start() {
  monitor(pool()->last_of_system);
  start_zygote();
  snake_supervisor_actor::behavior_type result{
    [this](start_snake_atom, snake_id id) { start_snake(id); },
    [this](end_snake_atom, snake_id id, termination_style style) {
      end_snake(id, style);
    },
    [this](ready_atom, snake_id id) { on_ready(id); },
    [this](failed_atom, snake_id id, const std::string& why) {
      report_failure(id, why);
    },
    [this](interrupt_atom, snake_id id) {
      if (has_ready_zygote())
        zygote_->interrupt(id);
    },
    [this](proved_atom) {
      restarts_.on_snake_proved(event_loop::clock::now());
    },
    [this](died_atom, snake_id id, const std::string& how, bool unused) {
      on_died(id, how, unused);
    },
    [this](stuck_atom) { check_zygote(); },
    [this](stop_atom) { stop(); },
  };
  return std::move(result.unbox());
}

void snake_supervisor::shut_down() {
  watchdog_.cancel();
  demonitor(pool()->last_of_system);
  drop_zygote();
  children_.clear();
  pending_.clear();
  manager_ = nullptr;
  // Nothing of the pool is left to serve. What was sent so far still arrives.
  loop().stop();
}

// -- requests of the manager and of the workers -------------------------------

void snake_supervisor::start_snake(snake_id id) {
  if (stopping_)
    return report_failure(id, pool_is_ending);
  if (restarts_.puts_off(event_loop::clock::now()))
    return report_failure(id, restarts_.last_cause());
  if (has_ready_zygote())
    return fork(id);
  pending_.push_back(id);
  if (!zygote_)
    start_zygote();
}

void snake_supervisor::end_snake(snake_id id, termination_style style) {
  // One that the zygote does not have was of its predecessor, or has ended.
  if (zygote_ && zygote_->has_snake(id))
    zygote_->end(id, style);
}

void snake_supervisor::stop() {
  stopping_ = true;
  if (!zygote_)
    return finish();
  if (!zygote_->is_ready())
    return zygote_->kill();
  zygote_->stop(pool()->options.style);
  // The zygote ends whatever does not end by itself. If it fails to, it is
  // killed, and the kernel ends the snakes. Standard error names the rest.
  using namespace std::chrono_literals;
  watchdog_ = event_loop::timer{
    loop(), event_loop::clock::now() + pool()->options.grace + 5s, [this] {
      zygote_->kill();
    }};
}

// -- life of a child ----------------------------------------------------------

void snake_supervisor::fork(snake_id id) {
  // The first snake may start anyway: without one the pool is of no use.
  if (!children_.empty())
    if (auto why = why_no_descriptors())
      return refuse(id, *why);
  try {
    auto socket = make_sockets(SOCK_STREAM);
    auto errors = make_pipe();
    auto shared = std::make_unique<ledger>();
    auto memory = std::make_shared<host_arena>(pool()->options.arena_mb << 20);
    zygote_process::snake_descriptors theirs{
      std::move(socket.theirs), std::move(errors.theirs),
      shared->release_descriptor(), memory->descriptor()};
    auto log =
      std::make_unique<error_log>(loop(), std::move(errors.ours),
                                  "[snake " + std::to_string(id) + "] ", sink_);
    auto worker = system().spawn<snake_worker, caf::hidden>(
      pool(), id,
      snake_process_ends{std::move(socket.ours), std::move(shared),
                         std::move(memory), std::move(log)},
      caf::actor_cast<snake_supervisor_actor>(this), manager_);
    monitor(worker);
    children_.emplace(id, child{caf::actor_cast<snake_worker_inner>(worker)});
    zygote_->fork(id, std::move(theirs));
  } catch (const std::system_error& e) {
    report_failure(id, std::string{"cannot start a snake: "} + e.what());
  }
}

/// Starts no snake. There is no back-off: the situation may change at any time.
void snake_supervisor::refuse(snake_id id, const std::string& why) {
  auto text =
    "no more than " + std::to_string(children_.size()) + " snakes: " + why;
  if (!std::exchange(scarcity_told_, true)) {
    sink_.write("[venomous] ", text);
    sink_.flush();
  }
  send(manager_, scarce_atom{}, id, std::move(text),
       caf::timespan{refused_again_after});
}

void snake_supervisor::on_ready(snake_id id) {
  if (auto i = children_.find(id); i != children_.end()) {
    i->second.is_ready = true;
    report_if_up(id);
  }
}

/// A snake is up when it takes calls and its process is known, whichever comes
/// first.
void snake_supervisor::report_if_up(snake_id id) {
  auto i = children_.find(id);
  auto pid = zygote_ ? zygote_->pid_of(id) : std::nullopt;
  if (i == children_.end() || !i->second.is_ready || !pid
      || !i->second.life.serve())
    return;
  send(manager_, ready_atom{}, id,
       caf::actor_cast<snake_worker_actor>(i->second.worker),
       static_cast<int32_t>(*pid));
}

/// Tells the manager why a snake could not start, unless it knows of its start
/// or of its failure already.
void snake_supervisor::report_failure(snake_id id, const std::string& why) {
  auto i = children_.find(id);
  if (i != children_.end() && !i->second.life.fail_start())
    return;
  auto now = event_loop::clock::now();
  restarts_.on_start_failed(now, why);
  send(manager_, failed_atom{}, id, why,
       caf::timespan{restarts_.remaining(now)});
}

/// A snake has died by itself.
void snake_supervisor::on_died(snake_id id, const std::string& how,
                               bool unused) {
  restarts_.on_snake_died(event_loop::clock::now(), how, unused);
  // It may have died before the manager was told that it is up.
  report_failure(id, how);
}

void snake_supervisor::on_exited(snake_id id, exit_status status) {
  if (auto i = children_.find(id); i != children_.end())
    send(i->second.worker, exited_atom{}, std::move(status));
}

void snake_supervisor::on_down(const caf::actor_addr& source,
                               const caf::error& reason) {
  if (source == pool()->last_of_system)
    on_system_end();
  else
    on_worker_down(source, reason);
}

void snake_supervisor::on_worker_down(const caf::actor_addr& worker,
                                      const caf::error& reason) {
  for (auto i = children_.begin(); i != children_.end(); ++i) {
    if (i->second.worker.address() == worker) {
      // A worker that fails by itself leaves its process behind.
      end_snake(i->first, termination_style::brutal);
      report_failure(i->first, describe(reason));
      children_.erase(i);
      return;
    }
  }
}

// -- life of the system -------------------------------------------------------

/// The destructor of the system waits for the thread of this pool.
void snake_supervisor::on_system_end() {
  caf::anon_send_exit(manager_, caf::exit_reason::user_shutdown);
}

// -- life of the zygote -------------------------------------------------------

void snake_supervisor::start_zygote() {
  auto fork_failed = [this](snake_id id, const std::string& why) {
    report_failure(id, "cannot fork: " + why);
    on_exited(id, {});
  };
  try {
    zygote_ = std::make_unique<zygote_process>(
      loop(), pool()->options, pool()->python_places, pool_name_, sink_,
      zygote_process::callbacks{
        [this] { on_zygote_ready(); },
        [this](snake_id id, pid_t) { report_if_up(id); },
        fork_failed,
        [this](snake_id id, exit_status status) {
          on_exited(id, std::move(status));
        },
        [this] { on_pong(); },
        [this](const std::string& cause) { on_zygote_gone(cause); },
      });
  } catch (const std::runtime_error& e) {
    return on_zygote_gone(std::string{"cannot start a zygote: "} + e.what());
  }
  auto limit = pool()->options.start_timeout;
  watchdog_ =
    event_loop::timer{loop(), event_loop::clock::now() + limit, [this, limit] {
                        zygote_->kill("did not get ready within "
                                      + std::to_string(limit.count()) + " ms");
                      }};
}

void snake_supervisor::on_zygote_ready() {
  watchdog_.cancel();
  for (auto id : std::exchange(pending_, {}))
    fork(id);
}

void snake_supervisor::on_zygote_gone(const std::string& cause) {
  watchdog_.cancel();
  ping_pending_ = false;
  auto was_ready = has_ready_zygote();
  for (auto& [id, lost] : children_)
    if (lost.life.fail_start())
      send(manager_, lost_atom{}, id);
  drop_zygote();
  if (stopping_)
    return finish_now({});
  restarts_.on_zygote_gone(event_loop::clock::now(), cause, was_ready);
  for (auto id : std::exchange(pending_, {}))
    report_failure(id, cause);
}

/// Gives the zygote a moment to show that it lives. A process that cannot be
/// killed yet, because it waits for a device, is no reason to end all others.
void snake_supervisor::check_zygote() {
  using namespace std::chrono_literals;
  // A worker that asks again meanwhile must not put the end off.
  if (!has_ready_zygote() || stopping_ || ping_pending_)
    return;
  ping_pending_ = true;
  zygote_->ping();
  watchdog_ = event_loop::timer{loop(), event_loop::clock::now() + 5s, [this] {
                                  zygote_->kill("does not respond");
                                }};
}

void snake_supervisor::on_pong() {
  ping_pending_ = false;
  if (!stopping_)
    watchdog_.cancel();
}

/// The kernel kills the snakes of a zygote that dies. Nobody is left to tell
/// how they ended.
void snake_supervisor::drop_zygote() {
  if (!zygote_)
    return;
  auto lost = zygote_->snakes();
  zygote_.reset();
  for (auto id : lost)
    on_exited(id, {});
}

bool snake_supervisor::has_ready_zygote() const {
  return zygote_ && zygote_->is_ready();
}

} // namespace venomous
