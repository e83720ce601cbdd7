#pragma once

#include <cstddef>
#include <deque>
#include <optional>

namespace venomous {

/// Divides memory into blocks that are given back in the order in which they
/// were taken. Knows places only, and touches no memory.
class ring {
public:
  struct block {
    size_t offset = 0;
    size_t size = 0;
  };

  explicit ring(size_t size) : size_(size / alignment * alignment) {
    // nop
  }

  bool empty() const noexcept {
    return taken_.empty();
  }

  /// Returns the largest block there is, which may be taken.
  block largest() const noexcept {
    if (taken_.empty())
      return {0, size_};
    auto first = taken_.front().offset;
    auto end = end_of(taken_.back());
    if (end <= first)
      return {end, first - end};
    return size_ - end >= first ? block{end, size_ - end} : block{0, first};
  }

  /// Takes `size` bytes of the largest block.
  /// @pre they are no more than that has, and not none.
  /// @returns where they are.
  size_t take(size_t size) {
    auto offset = largest().offset;
    taken_.push_back({offset, size});
    return offset;
  }

  /// Gives back the block that was taken first.
  /// @pre there is one.
  void give_back() {
    taken_.pop_front();
  }

private:
  /// Blocks begin where processors like them to.
  static constexpr size_t alignment = 64;

  static size_t end_of(const block& what) noexcept {
    return (what.offset + what.size + alignment - 1) / alignment * alignment;
  }

  size_t size_;
  std::deque<block> taken_;
};

} // namespace venomous
