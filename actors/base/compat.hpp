#pragma once

#include "venomous/detail/compat.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/default_attachable.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message_id.hpp>
#include <caf/scheduled_actor.hpp>

#include <utility>

#if VENOMOUS_CAF_017
#  include <caf/extend.hpp>
#  include <caf/mixin/requester.hpp>
#  include <caf/mixin/sender.hpp>
#  include <caf/monitorable_actor.hpp>
#  include <caf/scoped_execution_unit.hpp>
#else
#  include <caf/abstract_actor.hpp>
#  include <caf/dynamically_typed.hpp>
#  include <caf/event_based_mail.hpp>
#  include <caf/scheduler.hpp>
#endif

/// @file
/// Differences between CAF 0.17.6 and CAF 1.x that only actors meet.

// -- schedulers ---------------------------------------------------------------

namespace venomous::compat {

#if VENOMOUS_CAF_017

/// Where CAF runs the actors that a message wakes.
using scheduler = caf::execution_unit;

/// A scheduler for a thread that is none of CAF's.
class foreign_scheduler {
public:
  explicit foreign_scheduler(caf::actor_system& system) : unit_(&system) {
    // nop
  }

  scheduler* get() noexcept {
    return &unit_;
  }

private:
  caf::scoped_execution_unit unit_;
};

#else

/// Where CAF runs the actors that a message wakes.
using scheduler = caf::scheduler;

/// A scheduler for a thread that is none of CAF's.
class foreign_scheduler {
public:
  explicit foreign_scheduler(caf::actor_system& system)
    : scheduler_(&system.scheduler()) {
    // nop
  }

  scheduler* get() noexcept {
    return scheduler_;
  }

private:
  scheduler* scheduler_;
};

#endif

} // namespace venomous::compat

// -- messages -----------------------------------------------------------------

namespace venomous::compat {

#if VENOMOUS_CAF_017

/// What an override of `enqueue` returns.
using enqueue_result = void;

inline void enqueued(bool) {
  // nop
}

/// The actors that an answer passes on its way back through `f * g`, in
/// reverse order.
using forwarding_stack = caf::mailbox_element::forwarding_stack;

inline forwarding_stack take_forwarding_stack(caf::mailbox_element& mail) {
  return std::move(mail.stages);
}

inline caf::mailbox_element_ptr make_mail(caf::strong_actor_ptr sender,
                                          caf::message_id id,
                                          caf::message content,
                                          forwarding_stack stages = {}) {
  return caf::make_mailbox_element(std::move(sender), id, std::move(stages),
                                   std::move(content));
}

/// Sends an answer to the actor that it has to pass next, if any. An error goes
/// to the sender at once: the next actor would end because of it, and nobody
/// would answer.
inline bool forward(const caf::strong_actor_ptr& sender, caf::message_id id,
                    forwarding_stack& stages, caf::message& content) {
  if (stages.empty() || content.match_elements<caf::error>())
    return false;
  auto next = std::move(stages.back());
  stages.pop_back();
  next->enqueue(make_mail(sender, id, std::move(content), std::move(stages)),
                nullptr);
  return true;
}

inline caf::message take_content(caf::mailbox_element& mail) {
  return mail.move_content_to_message();
}

#else

/// What an override of `enqueue` returns.
using enqueue_result = bool;

inline bool enqueued(bool is_accepted) {
  return is_accepted;
}

/// CAF 1.x cannot compose actors.
struct forwarding_stack {};

inline forwarding_stack take_forwarding_stack(caf::mailbox_element&) {
  return {};
}

inline caf::mailbox_element_ptr make_mail(caf::strong_actor_ptr sender,
                                          caf::message_id id,
                                          caf::message content,
                                          forwarding_stack = {}) {
  return caf::make_mailbox_element(std::move(sender), id, std::move(content));
}

inline bool forward(const caf::strong_actor_ptr&, caf::message_id,
                    forwarding_stack&, caf::message&) {
  return false;
}

inline caf::message take_content(caf::mailbox_element& mail) {
  return std::move(mail.payload);
}

#endif

} // namespace venomous::compat

// -- base classes -------------------------------------------------------------

#if VENOMOUS_CAF_017

namespace venomous::compat {

class foreign_actor_base;

} // namespace venomous::compat

namespace caf {

template <>
class behavior_type_of<venomous::compat::foreign_actor_base> {
public:
  using type = behavior;
};

} // namespace caf

namespace venomous::compat {

/// The base of an actor without a mailbox.
class bare_actor : public caf::monitorable_actor {
public:
  using caf::monitorable_actor::monitorable_actor;

  /// Notifies the actors that monitor it of its end.
  void on_destroy() override {
    cleanup(caf::error{}, nullptr);
  }
};

/// What `foreign_actor` takes from CAF.
class foreign_actor_base
  : public caf::extend<caf::scheduled_actor, foreign_actor_base>::with<
      caf::mixin::sender, caf::mixin::requester> {
public:
  /// Required by `spawn` for type deduction.
  using signatures = caf::none_t;

  /// Required by `spawn` for type deduction.
  using behavior_type = caf::behavior;

  using extended_base::extended_base;

protected:
  /// Takes messages as `handlers` and `on_down` say. CAF's defaults, to print
  /// or to quit, must not end a pool because of a stray message.
  template <class OnDown>
  void handle_by(caf::behavior handlers, OnDown on_down) {
    set_down_handler(std::move(on_down));
    set_error_handler([](caf::scheduled_actor*, caf::error&) {});
    set_default_handler(caf::drop);
    do_become(std::move(handlers), true);
  }
};

} // namespace venomous::compat

#else

namespace venomous::compat {

/// The base of an actor without a mailbox.
class bare_actor : public caf::abstract_actor {
public:
  using caf::abstract_actor::abstract_actor;

  const char* name() const override {
    return "venomous.bare_actor";
  }

  /// Required by `caf::make_actor`.
  void setup_metrics() {
    // nop
  }

private:
  void force_close_mailbox() override {
    // nop
  }
};

/// What `foreign_actor` takes from CAF, with the functions of CAF 0.17 that
/// later versions deprecate.
class foreign_actor_base : public caf::scheduled_actor {
public:
  /// Required by `spawn` for type deduction.
  using signatures = caf::none_t;

  /// Required by `spawn` for type deduction.
  using behavior_type = caf::behavior;

  using caf::scheduled_actor::scheduled_actor;

  template <class Handle, class... Ts>
  void send(const Handle& receiver, Ts&&... xs) {
    if (receiver)
      caf::event_based_mail(caf::dynamically_typed{}, this,
                            std::forward<Ts>(xs)...)
        .send(receiver);
  }

  template <class Handle, class... Ts>
  auto request(const Handle& receiver, caf::timespan timeout, Ts&&... xs) {
    return caf::event_based_mail(caf::dynamically_typed{}, this,
                                 std::forward<Ts>(xs)...)
      .request(receiver, timeout);
  }

  template <class Handle, class... Ts>
  auto delegate(const Handle& receiver, Ts&&... xs) {
    return make_response_promise().delegate(receiver, std::forward<Ts>(xs)...);
  }

protected:
  /// Takes messages as `handlers` and `on_down` say. CAF's defaults, to print
  /// or to quit, must not end a pool because of a stray message. Fallbacks for
  /// messages of any type do not get those of CAF itself.
  template <class OnDown>
  void handle_by(const caf::behavior& handlers, OnDown on_down) {
    do_become(caf::message_handler{handlers.as_behavior_impl()}.or_else(
                std::move(on_down), [](caf::error&) {},
                [](caf::node_down_msg&) {},
                [](caf::message&) -> caf::result<void> {
                  return caf::make_error(caf::sec::unexpected_message);
                }),
              true);
  }
};

} // namespace venomous::compat

#endif

namespace venomous::compat {

/// The base of an actor that lives on a foreign event loop.
class foreign_actor : public foreign_actor_base {
public:
  using foreign_actor_base::foreign_actor_base;

  /// Has `on_down` called when `observed` ends, or at once if it has ended. Not
  /// by a callback of CAF 1.x, because that stays with the observed actor after
  /// `demonitor`.
  template <class Handle>
  void monitor(const Handle& observed) {
    if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(observed))
      strong->get()->attach(caf::default_attachable::make_monitor(
        strong->get()->address(), address()));
    else
      enqueue(make_mail(nullptr, caf::make_message_id(),
                        caf::make_message(caf::down_msg{
                          caf::actor_cast<caf::actor_addr>(observed),
                          caf::make_error(caf::exit_reason::unknown)})),
              nullptr);
  }

  void demonitor(const caf::actor_addr& observed) {
    if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(observed))
      strong->get()->detach(caf::default_attachable::observe_token{
        address(), caf::default_attachable::monitor});
  }

protected:
  /// An actor that `monitor` was called for has ended.
  virtual void on_down(const caf::actor_addr& source,
                       const caf::error& reason) = 0;

  /// Takes messages as `handlers` say, and no others.
  void handle_by(caf::behavior handlers) {
    foreign_actor_base::handle_by(
      std::move(handlers),
      [this](caf::down_msg& msg) { on_down(msg.source, msg.reason); });
  }
};

} // namespace venomous::compat
