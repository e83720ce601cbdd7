#pragma once

#include "python_bridge/module/channel/attachments.hpp"
#include "python_bridge/module/channel/private_view.hpp"
#include "python_bridge/module/process/process.hpp"

#include "python_bridge/memory/arena.hpp"
#include "python_bridge/os/unique_fd.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace venomous::bridge {

/// What the host has lent to this snake: attachments of arguments, in memory
/// that others may see. Each goes back to the host when the last Python object
/// that shows it is gone, and with it all processes that were forked while it
/// was lent: what the host writes there next they would see.
///
/// Python may write to all of them. It writes in place to what the host has
/// copied for the call, and to memory of the pool, which is meant for that.
/// Everything else belongs to values of the host: writes to it stay in this
/// process.
class inbox : public std::enable_shared_from_this<inbox> {
public:
  /// @param fd refers to the memory of `own`. It has to stay open.
  inbox(std::shared_ptr<arena> own, int fd);

  /// Takes memory that the host shows to this snake.
  /// @param forgotten what it does not refer to any more.
  void add_segment(uint32_t id, unique_fd fd,
                   const std::vector<uint32_t>& forgotten);

  /// Returns what `where` refers to, nothing if it refers to nowhere.
  std::optional<incoming_attachment> find(const memory_reference& where);

  /// Returns how to refer to bytes that the host has lent, nothing if others
  /// are in there.
  /// @param keep is what has to live until the reference was sent.
  std::optional<argument_reference> refer_to(const char* data, size_t size,
                                             std::shared_ptr<void>& keep);

  // -- forks of this process --------------------------------------------------

  /// Has what is lent stay so for as long as the process lives that is about to
  /// be forked.
  void before_fork() noexcept;

  void after_fork_in_parent() noexcept;

  void after_fork_in_child() noexcept;

  /// Gives back what only forked processes were using, if they have ended.
  void forget_forks() noexcept;

private:
  /// A process that was forked, and those that it has forked.
  struct fork {
    /// Reads end of file once all of them have ended.
    unique_fd end;
    std::vector<uint32_t> slots;

    bool has_ended() const noexcept;

    bool uses(uint32_t slot) const noexcept;
  };

  bool is_in_use_by_fork(uint32_t slot) const noexcept;

  /// What becomes of writes.
  enum class access : uint8_t {
    /// They go to the block that the host has copied for this call.
    in_place,
    /// Every process sees them, as intended.
    common,
    /// No other process sees them.
    copied,
  };

  /// Memory that the host refers to.
  struct segment {
    unique_fd fd;
    /// Exactly one of these is set.
    std::shared_ptr<arena> common;
    std::shared_ptr<private_views> views;
  };

  struct shown {
    std::shared_ptr<char> bytes;
    access how;
  };

  struct loan {
    uint32_t slot;
    size_t size;
    access how;
    std::weak_ptr<void> bytes;
  };

  std::optional<shown> show(const memory_reference& where) const;

  void give_back(const char* data, uint32_t slot) noexcept;

  std::shared_ptr<arena> arena_;
  std::shared_ptr<private_views> own_views_;
  own_process process_;
  std::map<uint32_t, segment> segments_;
  /// Objects may be dropped by any thread.
  std::mutex mutex_;
  /// By their first byte. The same bytes may be lent several times.
  std::multimap<const char*, loan> loans_;
  std::vector<fork> forks_;
  /// The end that a process being forked keeps open.
  unique_fd life_of_fork_;
  /// What is not given back because a forked process is using it.
  std::vector<uint32_t> left_to_forks_;
};

} // namespace venomous::bridge
