#pragma once

#include "tests/leftovers.hpp"

#include <map>
#include <optional>
#include <string>

namespace venomous::test {

/// A test case that another process runs: a host of its own, whose end and
/// whose standard error the test looks at.
class program {
public:
  /// @param test_case its tag, which is hidden: `[.name]`.
  /// @param variables go into its environment.
  explicit program(const std::string& test_case,
                   std::map<std::string, std::string> variables = {});

  /// Kills it if it still runs.
  ~program();

  program(const program&) = delete;

  program& operator=(const program&) = delete;

  pid_t pid() const noexcept {
    return pid_;
  }

  /// Lets it come out of `await_go`.
  void go() const;

  /// Waits until it has ended.
  /// @returns what `waitpid` tells, nothing if it goes on.
  std::optional<int> end(std::chrono::seconds limit);

  /// Returns what it has written to standard error.
  std::string said() const;

private:
  temporary_folder folder_;
  int input_ = -1;
  pid_t pid_ = -1;
};

/// Waits until the test that has started this process says so.
void await_go();

} // namespace venomous::test
