#include "python_bridge/memory/host_arena.hpp"

#include "python_bridge/os/throw_errno.hpp"

#include <fcntl.h>

#include <string>

namespace venomous {

namespace {

uint32_t next_id() {
  static std::atomic<uint32_t> last = own_segment;
  return ++last;
}

unique_fd checked(unique_fd fd, const char* call) {
  if (!fd)
    throw_errno(call);
  return fd;
}

} // namespace

host_arena::host_arena(size_t size, access allowed)
  : arena(size),
    id_(next_id()),
    allowed_(allowed),
    blocks_(begin_of(way::to_snake),
            allowed == access::all_snakes ? 2 * capacity() : capacity()) {
  // nop
}

host_arena::~host_arena() {
  memory_.discard(begin_of(way::to_snake), 2 * capacity());
}

// -- properties ---------------------------------------------------------------

unique_fd host_arena::descriptor() const {
  return checked(opened(::fcntl(memory_.descriptor(), F_DUPFD_CLOEXEC, 0)),
                 "fcntl");
}

unique_fd host_arena::foreign_descriptor() const {
  if (allowed_ == access::all_snakes)
    return descriptor();
  // Reopened, because a duplicate could be written to.
  auto path = "/proc/self/fd/" + std::to_string(memory_.descriptor());
  return checked(opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), "open");
}

// -- blocks -------------------------------------------------------------------

std::shared_ptr<char[]> host_arena::take(size_t size) {
  std::unique_lock guard{mutex_};
  auto offset = blocks_.take(size);
  guard.unlock();
  if (!offset)
    return nullptr;
  return {memory_.data() + *offset,
          arena_block{shared_from_this(), way::to_snake, 0, size}};
}

std::shared_ptr<char[]> host_arena::receive(const memory_reference& reference) {
  auto found = find(way::to_host, reference);
  if (!found || reference.slot >= slots)
    return nullptr;
  return {found->data(),
          arena_block{shared_from_this(), way::to_host, reference.slot, 0}};
}

void host_arena::give_back(size_t offset, size_t size) noexcept {
  std::lock_guard guard{mutex_};
  blocks_.give_back(offset, size);
}

bool host_arena::discard() noexcept {
  auto results = false;
  for (uint32_t slot = 0; slot < slots && !results; ++slot)
    results = !is_free(way::to_host, slot);
  if (!results)
    memory_.discard(begin_of(way::to_host), capacity());
  std::lock_guard guard{mutex_};
  arena::discard(blocks_);
  return !results && blocks_.empty();
}

void arena_block::operator()(char* first) const noexcept {
  if (direction == arena::way::to_snake)
    owner->give_back(owner->offset_of(first), size);
  else
    owner->release(direction, slot);
}

host_arena* arena_of(const shared_buffer& x) noexcept {
  auto block = std::get_deleter<arena_block>(x);
  return block == nullptr ? nullptr : block->owner.get();
}

} // namespace venomous
