#pragma once

#include "actors/base/compat.hpp"

#include <utility>

namespace venomous {

/// A message that its receiver does not handle, because that has ended or never
/// handles any. Unlike a `response_promise` it takes nothing of the receiver
/// but its address, so that any thread may answer it.
class late_request {
public:
  late_request(caf::strong_actor_ptr receiver, caf::mailbox_element& mail)
    : receiver_(std::move(receiver)),
      sender_(std::move(mail.sender)),
      id_(mail.mid),
      stages_(compat::take_stages(mail)) {
    // nop
  }

  /// Answers the sender, if there is one.
  template <class... Ts>
  void deliver(Ts&&... xs) {
    compat::respond(std::move(receiver_), std::move(sender_), id_,
                    std::move(stages_),
                    caf::make_message(std::forward<Ts>(xs)...));
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
  compat::stages stages_;
};

} // namespace venomous
