#include "actors/base/submitter.hpp"

#include "actors/base/bounced_request.hpp"
#include "actors/base/compat.hpp"
#include "actors/base/pool_errors.hpp"

#include <caf/make_actor.hpp>

#include <cstdint>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace venomous {

namespace {

/// Reads the answer of a manager, or of CAF if there is no manager.
caf::expected<value> answer_in(caf::message content) {
  if (content.match_elements<value>())
    return std::move(content.get_mutable_as<value>(0));
  if (content.match_elements<caf::error>())
    return std::move(content.get_mutable_as<caf::error>(0));
  return caf::make_error(caf::sec::unexpected_response);
}

/// Calls handlers, but not within a call that is being submitted: a handler
/// that submits the next one would otherwise fill the stack if the pool has
/// ended.
class delivery_queue {
public:
  void deliver(detail::answer_handler_ptr handler,
               caf::expected<value> answer) {
    if (submitting_)
      waiting_.emplace_back(std::move(handler), std::move(answer));
    else
      handler->handle(std::move(answer));
  }

  /// Calls `send()`, then the handlers that it has made due.
  template <class F>
  void submit(F send) {
    if (submitting_)
      return send();
    submitting_ = true;
    try {
      send();
    } catch (...) {
      // Those that wait have no other chance.
      settle();
      throw;
    }
    settle();
  }

private:
  void settle() noexcept {
    while (!waiting_.empty()) {
      auto [handler, answer] = std::move(waiting_.front());
      waiting_.pop_front();
      handler->handle(std::move(answer));
    }
    submitting_ = false;
  }

  bool submitting_ = false;
  std::deque<std::pair<detail::answer_handler_ptr, caf::expected<value>>>
    waiting_;
};

thread_local delivery_queue deliveries;

class submitter final : public compat::bare_actor {
public:
  using handler_ptr = detail::answer_handler_ptr;

  explicit submitter(caf::actor_config& cfg) : bare_actor(cfg) {
    // nop
  }

  /// Whoever could have answered the rest is gone.
  ~submitter() override {
    for (auto& [number, handler] : handlers_)
      deliveries.deliver(std::move(handler), pool_ended_error());
  }

  using caf::abstract_actor::enqueue;

  compat::enqueue_result enqueue(caf::mailbox_element_ptr element,
                                 compat::scheduler*) override {
    if (!element->mid.is_response())
      refuse(*element);
    else if (auto handler = extract(element->mid.request_id().integer_value()))
      deliveries.deliver(std::move(handler),
                         answer_in(compat::take_content(*element)));
    return compat::enqueued(true);
  }

  /// Keeps `handler` until the answer comes.
  /// @returns the number of the request.
  uint64_t add(handler_ptr handler) {
    std::lock_guard guard{mutex_};
    handlers_.emplace(++last_, std::move(handler));
    return last_;
  }

private:
  void refuse(caf::mailbox_element& element) {
    if (element.mid.is_request())
      bounced_request{ctrl(), element}.deliver(
        caf::make_error(caf::sec::unexpected_message));
  }

  handler_ptr extract(uint64_t number) {
    std::lock_guard guard{mutex_};
    auto node = handlers_.extract(number);
    return node ? std::move(node.mapped()) : nullptr;
  }

  std::mutex mutex_;
  uint64_t last_ = 0;
  std::unordered_map<uint64_t, handler_ptr> handlers_;
};

} // namespace

caf::strong_actor_ptr make_submitter(caf::actor_system& system) {
  caf::actor_config cfg;
  return caf::make_actor<submitter, caf::strong_actor_ptr>(
    system.next_actor_id(), system.node(), &system, cfg);
}

void submit_by(const caf::strong_actor_ptr& by,
               const snake_manager_actor& manager, snake_args&& args,
               const python_options& options,
               detail::answer_handler_ptr handler) {
  if (!manager)
    return deliveries.submit([&] {
      deliveries.deliver(std::move(handler),
                         caf::make_error(caf::sec::invalid_argument));
    });
  auto number = static_cast<submitter*>(by->get())->add(std::move(handler));
  auto id = caf::make_message_id(number).with_normal_priority();
  deliveries.submit([&] {
    caf::actor_cast<caf::abstract_actor*>(manager)->enqueue(
      compat::make_mail(
        by, id, caf::make_message(python_atom_v, std::move(args), options)),
      nullptr);
  });
}

} // namespace venomous
