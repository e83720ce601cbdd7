#include "actors/manager/pending_request.hpp"

namespace venomous {

// -- lease_batch --------------------------------------------------------------

lease_batch::~lease_batch() {
  if (snakes.empty() && fault)
    promise.deliver(std::move(fault));
  else
    promise.deliver(std::move(snakes));
}

// -- properties ---------------------------------------------------------------

caf::actor_addr pending_request::caller() const {
  auto batch = std::get_if<batch_ptr>(&demand);
  return caf::actor_cast<caf::actor_addr>(batch ? (*batch)->promise.source()
                                                : promise.source());
}

std::string pending_request::home_name() const {
  return "snake " + std::to_string(home) + ", which keeps an argument,";
}

// -- answers ------------------------------------------------------------------

void pending_request::refuse(errc code, const std::string& why) {
  auto batch = std::get_if<batch_ptr>(&demand);
  if (!batch)
    promise.deliver(caf::make_error(code, why));
  // A batch without any snake is an empty one, unless something went wrong.
  else if (code != errc::no_snake)
    (*batch)->fault = caf::make_error(code, why);
}

void pending_request::refuse_full(size_t max_queue) {
  refuse(errc::queue_full, std::to_string(max_queue)
                             + " callers wait already, as max-queue permits");
}

void pending_request::grant(snake leased) {
  if (auto batch = std::get_if<batch_ptr>(&demand))
    (*batch)->snakes.push_back(std::move(leased));
  else
    promise.deliver(std::move(leased));
}

} // namespace venomous
