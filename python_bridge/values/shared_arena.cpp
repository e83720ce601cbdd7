#include "venomous/shared_arena.hpp"

#include "python_bridge/memory/host_arena.hpp"

#include "venomous/error.hpp"

#include <limits>
#include <string>
#include <utility>

namespace venomous {

shared_arena::shared_arena(size_t size)
  : memory_(
    std::make_shared<host_arena>(size, host_arena::access::all_snakes)) {
  // nop
}

caf::expected<ndarray> shared_arena::allocate(const dtype& elements,
                                              std::vector<size_t> shape) const {
  auto size = elements.itemsize();
  for (auto extent : shape) {
    if (extent != 0 && size > std::numeric_limits<ptrdiff_t>::max() / extent)
      return caf::make_error(
        errc::bad_options,
        std::string{"an array of more bytes than there are"});
    size *= extent;
  }
  auto block = memory_->take(size);
  if (block == nullptr)
    return caf::make_error(errc::arena_full,
                           "no room for " + std::to_string(size)
                             + " bytes in the arena, which arena-mb limits to "
                             + std::to_string(2 * memory_->capacity()));
  std::shared_ptr<char> data{block, block.get()};
  return ndarray::from_memory(std::move(data), elements, std::move(shape));
}

} // namespace venomous
