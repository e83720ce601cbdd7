#pragma once

#include <cerrno>
#include <system_error>

namespace venomous {

/// Throws the error of a failed system call, from `errno`.
[[noreturn]] inline void throw_errno(const char* call) {
  throw std::system_error{errno, std::generic_category(), call};
}

} // namespace venomous
