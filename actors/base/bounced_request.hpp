#pragma once

#include "actors/base/compat.hpp"

#include <utility>

namespace venomous {

/// A message that its receiver does not handle, because the receiver has ended
/// or never handles messages. Unlike a `response_promise`, it needs nothing of
/// the receiver but its address, so any thread may answer it.
class bounced_request {
public:
  bounced_request(caf::strong_actor_ptr receiver, caf::mailbox_element& mail)
    : receiver_(std::move(receiver)),
      sender_(std::move(mail.sender)),
      id_(mail.mid),
      stages_(compat::take_forwarding_stack(mail)) {
    // nop
  }

  /// Answers the sender, if there is one.
  template <class... Ts>
  void deliver(Ts&&... xs) {
    auto content = caf::make_message(std::forward<Ts>(xs)...);
    if (!compat::forward(sender_, id_, stages_, content) && sender_)
      sender_->enqueue(compat::make_mail(std::move(receiver_),
                                         id_.response_id(), std::move(content)),
                       nullptr);
  }

  /// Has another actor answer.
  template <class Handle, class... Ts>
  void delegate(const Handle& to, Ts&&... xs) {
    caf::actor_cast<caf::abstract_actor*>(to)->enqueue(
      compat::make_mail(std::move(sender_), id_,
                        caf::make_message(std::forward<Ts>(xs)...),
                        std::move(stages_)),
      nullptr);
  }

private:
  caf::strong_actor_ptr receiver_;
  caf::strong_actor_ptr sender_;
  caf::message_id id_;
  compat::forwarding_stack stages_;
};

} // namespace venomous
