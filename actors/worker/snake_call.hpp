#pragma once

#include "actors/base/interfaces.hpp"
#include "actors/base/memory_quota.hpp"
#include "actors/worker/chunk_progress.hpp"

#include "python_bridge/host/event_loop.hpp"

#include "venomous/options.hpp"

#include <cstdint>

namespace venomous {

/// A call, or a chunk of a map, that a worker has to answer.
struct snake_call {
  caf::response_promise promise;
  job work;
  python_options options;
  call_ticket ticket = {};
  /// 0 for a call that came by the manager.
  uint64_t lease = 0;
  /// Ends the wait for another run of the lease.
  event_loop::timer patience = {};
  /// For the arguments, while the call waits.
  memory_quota::share memory = {};
  /// Identifies it in the process, once it is sent.
  call_key key = {};
  /// Of a chunk.
  chunk_progress progress = {};
  /// Whether an exception was raised in it from outside.
  bool interrupted = false;
  /// Whether it is answered `cancelled`, however it ends.
  bool cancelled = false;
};

/// The answer to a call that has run for longer than `limit`.
caf::error timeout_error(const job& work, caf::timespan limit);

/// Returns what a call is answered with when it has ended with `result`.
caf::expected<value> final_result(const snake_call& call,
                                  caf::expected<value> result);

} // namespace venomous
