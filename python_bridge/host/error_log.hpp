#pragma once

#include "python_bridge/host/event_loop.hpp"
#include "python_bridge/os/unique_fd.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace venomous {

/// Writes lines to the standard error of the host without waiting for it: when
/// nobody reads, it holds lines back up to a limit, and drops and counts them
/// beyond that. One for each pool.
class line_sink {
public:
  explicit line_sink(event_loop& loop) : loop_(loop) {
    // nop
  }

  ~line_sink();

  /// Appends `line` and a line feed.
  void write(std::string_view prefix, std::string_view line);

  /// Writes as much as standard error takes, and the rest later.
  void flush();

private:
  void retry_later();

  event_loop& loop_;
  /// Set if standard error had no room at the last attempt.
  std::optional<event_loop::timer> retry_;
  /// The first line may already be partly written.
  std::deque<std::string> held_back_;
  size_t held_back_bytes_ = 0;
  size_t dropped_ = 0;
};

/// The standard error of one Python process, on its way to that of the host,
/// line by line. Remembers its end. Lives on the pool thread.
class error_log {
public:
  /// How many bytes of the end it remembers.
  static constexpr size_t tail_size = 4096;

  error_log(event_loop& loop, unique_fd pipe, std::string prefix,
            line_sink& sink);

  /// Passes on the last line, even if it is incomplete.
  ~error_log();

  /// Reads what has come in so far.
  void drain();

  /// The last `tail_size` bytes, from the start of a line if that cuts the
  /// text.
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
