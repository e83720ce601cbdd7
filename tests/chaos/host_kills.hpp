#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace venomous::chaos {

/// Starts this program over and over, kills it while its pools are busy, and
/// prints how long its processes outlive it. Exits with status 1 as soon as one
/// does so for longer than `limit`.
void kill_hosts(uint64_t seed, size_t times, std::chrono::seconds limit);

} // namespace venomous::chaos
