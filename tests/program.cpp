#include "tests/program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace venomous::test {

program::program(const std::string& test_case,
                 std::map<std::string, std::string> variables) {
  int input[2];
  static_cast<void>(!::pipe2(input, O_CLOEXEC));
  auto log = (folder_ / "stderr").string();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(input[0], STDIN_FILENO);
    ::dup2(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600),
           STDERR_FILENO);
    for (auto& [name, text] : variables)
      ::setenv(name.c_str(), text.c_str(), 1);
    ::execl("/proc/self/exe", "venomous_tests", test_case.c_str(), "--out",
            "/dev/null", nullptr);
    ::_exit(125);
  }
  ::close(input[0]);
  input_ = input[1];
}

program::~program() {
  ::close(input_);
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

void program::go() const {
  static_cast<void>(!::write(input_, "", 1));
}

std::optional<int> program::end(std::chrono::seconds limit) {
  int status = 0;
  if (!eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; },
                  limit))
    return std::nullopt;
  pid_ = -1;
  return status;
}

std::string program::said() const {
  return text_of(folder_ / "stderr");
}

void await_go() {
  char byte = 0;
  static_cast<void>(!::read(STDIN_FILENO, &byte, 1));
}

} // namespace venomous::test
