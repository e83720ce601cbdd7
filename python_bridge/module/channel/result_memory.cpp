#include "python_bridge/module/channel/result_memory.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace venomous::bridge {

result_memory::result_memory(std::shared_ptr<arena> own)
  : arena_(std::move(own)),
    blocks_(arena_->begin_of(arena::way::to_host), arena_->capacity()) {
  // nop
}

// -- room for the body under construction -------------------------------------

std::span<char> result_memory::take_room() {
  reclaim();
  give_back_room();
  spare_ = blocks_.take_largest();
  auto place = arena_->find(arena::way::to_host,
                            {spare_.offset, spare_.size, 0, own_segment});
  return place.value_or(std::span<char>{});
}

void result_memory::shrink_room(size_t n) {
  blocks_.shrink(spare_, n);
  spare_.size = n;
}

void result_memory::give_back_room() {
  if (auto unused = std::exchange(spare_, {}); unused.size > 0)
    blocks_.give_back(unused.offset, unused.size);
}

// -- loans --------------------------------------------------------------------

std::optional<memory_reference> result_memory::lend_room(size_t size) {
  auto slot = take_slot();
  if (!slot)
    return std::nullopt;
  blocks_.shrink(spare_, size);
  auto lent = std::exchange(spare_, {});
  used_[*slot] = {lent.offset, size};
  arena_->occupy(arena::way::to_host, *slot);
  return memory_reference{lent.offset, size, *slot, own_segment};
}

std::optional<memory_reference> result_memory::lend_copy(const char* data,
                                                         size_t size) {
  auto slot = take_slot();
  auto offset = slot ? blocks_.take(size) : std::nullopt;
  if (!offset)
    return std::nullopt;
  memory_reference reference{*offset, size, *slot, own_segment};
  auto to = arena_->find(arena::way::to_host, reference);
  std::memcpy(to->data(), data, size);
  used_[*slot] = {*offset, size};
  arena_->occupy(arena::way::to_host, *slot);
  return reference;
}

void result_memory::discard() noexcept {
  reclaim();
  give_back_room();
  arena_->discard(blocks_);
}

std::optional<uint32_t> result_memory::take_slot() {
  auto is_empty = [](auto& x) {
    return x.size == 0;
  };
  auto found = std::ranges::find_if(used_, is_empty);
  auto slot = static_cast<uint32_t>(found - used_.begin());
  if (slot == arena::slots)
    return std::nullopt;
  if (found == used_.end())
    used_.emplace_back();
  return slot;
}

void result_memory::reclaim() {
  for (uint32_t slot = 0; slot < used_.size(); ++slot)
    if (used_[slot].size > 0 && arena_->is_free(arena::way::to_host, slot)) {
      blocks_.give_back(used_[slot].offset, used_[slot].size);
      used_[slot] = {};
    }
}

} // namespace venomous::bridge
