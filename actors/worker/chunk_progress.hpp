#pragma once

#include "actors/base/interfaces.hpp"

#include "python_bridge/host/event_loop.hpp"
#include "python_bridge/memory/ledger.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace venomous {

/// How far a snake has got with a chunk. Makes the reports that the mapper
/// gets: each item is in one of them at most.
class chunk_progress {
public:
  // -- properties -------------------------------------------------------------

  /// Returns how many items were reported.
  size_t done() const noexcept {
    return done_;
  }

  // -- modifiers --------------------------------------------------------------

  /// The chunk runs from now on.
  void begin(event_loop::clock::time_point now) noexcept {
    heard_ = now;
  }

  /// Reports the results that the snake has sent.
  /// @returns nothing if they are malformed, or not the next ones.
  std::optional<map_part> report(const map_chunk& chunk, frame_body body) {
    return report(chunk, std::move(body), 0);
  }

  /// Reports the results that the snake has finished and not sent. Malformed
  /// ones count as not finished.
  /// @returns nothing if they have been sent meanwhile.
  std::optional<map_part> report_unsent(const map_chunk& chunk,
                                        const ledger& shared);

  /// Reports that the next `count` items ended by `why`.
  map_part report_failure(const map_chunk& chunk, size_t count,
                          const caf::error& why);

private:
  std::optional<map_part> report(const map_chunk& chunk, frame_body body,
                                 size_t known);

  map_part advance(const map_chunk& chunk, size_t count);

  size_t done_ = 0;
  /// When the chunk began, or the last results came.
  event_loop::clock::time_point heard_;
};

} // namespace venomous
