#include "venomous/submit.hpp"

#include "actors/base/pool_actor.hpp"

namespace venomous::detail {

namespace {

caf::strong_actor_ptr submitter_of(const snake_manager_actor& manager) {
  if (!manager)
    return nullptr;
  auto of_pool =
    dynamic_cast<pool_actor*>(caf::actor_cast<caf::abstract_actor*>(manager));
  // A stand-in for a manager, as in tests of a program, has no such actor.
  return of_pool ? of_pool->pool()->submitter
                 : make_submitter(manager.home_system());
}

} // namespace

void submit(const snake_manager_actor& manager, snake_args&& args,
            const python_options& options, answer_handler_ptr handler) {
  submit_by(submitter_of(manager), manager, std::move(args), options,
            std::move(handler));
}

} // namespace venomous::detail
