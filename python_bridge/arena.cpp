#include "python_bridge/arena.hpp"

#include <atomic>

namespace venomous {

namespace {

constexpr size_t page_size = 4096;

/// At the beginning of the memory.
struct control {
  std::atomic<uint8_t> occupied[arena::slots];
};

static_assert(sizeof(control) <= page_size);
static_assert(std::atomic<uint8_t>::is_always_lock_free);

control& control_in(const shared_memory& memory) noexcept {
  return *reinterpret_cast<control*>(memory.data());
}

size_t whole_pages(size_t size) noexcept {
  return size / page_size * page_size;
}

} // namespace

arena::arena(size_t size)
  : memory_("venomous-arena", page_size + 2 * whole_pages(size / 2)) {
  // nop
}

arena::arena(unique_fd fd) : memory_(std::move(fd)) {
  // nop
}

// -- bodies -------------------------------------------------------------------

size_t arena::capacity() const noexcept {
  return memory_.size() < page_size ? 0 : (memory_.size() - page_size) / 2;
}

size_t arena::begin_of(way which) const noexcept {
  return page_size + (which == way::to_snake ? 0 : capacity());
}

std::optional<std::span<char>> arena::find(way which,
                                           const arena_reference& where) const {
  auto end = capacity();
  if (where.offset > end || where.size > end - where.offset)
    return std::nullopt;
  return std::span<char>{memory_.data() + begin_of(which) + where.offset,
                         where.size};
}

void arena::discard() noexcept {
  memory_.discard(page_size, 2 * capacity());
}

// -- results ------------------------------------------------------------------

void arena::occupy(uint32_t slot) noexcept {
  control_in(memory_).occupied[slot].store(1, std::memory_order_relaxed);
}

void arena::release(uint32_t slot) noexcept {
  control_in(memory_).occupied[slot].store(0, std::memory_order_release);
}

bool arena::is_free(uint32_t slot) const noexcept {
  return control_in(memory_).occupied[slot].load(std::memory_order_acquire)
         == 0;
}

} // namespace venomous
