#include "actors/manager/wear.hpp"

#include "python_bridge/os/process_table.hpp"

#include <cmath>

namespace venomous {

wear::wear(const pool_options& options)
  : max_calls_(options.max_calls),
    max_memory_(uint64_t{options.max_memory_mb} << 20),
    max_age_(options.max_age) {
  // nop
}

void wear::allot(roster::member& what) {
  if (max_calls_ > 0)
    what.max_calls = static_cast<uint64_t>(
      std::ceil(share() * static_cast<double>(max_calls_)));
  if (max_age_.count() > 0)
    what.replace_at =
      clock::now()
      + std::chrono::duration_cast<clock::duration>(share() * max_age_);
}

bool wear::inspect(roster::member& what, clock::duration interval) const {
  if (!comes_with_time())
    return false;
  auto now = clock::now();
  if (now >= what.replace_at)
    return true;
  if (max_memory_ == 0 || what.calls_done == 0
      || now - what.measured < interval)
    return false;
  what.measured = now;
  // The exact number takes longer, and is less.
  auto most = anonymous_memory(what.os_pid);
  return most > max_memory_
         && private_memory(what.os_pid).value_or(most) > max_memory_;
}

double wear::share() {
  return std::uniform_real_distribution<double>{0.9, 1.0}(random_);
}

} // namespace venomous
