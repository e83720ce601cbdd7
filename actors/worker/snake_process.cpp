#include "actors/worker/snake_process.hpp"

#include <utility>

namespace venomous {

namespace {

// SIGKILL takes milliseconds. After this the zygote has to show that it lives.
constexpr auto patience_with_zygote = std::chrono::seconds(5);

} // namespace

snake_process::snake_process(pool_context& pool, snake_id id,
                             snake_process_ends ends, connection::callbacks cb)
  : pool_(pool),
    id_(id),
    errors_(std::move(ends.errors)),
    wire_(std::in_place, pool.loop, std::move(ends.socket),
          std::move(ends.memory),
          (pool.options.max_frame_mb << 20) + frame_overhead, std::move(cb)),
    ledger_(std::move(ends.shared)) {
  // nop
}

// -- properties ---------------------------------------------------------------

std::string snake_process::death_report(const exit_status& status) const {
  auto result = "the Python process of snake " + std::to_string(id_) + " "
                + (life_.fault().empty() ? to_string(status) : life_.fault());
  if (auto tail = errors_->tail(); !tail.empty())
    result += "\n" + tail;
  return result;
}

process_exit snake_process::details_of(const exit_status& status) const {
  return {status.code, status.signal, errors_->tail()};
}

// -- start --------------------------------------------------------------------

void snake_process::await_start(std::function<void()> on_late) {
  auto limit = pool_.options.start_timeout;
  late_start_ = event_loop::timer{pool_.loop, event_loop::clock::now() + limit,
                                  [this, limit, on_late = std::move(on_late)] {
                                    life_.set_fault(
                                      "did not get ready within "
                                      + std::to_string(limit.count()) + " ms");
                                    on_late();
                                  }};
}

bool snake_process::serve() {
  late_start_.cancel();
  return life_.serve();
}

// -- end ----------------------------------------------------------------------

bool snake_process::begin_end(std::function<void()> on_slow) {
  if (!life_.end())
    return false;
  late_start_.cancel();
  on_slow_end_ = std::move(on_slow);
  watch_end(pool_.options.grace + patience_with_zygote);
  return true;
}

void snake_process::drain() {
  wire_->drain();
  errors_->drain();
}

void snake_process::hang_up() {
  wire_->close();
  errors_.reset();
  late_start_.cancel();
  slow_end_.cancel();
}

void snake_process::release() {
  wire_.reset();
  ledger_.reset();
}

void snake_process::watch_end(std::chrono::milliseconds patience) {
  slow_end_ =
    event_loop::timer{pool_.loop, event_loop::clock::now() + patience, [this] {
                        on_slow_end_();
                        watch_end(patience_with_zygote);
                      }};
}

} // namespace venomous
