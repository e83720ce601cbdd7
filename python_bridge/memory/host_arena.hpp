#pragma once

#include "python_bridge/memory/arena.hpp"
#include "python_bridge/memory/block_list.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

namespace venomous {

/// The host's end of an arena. Its memory goes back to the system with its last
/// block, even if snakes still have it mapped.
class host_arena : public arena,
                   public std::enable_shared_from_this<host_arena> {
public:
  /// Who may write to it.
  enum class access : uint8_t {
    /// The host and one snake. Other snakes may read it.
    one_snake,
    /// The host and every snake. The host manages all of it.
    all_snakes,
  };

  /// @param size as for `arena`.
  explicit host_arena(size_t size, access allowed = access::one_snake);

  host_arena(const host_arena&) = delete;

  host_arena& operator=(const host_arena&) = delete;

  ~host_arena();

  // -- properties -------------------------------------------------------------

  /// The id by which other snakes know it, unique in this process.
  uint32_t id() const noexcept {
    return id_;
  }

  /// Returns the offset of `x` in the memory.
  uint64_t offset_of(const char* x) const noexcept {
    return static_cast<uint64_t>(x - memory_.data());
  }

  /// Returns a descriptor for its own snake.
  /// @throws std::system_error if the system grants none.
  unique_fd descriptor() const;

  /// Returns a descriptor for another snake, with just the rights that it may
  /// have.
  /// @throws std::system_error if the system grants none.
  unique_fd foreign_descriptor() const;

  // -- blocks -----------------------------------------------------------------

  /// Takes a block for the host to write to. Any thread may call this, and any
  /// thread may drop the block.
  /// @returns null if there is no room.
  std::shared_ptr<char[]> take(size_t size);

  /// Returns what the snake has sent, null if `reference` is invalid.
  std::shared_ptr<char[]> receive(const memory_reference& reference);

  /// Gives pages back to the system: those of arguments that the host does not
  /// use and, if there are no results, all those of results. Nothing may be on
  /// its way from the snake.
  /// @returns whether the arena is unused.
  bool discard() noexcept;

private:
  friend struct arena_block;

  void give_back(size_t offset, size_t size) noexcept;

  const uint32_t id_;
  const access allowed_;
  std::mutex mutex_;
  block_list blocks_;
};

/// Deleter of the blocks of an arena, which identifies them.
struct arena_block {
  std::shared_ptr<host_arena> owner;
  arena::way direction = {};
  /// For a block that a snake has sent.
  uint32_t slot = 0;
  /// For a block that the host has taken.
  size_t size = 0;

  void operator()(char* first) const noexcept;
};

/// Returns the arena that contains `x`, null if none does.
host_arena* arena_of(const shared_buffer& x) noexcept;

} // namespace venomous
