#pragma once

#include "python_bridge/frame.hpp"
#include "python_bridge/shared_memory.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace venomous {

/// Memory that the two ends of a snake share for the bodies of long frames,
/// which a socket would copy twice, piece by piece. Each end divides what it
/// writes to as a `ring`.
///
///     host   ── to_snake ──▶  snake     free again when the call is answered
///     host  ◀── to_host ────  snake     free again when the value is gone
///
class arena {
public:
  enum class way : uint8_t { to_snake, to_host };

  /// A frame with a body of this size or more goes through the arena if there
  /// is room.
  static constexpr size_t min_body = size_t{64} * 1024;

  /// So many results may be in use at the same time.
  static constexpr uint32_t slots = 64;

  // -- constructors -----------------------------------------------------------

  /// @param size of both ways together, 0 for an arena that has no room.
  /// @throws std::system_error if the system grants no memory.
  explicit arena(size_t size);

  /// The other end's view of the arena behind `fd`.
  /// @throws std::system_error if `fd` is none.
  explicit arena(unique_fd fd);

  /// Returns what the other end needs, once.
  unique_fd release_descriptor() {
    return memory_.release_descriptor();
  }

  // -- bodies -----------------------------------------------------------------

  /// Returns how many bytes there are each way.
  size_t capacity() const noexcept;

  /// Returns what `where` refers to, nothing if it refers to nowhere.
  std::optional<std::span<char>> find(way which,
                                      const arena_reference& where) const;

  /// Gives the pages of both ways back.
  /// @pre nobody uses any.
  void discard() noexcept;

  // -- results ----------------------------------------------------------------

  /// Marks a result as in use by the host.
  void occupy(uint32_t slot) noexcept;

  /// Marks a result as no longer in use.
  void release(uint32_t slot) noexcept;

  bool is_free(uint32_t slot) const noexcept;

private:
  size_t begin_of(way which) const noexcept;

  shared_memory memory_;
};

} // namespace venomous
