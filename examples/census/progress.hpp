#pragma once

#include <chrono>
#include <cstddef>

/// Shows on the standard error how far the work is: as a bar on a terminal, by
/// a line every tenth part elsewhere.
class progress {
public:
  explicit progress(size_t total);

  progress(const progress&) = delete;

  progress& operator=(const progress&) = delete;

  /// Removes the bar.
  ~progress();

  /// Tells how many files are done. May be called as often as one likes.
  void update(size_t done);

private:
  using clock = std::chrono::steady_clock;

  void draw_bar(size_t done);

  void print_line(size_t done);

  size_t total_;
  bool is_terminal_;
  clock::time_point start_ = clock::now();
  clock::time_point last_drawn_;
  size_t tenths_ = 0;
};
