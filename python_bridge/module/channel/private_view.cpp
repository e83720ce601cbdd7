#include "python_bridge/module/channel/private_view.hpp"

#include "python_bridge/os/page_size.hpp"
#include "python_bridge/os/throw_errno.hpp"
#include "python_bridge/os/unique_fd.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace venomous::bridge {

namespace {

// An idle view takes only address space.
constexpr size_t max_idle = 8;

/// Whether an entry of /proc/self/pagemap stands for a copied page, in memory
/// or swapped out, rather than a page of the file.
bool is_copy(uint64_t entry) noexcept {
  constexpr auto present = uint64_t{1} << 63;
  constexpr auto swapped = uint64_t{1} << 62;
  constexpr auto of_file = uint64_t{1} << 61;
  return (entry & (present | swapped)) != 0 && (entry & of_file) == 0;
}

} // namespace

// -- private_view -------------------------------------------------------------

private_view::private_view(int fd, uint64_t offset, size_t size)
  : offset_(page_down(offset)), size_(page_up(offset + size) - offset_) {
  // Reserves no memory for copies, which are rare.
  auto* memory =
    ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE,
           fd, static_cast<off_t>(offset_));
  if (memory == MAP_FAILED)
    throw_errno("mmap");
  data_ = static_cast<char*>(memory);
}

private_view::~private_view() {
  ::munmap(data_, size_);
}

bool private_view::covers(uint64_t offset, size_t size) const noexcept {
  return offset >= offset_ && offset - offset_ <= size_
         && size <= size_ - (offset - offset_);
}

bool is_unchanged(const char* data, size_t size) noexcept {
  // Nothing else tells. Without this file, assume that something was written.
  unique_fd pagemap{::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)};
  std::array<uint64_t, 2048> entries;
  auto first = reinterpret_cast<uintptr_t>(data);
  auto page = first / page_size();
  auto end = page_up(first + size) / page_size();
  while (page < end) {
    auto count = std::min<size_t>(end - page, entries.size());
    auto n = ::pread(pagemap.get(), entries.data(), count * sizeof(uint64_t),
                     static_cast<off_t>(page * sizeof(uint64_t)));
    if (n != static_cast<ssize_t>(count * sizeof(uint64_t))
        || std::ranges::any_of(std::span{entries}.first(count), is_copy))
      return false;
    page += count;
  }
  return true;
}

// -- private_views ------------------------------------------------------------

private_views::private_views(int fd) : fd_(fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0)
    throw_errno("fstat");
  size_ = static_cast<size_t>(status.st_size);
  idle_.reserve(max_idle);
}

std::shared_ptr<char> private_views::take(uint64_t offset, size_t size) {
  if (offset > size_ || size > size_ - offset)
    return nullptr;
  auto view = find(offset, size);
  if (view == nullptr)
    view = std::make_unique<private_view>(fd_, offset, size);
  auto* data = view->at(offset);
  auto drop = [all = weak_from_this(), data, size](private_view* x) {
    std::unique_ptr<private_view> dropped{x};
    auto here = all.lock();
    if (here != nullptr && is_unchanged(data, size))
      here->give_back(std::move(dropped));
  };
  return {std::shared_ptr<private_view>{view.release(), std::move(drop)}, data};
}

/// Takes an idle view that covers these bytes.
std::unique_ptr<private_view> private_views::find(uint64_t offset,
                                                  size_t size) {
  auto found = std::ranges::find_if(
    idle_, [&](auto& view) { return view->covers(offset, size); });
  if (found == idle_.end())
    return nullptr;
  auto result = std::move(*found);
  idle_.erase(found);
  return result;
}

void private_views::give_back(std::unique_ptr<private_view> view) noexcept {
  if (idle_.size() == max_idle)
    idle_.erase(idle_.begin());
  idle_.push_back(std::move(view));
}

} // namespace venomous::bridge
