#include "python_bridge/error_log.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace venomous {

namespace {

constexpr size_t max_held_back = 256 * 1024;

// A pipe that is ready takes as much without blocking.
constexpr size_t max_line = 4096;

// Room for the prefix and the line feed.
constexpr size_t max_prefix = 64;

// Leaves the other descriptors of the pool their turn when one snake floods.
constexpr int max_reads = 4;

} // namespace

// -- line_sink ----------------------------------------------------------------

line_sink::~line_sink() {
  flush();
}

void line_sink::write(std::string_view prefix, std::string_view line) {
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
  flush();
}

void line_sink::flush() {
  while (!held_back_.empty()) {
    pollfd standard_error{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&standard_error, 1, 0) == 0)
      return retry_later();
    auto& text = held_back_.front();
    // Nobody can be told if this fails.
    [[maybe_unused]] auto n = ::write(STDERR_FILENO, text.data(), text.size());
    held_back_bytes_ -= std::min(held_back_bytes_, text.size());
    held_back_.pop_front();
  }
}

void line_sink::retry_later() {
  using namespace std::chrono_literals;
  retry_ = event_loop::timer{loop_, event_loop::clock::now() + 20ms, [this] {
                               flush();
                             }};
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
