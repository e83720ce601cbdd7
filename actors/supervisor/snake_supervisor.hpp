#pragma once

#include "actors/base/interfaces.hpp"
#include "actors/base/pool_actor.hpp"
#include "actors/base/snake_lifecycle.hpp"
#include "actors/supervisor/restart_policy.hpp"

#include "python_bridge/host/zygote_process.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace venomous {

/// The dynamic supervisor: owns a zygote, starts snake workers on demand and
/// ends them. When the zygote dies its snakes die with it, and the next demand
/// starts another one.
///
/// A start that fails is reported with its true cause. For a while after that,
/// longer each time, further starts fail at once with the same cause. The same
/// happens if snakes that were called die too often.
class snake_supervisor : public pool_actor {
public:
  snake_supervisor(caf::actor_config& cfg, pool_context_ptr context,
                   snake_manager_inner manager);

  const char* name() const override;

protected:
  caf::behavior start() override;

  void on_down(const caf::actor_addr& source,
               const caf::error& reason) override;

  void shut_down() override;

private:
  struct child {
    snake_worker_inner worker;
    /// Whether it takes calls. The zygote may not have named its process yet.
    bool is_ready = false;
    /// As the manager knows it.
    snake_lifecycle life = {};
  };

  // -- requests of the manager and of the workers -----------------------------

  void start_snake(snake_id id);

  void end_snake(snake_id id, termination_style style);

  void stop();

  // -- life of a child --------------------------------------------------------

  void fork(snake_id id);

  void refuse(snake_id id, const std::string& why);

  void report_if_up(snake_id id);

  void report_failure(snake_id id, const std::string& why);

  void on_ready(snake_id id);

  void on_died(snake_id id, const std::string& how, bool unused);

  void on_exited(snake_id id, exit_status status);

  void on_worker_down(const caf::actor_addr& worker, const caf::error& reason);

  // -- life of the system -----------------------------------------------------

  void on_system_end();

  // -- life of the zygote -----------------------------------------------------

  void start_zygote();

  void on_zygote_ready();

  void on_zygote_gone(const std::string& cause);

  void drop_zygote();

  bool has_ready_zygote() const;

  void check_zygote();

  void on_pong();

  // -- member variables -------------------------------------------------------

  snake_manager_inner manager_;
  std::string pool_name_;
  line_sink sink_;
  std::unique_ptr<zygote_process> zygote_;
  bool stopping_ = false;
  /// Kills a zygote that does not start, answer or end in time.
  event_loop::timer watchdog_;
  bool ping_pending_ = false;
  /// Asked for while the zygote was not ready.
  std::vector<snake_id> pending_;
  std::map<snake_id, child> children_;
  restart_policy restarts_;
  /// Whether standard error has already named a lack of file descriptors.
  bool scarcity_told_ = false;
};

} // namespace venomous
