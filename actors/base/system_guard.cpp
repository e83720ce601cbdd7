#include "actors/base/system_guard.hpp"

#if !VENOMOUS_CAF_017
#  include <caf/attachable.hpp>

#  include <future>
#endif

namespace venomous {

#if VENOMOUS_CAF_017

system_guard::system_guard(caf::actor_system& system) : system_(system) {
  system_.inc_detached_threads();
}

system_guard::~system_guard() {
  system_.dec_detached_threads();
}

#else

struct system_guard::gate {
  gate() : opened(promise.get_future()) {
    // nop
  }

  std::promise<void> promise;
  std::shared_future<void> opened;
};

namespace {

/// Identifies the attachable of a guard.
struct gate_token {
  static constexpr size_t token_type = caf::attachable::token::anonymous;
};

/// Blocks the thread on which an actor ends. CAF joins it before the system is
/// gone.
class gatekeeper final : public caf::attachable {
public:
  gatekeeper(std::shared_future<void> opened, const void* key)
    : opened_(std::move(opened)), key_(key) {
    // nop
  }

  void actor_exited(const caf::error&, caf::scheduler*) override {
    opened_.wait();
  }

  bool matches(const token& x) override {
    return x.subtype == gate_token::token_type && x.ptr == key_;
  }

private:
  std::shared_future<void> opened_;
  const void* key_;
};

} // namespace

system_guard::system_guard(caf::actor_system& system)
  : gate_(std::make_shared<gate>()),
    last_of_system_(caf::actor_cast<caf::weak_actor_ptr>(system.spawn_serv())) {
  system.spawn_serv()->get()->attach(
    std::make_unique<gatekeeper>(gate_->opened, gate_.get()));
}

system_guard::~system_guard() {
  gate_->promise.set_value();
  if (auto last = last_of_system_.lock())
    last->get()->detach({gate_token::token_type, gate_.get()});
}

#endif

} // namespace venomous
