#include "python_bridge/module/channel/inbox.hpp"

#include "python_bridge/module/process/moved_up.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <system_error>

namespace venomous::bridge {

namespace {

/// The file descriptors that track forked processes have numbers from here on.
constexpr int lowest_of_forks = 100;

bool is_writable(int fd) {
  return (::fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR;
}

} // namespace

inbox::inbox(std::shared_ptr<arena> own, int fd)
  : arena_(std::move(own)), own_views_(std::make_shared<private_views>(fd)) {
  // nop
}

void inbox::add_segment(uint32_t id, unique_fd fd,
                        const std::vector<uint32_t>& forgotten) {
  for (auto old : forgotten)
    segments_.erase(old);
  segment added;
  // Only memory of the pool comes with a writable file descriptor.
  if (is_writable(fd.get())) {
    added.common = std::make_shared<arena>(fd);
  } else {
    added.views = std::make_shared<private_views>(fd.get());
    added.fd = std::move(fd);
  }
  segments_[id] = std::move(added);
}

std::optional<incoming_attachment> inbox::find(
  const memory_reference& reference) {
  if (reference.slot >= arena::slots)
    return std::nullopt;
  std::optional<shown> found;
  try {
    found = show(reference);
    if (!found)
      return std::nullopt;
  } catch (const std::system_error&) {
    // Making an array of it raises MemoryError.
    found.emplace();
  }
  auto data = found->bytes.get();
  auto drop = [self = shared_from_this(), bytes = std::move(found->bytes),
               slot = reference.slot](void*) {
    self->give_back(bytes.get(), slot);
  };
  std::shared_ptr<void> owner{data, std::move(drop)};
  std::lock_guard guard{mutex_};
  loans_.emplace(data, loan{reference.slot, reference.size, found->how, owner});
  return incoming_attachment{data, reference.size, std::move(owner)};
}

/// Returns bytes to show to Python and the effect of writes to them, nothing if
/// `reference` is invalid.
/// @throws std::system_error if the system grants no memory.
std::optional<inbox::shown> inbox::show(
  const memory_reference& reference) const {
  auto in = [&reference](const std::shared_ptr<arena>& memory, access how,
                         auto... way) -> std::optional<shown> {
    auto found = memory->find(way..., reference);
    if (!found)
      return std::nullopt;
    return shown{{memory, found->data()}, how};
  };
  if (reference.segment == copied_segment)
    return in(arena_, access::in_place, arena::way::to_snake);
  auto views = own_views_;
  if (reference.segment != own_segment) {
    auto found = segments_.find(reference.segment);
    if (found == segments_.end())
      return std::nullopt;
    if (auto& common = found->second.common)
      return in(common, access::common);
    views = found->second.views;
  }
  auto bytes = views->take(reference.offset, reference.size);
  if (bytes == nullptr)
    return std::nullopt;
  return shown{std::move(bytes), access::copied};
}

std::optional<argument_reference> inbox::refer_to(const char* data, size_t size,
                                                  std::shared_ptr<void>& keep) {
  std::lock_guard guard{mutex_};
  // If loans overlap, another one may contain these bytes: then they are
  // copied.
  auto next = loans_.upper_bound(data);
  if (next == loans_.begin())
    return std::nullopt;
  auto& [begin, found] = *std::prev(next);
  auto offset = static_cast<size_t>(data - begin);
  if (offset > found.size || size > found.size - offset)
    return std::nullopt;
  keep = found.bytes.lock();
  if (keep == nullptr
      || (found.how == access::copied && !is_unchanged(data, size)))
    return std::nullopt;
  memory_reference reference{offset, size, found.slot, argument_segment};
  return argument_reference{reference, found.how == access::in_place};
}

void inbox::give_back(const char* data, uint32_t slot) noexcept {
  // A forked process has objects of its parent, but not its loans.
  if (!process_.is_here())
    return;
  {
    std::lock_guard guard{mutex_};
    auto [begin, end] = loans_.equal_range(data);
    auto same = [slot](auto& x) {
      return x.second.slot == slot;
    };
    auto found = std::find_if(begin, end, same);
    if (found != end)
      loans_.erase(found);
    if (is_in_use_by_fork(slot)) {
      left_to_forks_.push_back(slot);
      return;
    }
  }
  arena_->release(arena::way::to_snake, slot);
}

// -- forks of this process ----------------------------------------------------

void inbox::before_fork() noexcept {
  // No thread holds it while it waits for the GIL, which forks hold.
  std::lock_guard guard{mutex_};
  if (loans_.empty() && left_to_forks_.empty())
    return;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return;
  fork next{unique_fd{moved_up(ends[0], lowest_of_forks)}, left_to_forks_};
  life_of_fork_ = unique_fd{moved_up(ends[1], lowest_of_forks)};
  for (auto& [data, lent] : loans_)
    next.slots.push_back(lent.slot);
  forks_.push_back(std::move(next));
}

void inbox::after_fork_in_parent() noexcept {
  life_of_fork_.reset();
}

void inbox::after_fork_in_child() noexcept {
  // This process owns none of it, and gives nothing back. Its end of the pipe
  // stays open until it ends or runs another program.
  static_cast<void>(life_of_fork_.release());
  forks_.clear();
}

void inbox::forget_forks() noexcept {
  std::lock_guard guard{mutex_};
  if (std::erase_if(forks_, [](auto& x) { return x.has_ended(); }) == 0)
    return;
  std::erase_if(left_to_forks_, [this](uint32_t slot) {
    if (is_in_use_by_fork(slot))
      return false;
    arena_->release(arena::way::to_snake, slot);
    return true;
  });
}

bool inbox::is_in_use_by_fork(uint32_t slot) const noexcept {
  auto uses_it = [slot](auto& x) {
    return x.uses(slot);
  };
  return std::ranges::any_of(forks_, uses_it);
}

bool inbox::fork::has_ended() const noexcept {
  pollfd state{end.get(), 0, 0};
  return ::poll(&state, 1, 0) > 0;
}

bool inbox::fork::uses(uint32_t slot) const noexcept {
  return std::ranges::find(slots, slot) != slots.end() && !has_ended();
}

} // namespace venomous::bridge
