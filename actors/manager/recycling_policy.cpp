#include "actors/manager/recycling_policy.hpp"

#include "python_bridge/os/process_table.hpp"

#include <cmath>

namespace venomous {

recycling_policy::recycling_policy(const pool_options& options)
  : max_calls_(options.max_calls),
    max_memory_(uint64_t{options.max_memory_mb} << 20),
    max_age_(options.max_age) {
  // nop
}

void recycling_policy::set_limits(pool_member& member) {
  if (max_calls_ > 0)
    member.max_calls = static_cast<uint64_t>(
      std::ceil(draw_share() * static_cast<double>(max_calls_)));
  if (max_age_.count() > 0)
    member.replace_at =
      clock::now()
      + std::chrono::duration_cast<clock::duration>(draw_share() * max_age_);
}

bool recycling_policy::is_due(pool_member& member,
                              clock::duration interval) const {
  if (!needs_inspections())
    return false;
  auto now = clock::now();
  if (now >= member.replace_at)
    return true;
  if (max_memory_ == 0 || member.calls_done == 0
      || now - member.last_measured < interval)
    return false;
  member.last_measured = now;
  // The exact number takes longer to get, and is never above this one.
  auto upper_bound = anonymous_memory(member.os_pid);
  return upper_bound > max_memory_
         && private_memory(member.os_pid).value_or(upper_bound) > max_memory_;
}

double recycling_policy::draw_share() {
  return std::uniform_real_distribution<double>{0.9, 1.0}(random_);
}

} // namespace venomous
