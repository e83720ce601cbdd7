#pragma once

#include "actors/base/bounced_request.hpp"
#include "actors/base/compat.hpp"
#include "actors/base/memory_quota.hpp"
#include "actors/base/submitter.hpp"

#include "venomous/error.hpp"
#include "venomous/options.hpp"

#include "python_bridge/host/event_loop.hpp"
#include "python_bridge/os/random_number.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace venomous {

/// Returns the time at which `span` will have passed, or nothing if that is
/// beyond any clock or `forever`.
std::optional<event_loop::clock::time_point> end_of(caf::timespan span);

/// The event loop of a pool, everything that CAF needs to run actors on it, and
/// the options and state that these actors share.
struct pool_context {
  pool_context(caf::actor_system& system, pool_options options,
               std::vector<std::string> python_places);

  const pool_options options;
  /// Where to look for the library's Python side.
  const std::vector<std::string> python_places;
  event_loop loop;
  compat::foreign_scheduler scheduler;
  /// Ends when the system begins to end. Null, or an actor that has ended, if
  /// that has happened already.
  caf::actor_addr last_of_system;
  /// The caller of all calls that no actor makes, see `make_submitter`.
  caf::strong_actor_ptr submitter;
  /// The arguments of waiting calls. Only the pool thread uses this and the
  /// members below.
  memory_quota waiting;
  /// Draws the ids of calls.
  random_numbers call_ids;
};

using pool_context_ptr = std::shared_ptr<pool_context>;

/// An actor that lives on the pool thread. Built as `caf::actor_companion` is,
/// CAF's hook for foreign event loops: `enqueue` posts to the loop and the loop
/// calls `activate`. It adds an answer to every request that arrives after the
/// actor has ended.
class pool_actor : public compat::foreign_actor {
public:
  // -- constructors -----------------------------------------------------------

  /// @param bounce how a request is answered once this actor has ended.
  pool_actor(caf::actor_config& cfg, pool_context_ptr context, errc bounce);

  // -- overridden functions ---------------------------------------------------

  using caf::abstract_actor::enqueue;

  compat::enqueue_result enqueue(caf::mailbox_element_ptr element,
                                 compat::scheduler* unit) override;

  void launch(compat::scheduler* unit, bool lazy, bool hide) override;

  void initialize() override;

  void on_exit() final;

  // -- properties -------------------------------------------------------------

  const pool_context_ptr& pool() const noexcept {
    return pool_;
  }

protected:
  // -- customization points ---------------------------------------------------

  /// Starts the actor, on the pool thread.
  virtual caf::behavior start() = 0;

  /// Answers or forwards a message that came after the end, whether or not
  /// somebody awaits a response.
  /// @returns whether it did. Otherwise a request is bounced.
  virtual bool redirect(bounced_request& request, const caf::message& content);

  /// Releases everything but memory, on the pool thread: the destructor may run
  /// on any thread.
  virtual void shut_down() = 0;

  // -- for subclasses ---------------------------------------------------------

  event_loop& loop() noexcept {
    return pool_->loop;
  }

  /// Ends this actor once the present message is handled.
  void finish(caf::error reason = {});

  /// Ends this actor from a callback of the loop, outside any message handler.
  void finish_now(caf::error reason);

private:
  /// Calls `shut_down`, unless it was called already.
  void shut_down_once() noexcept;

  void handle(caf::mailbox_element& element);

  void bounce(caf::mailbox_element& element);

  pool_context_ptr pool_;
  errc bounce_;
  bool is_shut_down_ = false;
  /// Keeps this actor alive until it ends: callbacks of the loop need it even
  /// if no handle is left. Null once it has ended.
  caf::strong_actor_ptr self_;
};

} // namespace venomous
