#include "python_bridge/os/shared_memory.hpp"

#include "python_bridge/os/page_size.hpp"
#include "python_bridge/os/throw_errno.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace venomous {

namespace {

void check(bool ok, const char* call) {
  if (!ok)
    throw_errno(call);
}

/// Throws the error that `size` bytes are too many.
[[noreturn]] void refuse(const char* subject, size_t size, const char* why,
                         int error) {
  throw std::system_error(error, std::generic_category(),
                          subject + (": " + std::to_string(size)) + " bytes "
                            + why);
}

/// Sets the size of the memory behind `fd`. To the kernel it is a file, and a
/// process that makes one too large gets SIGXFSZ.
void resize(const char* subject, int fd, size_t size) {
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  if (size > limit.rlim_cur)
    refuse(subject, size, "exceed the file size limit (ulimit -f)", EFBIG);
  if (::ftruncate(fd, static_cast<off_t>(size)) != 0)
    refuse(subject, size, "cannot be allocated", errno);
}

} // namespace

shared_memory::shared_memory(const char* name, size_t size, const char* subject)
  : fd_(opened(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING))),
    size_(size) {
  check(static_cast<bool>(fd_), "memfd_create");
  resize(subject, fd_.get(), size);
  // The other end must not be able to take the memory away from this one.
  check(
    ::fcntl(fd_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
      == 0,
    "fcntl");
  map(fd_.get(), false, subject);
}

shared_memory::shared_memory(const unique_fd& fd, bool inherited,
                             const char* subject) {
  struct stat status {};
  check(::fstat(fd.get(), &status) == 0, "fstat");
  size_ = static_cast<size_t>(status.st_size);
  map(fd.get(), inherited, subject);
}

shared_memory::~shared_memory() {
  ::munmap(data_, size_);
}

void shared_memory::map(int fd, bool inherited, const char* subject) {
  auto memory =
    ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED)
    refuse(subject, size_, "cannot be mapped (ulimit -v, -l)", errno);
  data_ = static_cast<char*>(memory);
  if (!inherited)
    ::madvise(memory, size_, MADV_DONTFORK);
}

unique_fd shared_memory::release_descriptor() {
  return std::move(fd_);
}

void shared_memory::discard(size_t offset, size_t size) noexcept {
  auto begin = page_up(offset);
  auto end = page_down(offset + size);
  if (begin < end)
    ::madvise(data_ + begin, end - begin, MADV_REMOVE);
}

} // namespace venomous
