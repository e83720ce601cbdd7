#pragma once

#include <string>
#include <vector>

namespace venomous::bridge {

/// Makes this process run another program when its parent is gone, even if it
/// is stopped or hangs then. The kernel sends SIGCONT when the parent ends,
/// which without a handler only continues a stopped process.
///
/// Call it again after user code has run, which may have undone it.
/// @param control a socket whose end of file also means that the parent is
///                gone, if something sends SIGCONT then.
/// @param program its path and its arguments.
/// @param patience_ms how much time the process has to end by itself.
void watch_parent(int control, const std::vector<std::string>& program,
                  int patience_ms);

/// Undoes this in a process that was forked afterwards.
void leave_parent_unwatched() noexcept;

} // namespace venomous::bridge
