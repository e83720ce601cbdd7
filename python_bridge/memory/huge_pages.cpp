#include "venomous/detail/huge_pages.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace venomous::detail {

void want_huge_pages(void* data, size_t size) noexcept {
  if (size < min_huge)
    return;
  auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  auto first = reinterpret_cast<uintptr_t>(data);
  auto begin = (first + page - 1) / page * page;
  auto end = (first + size) / page * page;
  // Everything also works without them.
  ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

} // namespace venomous::detail
