#pragma once

#include "venomous/error.hpp"

/// @file
/// Errors with which more than one part of a pool answers.

namespace venomous {

inline constexpr auto pool_is_ending = "the pool is ending";

inline constexpr auto call_was_taken_back = "the call was taken back";

/// Answers requests that a pool cannot serve until its end.
inline caf::error shutting_down_error() {
  return caf::make_error(errc::shutting_down, std::string{pool_is_ending});
}

/// Answers requests that come after the end of a pool.
inline caf::error pool_ended_error() {
  return caf::make_error(errc::shutting_down,
                         std::string{"the pool has ended"});
}

/// Answers a call that its caller has cancelled.
inline caf::error cancelled_error() {
  return caf::make_error(errc::cancelled, std::string{call_was_taken_back});
}

} // namespace venomous
