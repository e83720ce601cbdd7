#include "python_bridge/ledger.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <system_error>

namespace venomous {

namespace {

void check(bool ok) {
  if (!ok)
    throw std::system_error(errno, std::generic_category());
}

} // namespace

ledger::ledger()
  : fd_(::memfd_create("venomous-ledger", MFD_CLOEXEC | MFD_ALLOW_SEALING)) {
  check(static_cast<bool>(fd_));
  check(::ftruncate(fd_.get(), sizeof(page)) == 0);
  // The other end must not be able to pull the memory away from under this one.
  check(
    ::fcntl(fd_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
    == 0);
  map();
}

ledger::ledger(unique_fd fd) : fd_(std::move(fd)) {
  map();
  fd_.reset();
}

ledger::~ledger() {
  ::munmap(page_, sizeof(page));
}

void ledger::map() {
  auto memory = ::mmap(nullptr, sizeof(page), PROT_READ | PROT_WRITE,
                       MAP_SHARED, fd_.get(), 0);
  check(memory != MAP_FAILED);
  page_ = static_cast<page*>(memory);
  // What a call forks has no part in it.
  ::madvise(memory, sizeof(page), MADV_DONTFORK);
}

unique_fd ledger::release_descriptor() {
  return std::move(fd_);
}

uint64_t ledger::revoke(uint64_t last) noexcept {
  auto begun = page_->begun.load();
  while (begun < last && !page_->begun.compare_exchange_weak(begun, last))
    ;
  return begun;
}

bool ledger::begin(uint64_t id) noexcept {
  auto previous = id - 1;
  return page_->begun.compare_exchange_strong(previous, id);
}

} // namespace venomous
