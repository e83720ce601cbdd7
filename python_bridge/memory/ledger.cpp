#include "python_bridge/memory/ledger.hpp"

#include <algorithm>

namespace venomous {

namespace {

// -- parts of a word ----------------------------------------------------------

constexpr uint64_t low_half = 0xffff'ffff;
constexpr uint64_t closed_bit = uint64_t{1} << 31;
constexpr uint64_t one_sent = uint64_t{1} << 32;

/// What the items of a chunk share.
uint64_t mark_of(uint64_t chunk) noexcept {
  return chunk << 32;
}

} // namespace

// -- the host -----------------------------------------------------------------

uint64_t ledger::revoke(uint64_t last) noexcept {
  auto begun = contents().begun.load();
  while (begun < last && !contents().begun.compare_exchange_weak(begun, last))
    ;
  return begun;
}

std::optional<uint32_t> ledger::revoke_items(uint64_t id) noexcept {
  auto items = contents().items.fetch_or(closed_bit);
  if ((items & ~low_half) != mark_of(id))
    return std::nullopt;
  return static_cast<uint32_t>(items & low_half & ~closed_bit);
}

std::optional<std::string> ledger::finished() const {
  auto before = contents().published.load();
  auto size = std::min<uint64_t>(before & low_half, capacity);
  std::string result(contents().results, size);
  std::atomic_thread_fence(std::memory_order_acquire);
  // The snake may add results while this reads. Once sent, they make room for
  // others.
  auto after = contents().published.load();
  if ((before & ~low_half) != (after & ~low_half))
    return std::nullopt;
  return result;
}

// -- the snake ----------------------------------------------------------------

bool ledger::begin(uint64_t id) noexcept {
  auto previous = id - 1;
  return contents().begun.compare_exchange_strong(previous, id);
}

void ledger::prepare(uint64_t id) noexcept {
  clear();
  contents().items.store(mark_of(id));
}

bool ledger::begin_item() noexcept {
  auto items = contents().items.load(std::memory_order_relaxed);
  return (items & closed_bit) == 0
         && contents().items.compare_exchange_strong(items, items + 1);
}

void ledger::publish(size_t size) noexcept {
  auto sent = contents().published.load(std::memory_order_relaxed) & ~low_half;
  contents().published.store(sent | size, std::memory_order_release);
}

void ledger::clear() noexcept {
  auto published = contents().published.load(std::memory_order_relaxed);
  contents().published.store((published & ~low_half) + one_sent);
  // Whoever reads a byte of the next results sees that these were sent.
  std::atomic_thread_fence(std::memory_order_release);
}

} // namespace venomous
