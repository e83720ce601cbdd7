#pragma once

#include "python_bridge/unique_fd.hpp"

#include <cstddef>

namespace venomous {

/// Memory that two processes share, zeroes at first. It has no name, takes no
/// page before that is touched, and is gone with the last of the two.
class shared_memory {
public:
  // -- constructors, destructors ----------------------------------------------

  /// @param name what /proc shows.
  /// @throws std::system_error if the system grants no memory.
  shared_memory(const char* name, size_t size);

  /// The other end's view of the memory behind `fd`.
  /// @param inherited whether what this process forks has it, too.
  /// @throws std::system_error if `fd` is none.
  explicit shared_memory(unique_fd fd, bool inherited = false);

  shared_memory(const shared_memory&) = delete;

  shared_memory& operator=(const shared_memory&) = delete;

  ~shared_memory();

  // -- properties -------------------------------------------------------------

  char* data() const noexcept {
    return data_;
  }

  size_t size() const noexcept {
    return size_;
  }

  /// Whether this process may write there.
  bool is_writable() const noexcept {
    return writable_;
  }

  /// Returns the descriptor of memory that was made here.
  int descriptor() const noexcept {
    return fd_.get();
  }

  // -- modifiers --------------------------------------------------------------

  /// Returns what the other end needs, once.
  unique_fd release_descriptor();

  /// Gives pages back to the system. They are zeroes again.
  void discard(size_t offset, size_t size) noexcept;

private:
  void map(bool inherited);

  unique_fd fd_;
  size_t size_ = 0;
  char* data_ = nullptr;
  bool writable_ = true;
};

} // namespace venomous
