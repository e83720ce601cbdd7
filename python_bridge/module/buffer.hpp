#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

namespace venomous::bridge {

/// Growable bytes without initialization. Serves `msgpack::packer` as stream.
class buffer {
public:
  char* data() {
    return bytes_.get();
  }

  size_t size() const {
    return size_;
  }

  /// Appends `n` bytes of unspecified content and returns where they start.
  char* extend(size_t n) {
    if (capacity_ - size_ < n)
      grow(n);
    auto* result = bytes_.get() + size_;
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

  /// Forgets the content, and the memory too if that is much.
  void clear() {
    size_ = 0;
    if (capacity_ > kept_capacity) {
      bytes_.reset();
      capacity_ = 0;
    }
  }

private:
  static constexpr size_t initial_capacity = 4096;
  static constexpr size_t kept_capacity = size_t{1} << 20;

  struct deleter {
    void operator()(char* ptr) const {
      std::free(ptr);
    }
  };

  void grow(size_t n) {
    auto wanted = capacity_ == 0 ? initial_capacity : capacity_ * 2;
    if (wanted < size_ + n)
      wanted = size_ + n;
    auto* moved = static_cast<char*>(std::realloc(bytes_.get(), wanted));
    if (moved == nullptr)
      throw std::bad_alloc{};
    static_cast<void>(bytes_.release());
    bytes_.reset(moved);
    capacity_ = wanted;
  }

  std::unique_ptr<char, deleter> bytes_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

} // namespace venomous::bridge
