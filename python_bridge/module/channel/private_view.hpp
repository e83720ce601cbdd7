#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace venomous::bridge {

/// Whole pages of memory that other processes have filled, mapped so that this
/// process may change them: the first write to a page copies it.
class private_view {
public:
  /// @throws std::system_error if the system grants no memory.
  private_view(int fd, uint64_t offset, size_t size);

  private_view(const private_view&) = delete;

  private_view& operator=(const private_view&) = delete;

  ~private_view();

  bool covers(uint64_t offset, size_t size) const noexcept;

  /// @pre The view covers `offset`.
  char* at(uint64_t offset) const noexcept {
    return data_ + (offset - offset_);
  }

private:
  uint64_t offset_;
  size_t size_;
  char* data_;
};

/// Returns whether this process has certainly written nothing to those pages of
/// a private view that contain these bytes.
bool is_unchanged(const char* data, size_t size) noexcept;

/// The private views of one segment. All functions require the GIL.
class private_views : public std::enable_shared_from_this<private_views> {
public:
  /// @param fd must stay open.
  /// @throws std::system_error if `fd` is not memory.
  explicit private_views(int fd);

  /// Returns bytes that belong to the caller alone, null if the segment does
  /// not have them.
  /// @throws std::system_error if the system grants no memory.
  std::shared_ptr<char> take(uint64_t offset, size_t size);

private:
  std::unique_ptr<private_view> find(uint64_t offset, size_t size);

  void give_back(std::unique_ptr<private_view> view) noexcept;

  int fd_;
  size_t size_;
  /// Unused views without any writes: their page tables are filled. In order of
  /// last use.
  std::vector<std::unique_ptr<private_view>> idle_;
};

} // namespace venomous::bridge
