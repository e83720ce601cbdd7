#pragma once

#include <optional>
#include <string>

namespace venomous {

/// How a Python process has ended.
struct exit_status {
  /// Its exit code, if it ended by itself.
  std::optional<int> code;
  /// Name of the signal that ended it, e.g. `SIGSEGV`.
  std::string signal;

  /// Whether a zygote was left to report it.
  bool is_known() const noexcept {
    return code || !signal.empty();
  }
};

/// Renders it as words that follow "the Python process".
/// @relates exit_status
inline std::string to_string(const exit_status& status) {
  if (status.code)
    return "exited with code " + std::to_string(*status.code);
  if (!status.signal.empty())
    return "was killed by " + status.signal;
  return "was lost with its zygote";
}

} // namespace venomous
