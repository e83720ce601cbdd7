#include "python_bridge/shared_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

namespace venomous {

namespace {

void check(bool ok) {
  if (!ok)
    throw std::system_error(errno, std::generic_category());
}

} // namespace

shared_memory::shared_memory(const char* name, size_t size)
  : fd_(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)), size_(size) {
  check(static_cast<bool>(fd_));
  check(::ftruncate(fd_.get(), static_cast<off_t>(size)) == 0);
  // The other end must not be able to pull the memory away from under this one.
  check(
    ::fcntl(fd_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
    == 0);
  map(false);
}

shared_memory::shared_memory(unique_fd fd, bool inherited)
  : fd_(std::move(fd)) {
  struct stat status {};
  check(::fstat(fd_.get(), &status) == 0);
  size_ = static_cast<size_t>(status.st_size);
  writable_ = (::fcntl(fd_.get(), F_GETFL) & O_ACCMODE) == O_RDWR;
  map(inherited);
  fd_.reset();
}

shared_memory::~shared_memory() {
  ::munmap(data_, size_);
}

void shared_memory::map(bool inherited) {
  auto allowed = writable_ ? PROT_READ | PROT_WRITE : PROT_READ;
  auto memory = ::mmap(nullptr, size_, allowed, MAP_SHARED, fd_.get(), 0);
  check(memory != MAP_FAILED);
  data_ = static_cast<char*>(memory);
  if (!inherited)
    ::madvise(memory, size_, MADV_DONTFORK);
}

unique_fd shared_memory::release_descriptor() {
  return std::move(fd_);
}

void shared_memory::discard(size_t offset, size_t size) noexcept {
  ::madvise(data_ + offset, size, MADV_REMOVE);
}

} // namespace venomous
