#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// Information about processes from /proc, for both ends of the wire. It may be
/// out of date by the time it is read.

namespace venomous {

/// In the environment of each process of a pool: the snake from which it
/// descends.
inline constexpr std::string_view snake_marker = "VENOMOUS_SNAKE=";

/// Its value in a zygote.
inline constexpr std::string_view no_snake_marker = "0000000000000000";

/// In the environment of each process of a pool: the pool.
inline constexpr std::string_view pool_marker = "VENOMOUS_POOL=";

std::vector<pid_t> all_processes();

/// Returns the number of descriptors of this process, nothing if it is unknown.
std::optional<size_t> count_own_descriptors();

/// Returns the parent of a process, nothing if it has ended.
std::optional<pid_t> parent_of(pid_t pid);

/// Returns the resident memory of a process in bytes, shared pages included, 0
/// if it is unknown.
uint64_t resident_memory(pid_t pid);

/// Returns the same without pages of files and of shared memory.
uint64_t anonymous_memory(pid_t pid);

/// Returns the memory in bytes that a process shares with no other process, not
/// even with its parent; nothing if it is unknown. The kernel needs a
/// millisecond for a few hundred megabytes.
std::optional<uint64_t> private_memory(pid_t pid);

/// Returns the environment of a process as the kernel keeps it, empty if it has
/// ended or is not accessible.
std::string environment_of(pid_t pid);

/// Returns the value of a variable, empty if it is not set.
/// @param name with the equals sign.
std::string variable(std::string_view environment, std::string_view name);

/// Returns whether a process waits for others to end and then cleans up after
/// them, as the resource trackers of multiprocessing and loky do.
bool is_tracker(pid_t pid);

/// Kills the remaining processes of a pool, and waits until they are gone, for
/// a second at most. Trackers have half of that to end by themselves. For a
/// pool whose zygote is gone: a zygote would be killed as well.
/// @param dying processes that were killed elsewhere, to wait for as well.
/// @returns the processes that still exist.
std::vector<pid_t> sweep(std::string_view pool,
                         const std::vector<pid_t>& dying = {});

} // namespace venomous
