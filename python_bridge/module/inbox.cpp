#include "inbox.hpp"

#include <algorithm>
#include <iterator>

namespace venomous::bridge {

void inbox::add_segment(uint32_t id, unique_fd fd,
                        const std::vector<uint32_t>& forgotten) {
  for (auto old : forgotten)
    segments_.erase(old);
  segments_[id] = std::make_shared<arena>(std::move(fd));
}

std::optional<incoming_attachment> inbox::find(const memory_reference& where) {
  auto memory = arena_;
  if (where.segment != own_segment) {
    auto found = segments_.find(where.segment);
    if (found == segments_.end())
      return std::nullopt;
    memory = found->second;
  }
  auto bytes = memory->find(where);
  if (!bytes || where.slot >= arena::slots)
    return std::nullopt;
  // What this snake itself has sent belongs to values of the host.
  auto is_result =
    memory == arena_ && where.offset >= arena_->begin_of(arena::way::to_host);
  auto data = bytes->data();
  auto drop = [self = shared_from_this(), memory, slot = where.slot](void* x) {
    self->give_back(static_cast<const char*>(x), slot);
  };
  std::shared_ptr<void> owner{data, std::move(drop)};
  std::lock_guard guard{mutex_};
  loans_.emplace(data, loan{where.slot, where.size, owner});
  return incoming_attachment{
    data, where.size, memory->is_writable() && !is_result, std::move(owner)};
}

std::optional<memory_reference> inbox::refer_to(const char* data, size_t size,
                                                std::shared_ptr<void>& keep) {
  std::lock_guard guard{mutex_};
  // If loans overlap, another one of them may have these bytes: then they are
  // copied.
  auto next = loans_.upper_bound(data);
  if (next == loans_.begin())
    return std::nullopt;
  auto& [begin, found] = *std::prev(next);
  auto offset = static_cast<size_t>(data - begin);
  if (offset > found.size || size > found.size - offset)
    return std::nullopt;
  keep = found.bytes.lock();
  if (keep == nullptr)
    return std::nullopt;
  return memory_reference{offset, size, found.slot, argument_segment};
}

void inbox::give_back(const char* data, uint32_t slot) noexcept {
  // A forked process has objects of its parent's, but not its loans.
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
  }
  arena_->release(arena::way::to_snake, slot);
}

} // namespace venomous::bridge
