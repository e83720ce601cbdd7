#pragma once

#include "venomous/detail/huge_pages.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <span>

namespace venomous::bridge {

/// Thrown when a buffer would exceed its limit.
struct buffer_full {};

/// Growable bytes without initialization. The stream of `msgpack::packer`.
class buffer {
public:
  /// Limits the content of a buffer, and the bytes beside it, while this is
  /// alive.
  class bound {
  public:
    bound(buffer& target, size_t most) : target_(target) {
      target.set_limit(target.size_ + most);
    }

    bound(const bound&) = delete;

    bound& operator=(const bound&) = delete;

    ~bound() {
      target_.set_limit(unlimited);
    }

  private:
    buffer& target_;
  };

  char* data() {
    return data_;
  }

  size_t size() const {
    return size_;
  }

  /// Appends `n` bytes of unspecified content and returns where they start.
  char* extend(size_t n) {
    if (capacity_ - size_ < n)
      grow(n);
    auto* result = data_ + size_;
    size_ += n;
    return result;
  }

  void write(const char* bytes, size_t n) {
    if (n > 0)
      std::memcpy(extend(n), bytes, n);
  }

  /// Checks that `n` more bytes are permitted, before they take memory.
  void require(size_t n) const {
    if (n > limit_ - size_)
      throw buffer_full{};
  }

  /// Counts bytes beside the buffer.
  void set_aside(size_t n) {
    require(n);
    if (limit_ != unlimited)
      set_limit(limit_ - n);
  }

  /// Forgets everything behind the first `n` bytes.
  void truncate(size_t n) {
    size_ = n;
  }

  /// Drops the content, and its memory too if there is much of it.
  void clear() {
    size_ = 0;
    if (is_in_spare() || memory_ > kept_memory) {
      owned_.reset();
      data_ = nullptr;
      set_memory(0);
    }
    spare_ = {};
  }

  /// Starts over. Content that gets long moves to `spare`, if there is room.
  void restart(std::span<char> spare) {
    clear();
    spare_ = spare;
  }

  /// Takes away the rest of the memory that was given to `restart`.
  void shrink_spare(size_t n) {
    if (is_in_spare())
      set_memory(n);
    spare_ = spare_.first(n);
  }

  /// Whether the content is in the memory that was given to `restart`.
  bool is_in_spare() const {
    return data_ != nullptr && data_ == spare_.data();
  }

private:
  static constexpr size_t unlimited = std::numeric_limits<size_t>::max();
  static constexpr size_t initial_memory = 4096;
  static constexpr size_t kept_memory = size_t{1} << 20;
  static constexpr size_t longest_short = size_t{64} * 1024;

  struct deleter {
    void operator()(char* ptr) const {
      std::free(ptr);
    }
  };

  void set_limit(size_t n) {
    limit_ = n;
    capacity_ = std::min(memory_, limit_);
  }

  void set_memory(size_t n) {
    memory_ = n;
    capacity_ = std::min(memory_, limit_);
  }

  // Not inline, so that the path without growth is.
  [[gnu::noinline]] void grow(size_t n) {
    require(n);
    auto needed = size_ + n;
    if (needed > longest_short && needed <= spare_.size() && !is_in_spare())
      move_to_spare();
    else
      move_to_heap(
        std::min(std::max({needed, memory_ * 2, initial_memory}), limit_));
  }

  void move_to_spare() {
    if (size_ > 0)
      std::memcpy(spare_.data(), data_, size_);
    owned_.reset();
    data_ = spare_.data();
    set_memory(spare_.size());
  }

  void move_to_heap(size_t n) {
    auto* moved = static_cast<char*>(std::realloc(owned_.get(), n));
    if (moved == nullptr)
      throw std::bad_alloc{};
    static_cast<void>(owned_.release());
    owned_.reset(moved);
    if (is_in_spare())
      std::memcpy(moved, data_, size_);
    data_ = moved;
    set_memory(n);
    venomous::detail::want_huge_pages(moved + size_, n - size_);
  }

  /// Null while the content is in `spare_`.
  std::unique_ptr<char, deleter> owned_;
  std::span<char> spare_;
  char* data_ = nullptr;
  size_t size_ = 0;
  size_t memory_ = 0;
  size_t limit_ = unlimited;
  /// How much fits without a check: the smaller of memory and limit.
  size_t capacity_ = 0;
};

} // namespace venomous::bridge
