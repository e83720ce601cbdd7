#pragma once

#include "python_bridge/memory/block_list.hpp"
#include "python_bridge/os/shared_memory.hpp"
#include "python_bridge/wire/frame.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace venomous {

/// Memory that the two ends of a snake share for long bodies and attachments,
/// which a socket would copy twice, piece by piece. Each end manages the half
/// to which it writes.
///
///     host   ── to_snake ──▶  snake     free again when no Python object is
///                                       left that shows it
///     host  ◀── to_host ────  snake     free again when the value is gone
///
class arena {
public:
  enum class way : uint8_t { to_snake, to_host };

  /// A frame with a body of this size or more goes through the arena if there
  /// is room.
  static constexpr size_t min_body = min_attachment;

  /// The number of bodies and attachments that may be in use at the same time,
  /// each way.
  static constexpr uint32_t slots = 1024;

  // -- constructors -----------------------------------------------------------

  /// @param size of both halves together, 0 for an arena without room.
  /// @throws std::system_error if the system grants no memory.
  explicit arena(size_t size);

  /// The other end's view of the arena behind `fd`. Processes that a snake
  /// forks may continue to use the arguments of their parent.
  /// @throws std::system_error if `fd` is not an arena that is writable.
  explicit arena(const unique_fd& fd);

  // -- properties -------------------------------------------------------------

  /// Returns the size of each half in bytes.
  size_t capacity() const noexcept;

  /// Returns the whole memory of the arena.
  std::span<char> bytes() const noexcept {
    return {memory_.data(), memory_.size()};
  }

  /// Returns the offset at which the half for `direction` begins.
  size_t begin_of(way direction) const noexcept;

  /// Returns the bytes that `reference` stands for, nothing if they do not lie
  /// in that half.
  std::optional<std::span<char>> find(way direction,
                                      const memory_reference& reference) const;

  /// Returns the bytes that `reference` stands for in either half.
  std::optional<std::span<char>> find(const memory_reference& reference) const;

  // -- modifiers --------------------------------------------------------------

  /// Gives the pages of free blocks back to the system.
  void discard(const block_list& blocks) noexcept;

  // -- slots ------------------------------------------------------------------

  /// Marks a slot as in use by the receiver.
  void occupy(way direction, uint32_t slot) noexcept;

  /// Marks a slot as no longer in use.
  void release(way direction, uint32_t slot) noexcept;

  bool is_free(way direction, uint32_t slot) const noexcept;

protected:
  std::optional<std::span<char>> find(const memory_reference& reference,
                                      size_t begin, size_t end) const;

  shared_memory memory_;
};

} // namespace venomous
