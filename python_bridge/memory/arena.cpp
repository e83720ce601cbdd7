#include "python_bridge/memory/arena.hpp"

#include "python_bridge/os/page_size.hpp"

#include <atomic>

namespace venomous {

namespace {

/// The option that sets the size of arenas.
constexpr auto size_option = "arena-mb";

/// In the first page of the memory, so that both halves begin with a page.
struct control {
  std::atomic<uint8_t> occupied[2][arena::slots];
};

// No page is smaller.
static_assert(sizeof(control) <= 4096);
static_assert(std::atomic<uint8_t>::is_always_lock_free);

std::atomic<uint8_t>& slot_in(const shared_memory& memory, arena::way direction,
                              uint32_t slot) noexcept {
  auto& all = *reinterpret_cast<control*>(memory.data());
  return all.occupied[static_cast<size_t>(direction)][slot];
}

} // namespace

arena::arena(size_t size)
  : memory_("venomous-arena", page_size() + 2 * page_down(size / 2),
            size_option) {
  // nop
}

arena::arena(const unique_fd& fd) : memory_(fd, true, size_option) {
  // nop
}

// -- properties ---------------------------------------------------------------

size_t arena::capacity() const noexcept {
  return memory_.size() < page_size() ? 0 : (memory_.size() - page_size()) / 2;
}

size_t arena::begin_of(way direction) const noexcept {
  return page_size() + (direction == way::to_snake ? 0 : capacity());
}

std::optional<std::span<char>> arena::find(
  way direction, const memory_reference& reference) const {
  auto begin = begin_of(direction);
  return find(reference, begin, begin + capacity());
}

std::optional<std::span<char>> arena::find(
  const memory_reference& reference) const {
  return find(reference, page_size(), memory_.size());
}

std::optional<std::span<char>> arena::find(const memory_reference& reference,
                                           size_t begin, size_t end) const {
  if (reference.offset < begin || reference.offset > end
      || reference.size > end - reference.offset)
    return std::nullopt;
  return std::span<char>{memory_.data() + reference.offset, reference.size};
}

// -- modifiers ----------------------------------------------------------------

void arena::discard(const block_list& blocks) noexcept {
  blocks.each_free(
    [this](size_t offset, size_t size) { memory_.discard(offset, size); });
}

// -- slots --------------------------------------------------------------------

void arena::occupy(way direction, uint32_t slot) noexcept {
  slot_in(memory_, direction, slot).store(1, std::memory_order_relaxed);
}

void arena::release(way direction, uint32_t slot) noexcept {
  slot_in(memory_, direction, slot).store(0, std::memory_order_release);
}

bool arena::is_free(way direction, uint32_t slot) const noexcept {
  return slot_in(memory_, direction, slot).load(std::memory_order_acquire) == 0;
}

} // namespace venomous
