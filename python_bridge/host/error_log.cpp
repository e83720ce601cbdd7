#include "python_bridge/host/error_log.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace venomous {

namespace {

constexpr size_t max_held_back = 256 * 1024;

// PIPE_BUF: a pipe takes this much as a whole, not mixed with other output.
constexpr size_t max_line = 4096;

// Room for the prefix and the line feed.
constexpr size_t max_prefix = 64;

// Gives the other descriptors of the pool their turn when one snake floods.
constexpr int max_reads = 4;

/// Writes to descriptor 2, which the host may redirect at any time, and whose
/// mode it shares with the host and its children.
class standard_error {
public:
  standard_error() {
    struct stat status {};
    if (!is_standard(STDERR_FILENO) || ::fstat(STDERR_FILENO, &status) != 0)
      return;
    is_open_ = true;
    is_socket_ = S_ISSOCK(status.st_mode);
    if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode))
      reopened_ = opened(::open("/proc/self/fd/2",
                                O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  }

  /// Never waits, unless the target of descriptor 2 belongs to somebody else
  /// and cannot be reopened: then it may, if the target has room, but too
  /// little.
  /// @returns the number of bytes written, or -1 with the cause in `errno`.
  ssize_t write(std::string_view text) {
    if (!is_open_) {
      errno = EBADF;
      return -1;
    }
    if (reopened_)
      return ::write(reopened_.get(), text.data(), text.size());
    if (is_socket_)
      return ::send(STDERR_FILENO, text.data(), text.size(),
                    MSG_DONTWAIT | MSG_NOSIGNAL);
    pollfd ready{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&ready, 1, 0) == 0) {
      errno = EAGAIN;
      return -1;
    }
    return ::write(STDERR_FILENO, text.data(), text.size());
  }

private:
  unique_fd reopened_;
  bool is_open_ = false;
  bool is_socket_ = false;
};

} // namespace

// -- line_sink ----------------------------------------------------------------

line_sink::~line_sink() {
  retry_.reset();
  flush();
}

void line_sink::write(std::string_view prefix, std::string_view line) {
  if (held_back_bytes_ > max_held_back)
    flush();
  if (held_back_bytes_ > max_held_back) {
    ++dropped_;
    return;
  }
  if (dropped_ > 0) {
    held_back_.push_back("[venomous] " + std::to_string(dropped_)
                         + " lines were dropped here\n");
    dropped_ = 0;
  }
  std::string text;
  text.reserve(prefix.size() + line.size() + 1);
  text += prefix;
  text += line;
  text += '\n';
  held_back_bytes_ += text.size();
  held_back_.push_back(std::move(text));
}

void line_sink::flush() {
  if (held_back_.empty() || retry_)
    return;
  standard_error out;
  while (!held_back_.empty()) {
    auto& text = held_back_.front();
    auto n = out.write(text);
    if (n == 0 || (n < 0 && errno == EAGAIN))
      return retry_later();
    if (n < 0 && errno == EINTR)
      continue;
    // Nobody can be told if this fails.
    auto done = n < 0 ? text.size() : static_cast<size_t>(n);
    held_back_bytes_ -= done;
    text.erase(0, done);
    if (text.empty())
      held_back_.pop_front();
  }
}

void line_sink::retry_later() {
  using namespace std::chrono_literals;
  retry_.emplace(loop_, event_loop::clock::now() + 20ms, [this] {
    retry_.reset();
    flush();
  });
}

// -- error_log ----------------------------------------------------------------

error_log::error_log(event_loop& loop, unique_fd pipe, std::string prefix,
                     line_sink& sink)
  : pipe_(std::move(pipe)),
    prefix_(std::move(prefix)),
    sink_(sink),
    watch_(loop, pipe_.get(), [this] { drain(); }) {
  // nop
}

error_log::~error_log() {
  if (!line_.empty())
    sink_.write(prefix_, line_);
  sink_.flush();
}

void error_log::drain() {
  std::array<char, 16 * 1024> buffer;
  for (int i = 0; i < max_reads && pipe_; ++i) {
    auto n = ::read(pipe_.get(), buffer.data(), buffer.size());
    if (n > 0) {
      append({buffer.data(), static_cast<size_t>(n)});
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
      watch_.reset();
      pipe_.reset();
    } else if (errno == EAGAIN) {
      return;
    }
  }
}

std::string error_log::tail() const {
  if (tail_.size() <= tail_size)
    return tail_;
  auto result = tail_.substr(tail_.size() - tail_size);
  auto line_end = result.find('\n');
  return line_end == std::string::npos ? result : result.substr(line_end + 1);
}

void error_log::append(std::string_view bytes) {
  tail_ += bytes;
  if (tail_.size() > 4 * tail_size)
    tail_.erase(0, tail_.size() - tail_size - 1);
  pass_on(bytes);
  sink_.flush();
}

void error_log::pass_on(std::string_view bytes) {
  while (!bytes.empty()) {
    auto room = max_line - max_prefix - line_.size();
    auto piece = bytes.substr(0, std::min(bytes.find('\n'), room));
    line_ += piece;
    bytes.remove_prefix(piece.size());
    if (bytes.empty() && piece.size() < room)
      return;
    sink_.write(prefix_, line_);
    line_.clear();
    if (!bytes.empty() && bytes.front() == '\n')
      bytes.remove_prefix(1);
  }
}

} // namespace venomous
