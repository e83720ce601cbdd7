#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <initializer_list>
#include <vector>

/// @file
/// What a sandbox does to the program in it.

namespace venomous::test {

namespace detail {

/// Makes the kernel do `action` instead of the system calls with these numbers.
/// @returns the result of seccomp(2).
inline long replace_calls(std::initializer_list<long> numbers, uint32_t action,
                          unsigned flags) {
  std::vector<sock_filter> code{
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (auto number : numbers) {
    code.push_back(
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(number), 0, 1));
    code.push_back(BPF_STMT(BPF_RET | BPF_K, action));
  }
  code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  // Without this, only root may.
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

} // namespace detail

/// Forbids system calls to all threads of this process, and to processes that
/// it starts from now on.
/// @returns whether the system permits that.
inline bool forbid(std::initializer_list<long> numbers) {
  return detail::replace_calls(numbers, SECCOMP_RET_ERRNO | EPERM,
                               SECCOMP_FILTER_FLAG_TSYNC)
         == 0;
}

/// Makes system calls of this thread, and of all that it starts from now on,
/// block until this process ends.
/// @returns whether the system permits that.
inline bool hold_up(std::initializer_list<long> numbers) {
  return detail::replace_calls(numbers, SECCOMP_RET_USER_NOTIF,
                               SECCOMP_FILTER_FLAG_NEW_LISTENER)
         >= 0;
}

} // namespace venomous::test
