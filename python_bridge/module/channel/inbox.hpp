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

/// The loans of the host to this snake: attachments of arguments, in memory
/// that others may see. Each goes back to the host when the last Python object
/// that shows it is gone, and so are all processes that were forked during the
/// loan: they would see what the host writes there next.
///
/// Python may write to all of them. It writes in place to attachments that the
/// host has copied for the call, and to memory of the pool, which is meant for
/// that. Everything else belongs to values of the host: writes to it stay in
/// this process.
class inbox : public std::enable_shared_from_this<inbox> {
public:
  /// @param fd refers to the memory of `own`. It must stay open.
  inbox(std::shared_ptr<arena> own, int fd);

  /// Adds memory that the host shows to this snake.
  /// @param forgotten memory that the host no longer refers to.
  void add_segment(uint32_t id, unique_fd fd,
                   const std::vector<uint32_t>& forgotten);

  /// Returns the bytes that `reference` stands for, nothing if it is invalid.
  std::optional<incoming_attachment> find(const memory_reference& reference);

  /// Returns a reference to bytes that the host has lent, nothing if it has not
  /// lent all of them.
  /// @param keep must stay alive until the reference is sent.
  std::optional<argument_reference> refer_to(const char* data, size_t size,
                                             std::shared_ptr<void>& keep);

  // -- forks of this process --------------------------------------------------

  /// Extends all loans to the lifetime of the process that is about to be
  /// forked.
  void before_fork() noexcept;

  void after_fork_in_parent() noexcept;

  void after_fork_in_child() noexcept;

  /// Gives back loans that only forked processes used, if these have ended.
  void forget_forks() noexcept;

private:
  /// A forked process and its own descendants.
  struct fork {
    /// Reads end of file once all of them have ended.
    unique_fd end;
    std::vector<uint32_t> slots;

    bool has_ended() const noexcept;

    bool uses(uint32_t slot) const noexcept;
  };

  bool is_in_use_by_fork(uint32_t slot) const noexcept;

  /// The effect of writes.
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

  std::optional<shown> show(const memory_reference& reference) const;

  void give_back(const char* data, uint32_t slot) noexcept;

  std::shared_ptr<arena> arena_;
  std::shared_ptr<private_views> own_views_;
  own_process process_;
  std::map<uint32_t, segment> segments_;
  /// Any thread may drop objects.
  std::mutex mutex_;
  /// By first byte. The same bytes may be lent several times.
  std::multimap<const char*, loan> loans_;
  std::vector<fork> forks_;
  /// The end that a process being forked keeps open.
  unique_fd life_of_fork_;
  /// Loans not given back because a forked process uses them.
  std::vector<uint32_t> left_to_forks_;
};

} // namespace venomous::bridge
