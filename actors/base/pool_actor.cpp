#include "actors/base/pool_actor.hpp"

#include <utility>

namespace venomous {

namespace {

/// A message on its way to an actor, which it keeps alive until then.
class delivery final : public event_loop::task {
public:
  using handler = void (pool_actor::*)(caf::mailbox_element&);

  delivery(pool_actor* to, handler handle, caf::mailbox_element_ptr element)
    : to_(to),
      keep_alive_(to->ctrl()),
      handle_(handle),
      element_(std::move(element)) {
    // nop
  }

  void run() override {
    (to_->*handle_)(*element_);
  }

  caf::mailbox_element& element() noexcept {
    return *element_;
  }

private:
  pool_actor* to_;
  caf::strong_actor_ptr keep_alive_;
  handler handle_;
  caf::mailbox_element_ptr element_;
};

bool is_exit_request(caf::mailbox_element& element) {
  auto& content = element.content();
  return content.match_elements<caf::exit_msg>()
         && content.get_as<caf::exit_msg>(0).reason;
}

} // namespace

std::optional<event_loop::clock::time_point> end_of(caf::timespan span) {
  // Clocks of 64 bits overflow after 292 years.
  if (span > std::chrono::hours(24 * 365 * 100))
    return std::nullopt;
  return event_loop::clock::now()
         + std::chrono::duration_cast<event_loop::clock::duration>(span);
}

pool_context::pool_context(caf::actor_system& system, pool_options own,
                           std::vector<std::string> places)
  : options(std::move(own)),
    python_places(std::move(places)),
    loop(options.spin),
    scheduler(system),
    last_of_system(caf::actor_cast<caf::actor_addr>(system.spawn_serv())),
    submitter(make_submitter(system)),
    waiting(options.max_queue_mb) {
  // nop
}

pool_actor::pool_actor(caf::actor_config& cfg, pool_context_ptr context,
                       errc bounce)
  : foreign_actor(cfg), pool_(std::move(context)), bounce_(bounce) {
  // nop
}

// -- overridden functions -----------------------------------------------------

compat::enqueue_result pool_actor::enqueue(caf::mailbox_element_ptr element,
                                           compat::scheduler*) {
  auto mail =
    std::make_unique<delivery>(this, &pool_actor::handle, std::move(element));
  auto& ref = *mail;
  event_loop::task_ptr task = std::move(mail);
  auto is_posted = pool_->loop.post(std::move(task));
  if (!is_posted)
    bounce(ref.element());
  return compat::enqueued(is_posted);
}

void pool_actor::launch(compat::scheduler*, bool, bool hide) {
  if (!hide)
    register_at_system();
  self_ = ctrl();
  if (!pool_->loop.post([this, keep_alive = caf::strong_actor_ptr{ctrl()}] {
        activate(pool_->scheduler.get());
      }))
    self_ = nullptr;
}

void pool_actor::initialize() {
  setf(is_initialized_flag);
  set_exception_handler([this](std::exception_ptr& x) {
    shut_down_once();
    return default_exception_handler(this, x);
  });
  handle_by(start());
}

void pool_actor::on_exit() {
  shut_down_once();
  // The caller holds another reference.
  self_ = nullptr;
}

// -- customization points -----------------------------------------------------

bool pool_actor::redirect(bounced_request&, const caf::message&) {
  return false;
}

// -- for subclasses -----------------------------------------------------------

// Callers get their answers, and other actors get the calls that they take
// over, before they learn of the end: CAF 1.x notifies them before `on_exit`.
void pool_actor::finish(caf::error reason) {
  shut_down_once();
  quit(std::move(reason));
}

void pool_actor::finish_now(caf::error reason) {
  caf::strong_actor_ptr keep_alive{ctrl()};
  finish(std::move(reason));
  finalize();
}

// -- private ------------------------------------------------------------------

void pool_actor::shut_down_once() noexcept {
  if (!std::exchange(is_shut_down_, true))
    shut_down();
}

void pool_actor::handle(caf::mailbox_element& element) {
  if (!self_)
    return bounce(element);
  // CAF leaves no handler a say in `exit_reason::kill`.
  if (is_exit_request(element))
    shut_down_once();
  activate(pool_->scheduler.get(), element);
}

void pool_actor::bounce(caf::mailbox_element& element) {
  if (element.mid.is_response())
    return;
  bounced_request request{ctrl(), element};
  auto is_request = element.mid.is_request();
  auto content = compat::take_content(element);
  if (!redirect(request, content) && is_request)
    request.deliver(
      caf::make_error(bounce_, std::string{"the actor has ended"}));
}

} // namespace venomous
