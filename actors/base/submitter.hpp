#pragma once

#include "venomous/submit.hpp"

namespace venomous {

/// Makes an actor without a mailbox that calls for those who are no actors. One
/// serves all threads, because a pool monitors each caller that it has.
caf::strong_actor_ptr make_submitter(caf::actor_system& system);

/// Has the submitter `by` send a call to `manager`, which may be null. The
/// handler runs on the thread that delivers the answer. May be called from any
/// thread.
void submit_by(const caf::strong_actor_ptr& by,
               const snake_manager_actor& manager, snake_args&& args,
               const python_options& options,
               detail::answer_handler_ptr handler);

} // namespace venomous
