#pragma once

#include "python_bridge/os/unique_fd.hpp"

#include <cstddef>

namespace venomous {

/// Memory that two processes share, initially zero. It has no name, takes no
/// page before that is touched, and is gone with the last of the two.
class shared_memory {
public:
  static constexpr auto default_subject = "shared memory";

  // -- constructors, destructors ----------------------------------------------

  /// @param name the name in /proc.
  /// @param subject its name in errors.
  /// @throws std::system_error if the system grants no memory.
  shared_memory(const char* name, size_t size,
                const char* subject = default_subject);

  /// The other end's view of the memory behind `fd`.
  /// @param inherited whether processes that this one forks also have it.
  /// @throws std::system_error if `fd` is not such memory, or is not writable.
  explicit shared_memory(const unique_fd& fd, bool inherited = false,
                         const char* subject = default_subject);

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

  /// Returns the descriptor of memory that was made here.
  int descriptor() const noexcept {
    return fd_.get();
  }

  // -- modifiers --------------------------------------------------------------

  /// Returns the descriptor that the other end needs, once.
  unique_fd release_descriptor();

  /// Gives pages that lie completely within this range back to the system. They
  /// read as zeros again.
  void discard(size_t offset, size_t size) noexcept;

private:
  void map(int fd, bool inherited, const char* subject);

  unique_fd fd_;
  size_t size_ = 0;
  char* data_ = nullptr;
};

} // namespace venomous
