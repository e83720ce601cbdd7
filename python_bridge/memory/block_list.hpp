#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>

namespace venomous {

/// Divides memory into blocks. Knows places only, and touches no memory. Of the
/// blocks that are free and large enough it takes the first one, whose pages
/// are the likeliest to have been used before.
class block_list {
public:
  struct block {
    size_t offset = 0;
    size_t size = 0;
  };

  /// Blocks begin where processors like them to.
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
  /// @returns where it is, nothing if there is no room.
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

  /// Takes the largest block that there is, of no bytes if there is none.
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

  /// Gives back what lies behind the first `used` of the bytes of a block.
  void shrink(const block& what, size_t used) {
    auto kept = rounded(used);
    if (kept < rounded(what.size))
      give_back(what.offset + kept, rounded(what.size) - kept);
  }

private:
  /// A block of no bytes has a place of its own, too.
  static size_t rounded(size_t size) {
    return (std::max<size_t>(size, 1) + alignment - 1) / alignment * alignment;
  }

  /// Offsets and sizes. No two of them touch.
  std::map<size_t, size_t> free_;
  size_t size_;
  size_t free_size_;
};

} // namespace venomous
