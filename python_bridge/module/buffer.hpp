#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>

namespace venomous::bridge {

/// Growable bytes without initialization. Serves `msgpack::packer` as stream.
class buffer {
public:
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

  /// Forgets everything behind the first `n` bytes.
  void truncate(size_t n) {
    size_ = n;
  }

  /// Forgets the content, and its memory too if that is much.
  void clear() {
    size_ = 0;
    if (is_in_spare() || capacity_ > kept_capacity) {
      owned_.reset();
      data_ = nullptr;
      capacity_ = 0;
    }
    spare_ = {};
  }

  /// Starts anew. Content that gets long moves to `spare`, if there is room.
  void restart(std::span<char> spare) {
    clear();
    spare_ = spare;
  }

  /// Takes the rest of the memory that was given to `restart` away.
  void shrink_spare(size_t n) {
    if (is_in_spare())
      capacity_ = n;
    spare_ = spare_.first(n);
  }

  /// Whether the content is in the memory that was given to `restart`.
  bool is_in_spare() const {
    return data_ != nullptr && data_ == spare_.data();
  }

private:
  static constexpr size_t initial_capacity = 4096;
  static constexpr size_t kept_capacity = size_t{1} << 20;
  static constexpr size_t longest_short = size_t{64} * 1024;

  struct deleter {
    void operator()(char* ptr) const {
      std::free(ptr);
    }
  };

  void grow(size_t n) {
    auto needed = size_ + n;
    if (needed > longest_short && needed <= spare_.size() && !is_in_spare())
      move_to_spare();
    else
      move_to_heap(std::max({needed, capacity_ * 2, initial_capacity}));
  }

  void move_to_spare() {
    if (size_ > 0)
      std::memcpy(spare_.data(), data_, size_);
    owned_.reset();
    data_ = spare_.data();
    capacity_ = spare_.size();
  }

  void move_to_heap(size_t capacity) {
    auto* moved = static_cast<char*>(std::realloc(owned_.get(), capacity));
    if (moved == nullptr)
      throw std::bad_alloc{};
    static_cast<void>(owned_.release());
    owned_.reset(moved);
    if (is_in_spare())
      std::memcpy(moved, data_, size_);
    data_ = moved;
    capacity_ = capacity;
  }

  /// Null while the content is in `spare_`.
  std::unique_ptr<char, deleter> owned_;
  std::span<char> spare_;
  char* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

} // namespace venomous::bridge
