#include "venomous/detail/huge_pages.hpp"

#include "python_bridge/os/page_size.hpp"

#include <sys/mman.h>

#include <cstdint>

namespace venomous::detail {

void want_huge_pages(void* data, size_t size) noexcept {
  if (size < min_huge)
    return;
  auto first = reinterpret_cast<uintptr_t>(data);
  auto begin = page_up(first);
  auto end = page_down(first + size);
  // Everything also works without them.
  ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

} // namespace venomous::detail
