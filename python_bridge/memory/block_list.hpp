#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>

namespace venomous {

/// Divides memory into blocks. Knows only offsets, and touches no memory. Takes
/// the first free block that is large enough, whose pages are the most likely
/// to have been used before.
class block_list {
public:
  struct block {
    size_t offset = 0;
    size_t size = 0;
  };

  /// The alignment of blocks, which suits processors.
  static constexpr size_t alignment = 64;

  /// @param begin multiple of the alignment.
  block_list(size_t begin, size_t size)
    : size_(size / alignment * alignment), free_size_(size_) {
    if (size_ > 0)
      free_.emplace(begin, size_);
  }

  /// Returns whether no block is taken.
  bool empty() const noexcept {
    return free_size_ == size_;
  }

  /// Takes a block.
  /// @returns its offset, nothing if there is no room.
  std::optional<size_t> take(size_t size) {
    auto wanted = rounded(size);
    auto fits = [wanted](auto& x) {
      return x.second >= wanted;
    };
    auto found = std::ranges::find_if(free_, fits);
    if (found == free_.end())
      return std::nullopt;
    auto [offset, room] = *found;
    free_.erase(found);
    if (room > wanted)
      free_.emplace(offset + wanted, room - wanted);
    free_size_ -= wanted;
    return offset;
  }

  /// Takes the largest free block, of no bytes if there is none.
  block take_largest() {
    auto size = [](auto& x) {
      return x.second;
    };
    auto found = std::ranges::max_element(free_, {}, size);
    if (found == free_.end())
      return {};
    block result{found->first, found->second};
    free_.erase(found);
    free_size_ -= result.size;
    return result;
  }

  /// Gives a block back.
  void give_back(size_t offset, size_t size) {
    auto freed = rounded(size);
    free_size_ += freed;
    auto next = free_.lower_bound(offset);
    if (next != free_.end() && next->first == offset + freed) {
      freed += next->second;
      next = free_.erase(next);
    }
    if (next != free_.begin()) {
      auto previous = std::prev(next);
      if (previous->first + previous->second == offset) {
        previous->second += freed;
        return;
      }
    }
    free_.emplace_hint(next, offset, freed);
  }

  /// Calls `f(offset, size)` for each free block.
  template <class F>
  void each_free(F f) const {
    for (auto& [offset, size] : free_)
      f(offset, size);
  }

  /// Gives back everything behind the first `used` bytes of a block.
  void shrink(const block& taken, size_t used) {
    auto kept = rounded(used);
    if (kept < rounded(taken.size))
      give_back(taken.offset + kept, rounded(taken.size) - kept);
  }

private:
  /// Even a block of no bytes has an offset of its own.
  static size_t rounded(size_t size) {
    return (std::max<size_t>(size, 1) + alignment - 1) / alignment * alignment;
  }

  /// Offsets and sizes. No two of them touch.
  std::map<size_t, size_t> free_;
  size_t size_;
  size_t free_size_;
};

} // namespace venomous
