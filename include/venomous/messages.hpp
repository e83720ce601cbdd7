#pragma once

#include "venomous/error.hpp"
#include "venomous/interfaces.hpp"
#include "venomous/map.hpp"
#include "venomous/snake.hpp"
#include "venomous/snake_args.hpp"
#include "venomous/value.hpp"

#include <chrono>
#include <vector>

/// @file
/// What callers and the pool say to each other.

namespace venomous {

/// A leased snake. May be copied and handed on; who retrieved it remains its
/// holder, and the lease ends with the holder.
struct snake {
  /// Its number within its pool.
  snake_id id = 0;
  /// Number of the lease: tells this one from earlier ones of the same snake.
  uint64_t lease = 0;
  /// Whom to send runs to.
  snake_worker_actor worker;
  /// Number of its Python process.
  int32_t os_pid = 0;
};

/// @relates snake
template <class Inspector>
compat::inspect_result<Inspector> inspect(Inspector& f, snake& x) {
  return compat::inspect_fields(
    f, x, "venomous::snake", compat::field("id", x.id),
    compat::field("lease", x.lease), compat::field("worker", x.worker),
    compat::field("os_pid", x.os_pid));
}

/// What `list_alive_snakes` tells about one snake. Its `lease` is 0: to know of
/// a snake is not to hold it.
struct snake_info : snake {
  /// What it is doing.
  snake_status status = snake_status::ready;
  /// When it took its present status.
  caf::timestamp last_update;
  /// Calls that it has answered. A chunk of a map counts as one.
  uint64_t calls_done = 0;
  /// Resident memory in bytes, shared pages included. 0 if unknown.
  uint64_t resident_memory = 0;
};

/// @relates snake_info
template <class Inspector>
compat::inspect_result<Inspector> inspect(Inspector& f, snake_info& x) {
  return compat::inspect_fields(
    f, x, "venomous::snake_info", compat::field("id", x.id),
    compat::field("worker", x.worker), compat::field("os_pid", x.os_pid),
    compat::field("status", x.status),
    compat::field("last_update", x.last_update),
    compat::field("calls_done", x.calls_done),
    compat::field("resident_memory", x.resident_memory));
}

namespace detail {

/// Tells CAF 1.x of its own types and of all above, unless the program has done
/// so already.
bool register_types();

/// CAF wants that before the first actor system.
inline const bool types_are_registered = register_types();

} // namespace detail

} // namespace venomous
