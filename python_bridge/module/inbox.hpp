#pragma once

#include "attachments.hpp"
#include "process.hpp"

#include "python_bridge/arena.hpp"
#include "python_bridge/unique_fd.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace venomous::bridge {

/// What the host has lent to this snake: attachments of arguments, in memory
/// that others may see. Each goes back to the host when the last Python object
/// that shows it is gone.
class inbox : public std::enable_shared_from_this<inbox> {
public:
  explicit inbox(std::shared_ptr<arena> own) : arena_(std::move(own)) {}

  /// Takes memory that the host shows to this snake.
  /// @param forgotten what it does not refer to any more.
  void add_segment(uint32_t id, unique_fd fd,
                   const std::vector<uint32_t>& forgotten);

  /// Returns what `where` refers to, nothing if it refers to nowhere.
  std::optional<incoming_attachment> find(const memory_reference& where);

  /// Returns how to refer to bytes that the host has lent, nothing if others
  /// are in there.
  /// @param keep is what has to live until the reference was sent.
  std::optional<memory_reference> refer_to(const char* data, size_t size,
                                           std::shared_ptr<void>& keep);

private:
  struct loan {
    uint32_t slot;
    size_t size;
    std::weak_ptr<void> bytes;
  };

  void give_back(const char* data, uint32_t slot) noexcept;

  std::shared_ptr<arena> arena_;
  own_process process_;
  std::map<uint32_t, std::shared_ptr<arena>> segments_;
  /// Objects may be dropped by any thread.
  std::mutex mutex_;
  /// By their first byte. The same bytes may be lent several times.
  std::multimap<const char*, loan> loans_;
};

} // namespace venomous::bridge
