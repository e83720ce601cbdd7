#pragma once

#include "python_bridge/host/event_loop.hpp"
#include "python_bridge/os/unique_fd.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace venomous {

/// Writes lines to the standard error of the host without waiting for it: when
/// nobody reads there, lines are held back up to a limit, and beyond it they
/// are dropped and counted. One for each pool.
class line_sink {
public:
  explicit line_sink(event_loop& loop) : loop_(loop) {
    // nop
  }

  ~line_sink();

  /// Appends `line` and a line feed.
  void write(std::string_view prefix, std::string_view line);

  /// Hands over what standard error takes, and sees to the rest later.
  void flush();

private:
  void retry_later();

  event_loop& loop_;
  /// There while standard error had no room when last asked.
  std::optional<event_loop::timer> retry_;
  /// The first may have been begun already.
  std::deque<std::string> held_back_;
  size_t held_back_bytes_ = 0;
  size_t dropped_ = 0;
};

/// The standard error of one Python process, on its way to that of the host,
/// line by line. Remembers the last of it. Lives on the pool thread.
class error_log {
public:
  /// How much of the end is remembered.
  static constexpr size_t tail_size = 4096;

  error_log(event_loop& loop, unique_fd pipe, std::string prefix,
            line_sink& sink);

  /// Passes on the last line, even if it has no end.
  ~error_log();

  /// Reads what has come in so far.
  void drain();

  /// The last `tail_size` bytes, from the start of a line if it is cut.
  std::string tail() const;

private:
  void append(std::string_view bytes);

  void pass_on(std::string_view bytes);

  unique_fd pipe_;
  std::string prefix_;
  line_sink& sink_;
  event_loop::watch watch_;
  std::string line_;
  std::string tail_;
};

} // namespace venomous
