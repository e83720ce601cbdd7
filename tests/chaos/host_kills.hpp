#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace venomous::chaos {

/// Starts this program over and over, kills it when its pools are busy, and
/// prints how long what it had started lived on. Ends this process, with status
/// 1, as soon as something does for longer than `limit`.
void kill_hosts(uint64_t seed, size_t times, std::chrono::seconds limit);

} // namespace venomous::chaos
