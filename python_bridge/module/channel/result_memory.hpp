#pragma once

#include "python_bridge/memory/arena.hpp"
#include "python_bridge/memory/block_list.hpp"
#include "python_bridge/wire/frame.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace venomous::bridge {

/// The loans of this snake to the host: bodies and attachments of results, in
/// the half of the arena to which the snake writes.
class result_memory {
public:
  explicit result_memory(std::shared_ptr<arena> own);

  // -- room for the body under construction -----------------------------------

  /// Gives back the room that was taken before, if it was not lent, and takes
  /// as much as there is.
  std::span<char> take_room();

  size_t room_size() const noexcept {
    return spare_.size;
  }

  /// Gives back everything behind the first `n` bytes of the room.
  void shrink_room(size_t n);

  void give_back_room();

  // -- loans ------------------------------------------------------------------

  /// Lends the first `size` bytes of the room, and gives back the rest.
  /// @returns nothing if the host has too many loans. The room stays then.
  std::optional<memory_reference> lend_room(size_t size);

  /// Lends a copy of `size` bytes.
  /// @returns nothing if there is no room, or the host has too many loans.
  std::optional<memory_reference> lend_copy(const char* data, size_t size);

  /// Gives back the pages of results that the host no longer uses. The host
  /// itself does so only if there are no results left.
  void discard() noexcept;

private:
  std::optional<uint32_t> take_slot();

  /// Takes back the memory of results that the host no longer uses.
  void reclaim();

  std::shared_ptr<arena> arena_;
  /// The blocks of it that results take.
  block_list blocks_;
  /// Room for the body under construction.
  block_list::block spare_;
  /// By slot. The host has those that are not empty.
  std::vector<block_list::block> used_;
};

} // namespace venomous::bridge
