#include "actors/worker/ahead_window.hpp"

#include <algorithm>

namespace venomous {

namespace {

// The calls that a snake has ahead take about as long as this.
constexpr auto time_ahead = std::chrono::microseconds(1500);

// Shorter calls are done before another snake could run them.
constexpr auto min_shared_length = std::chrono::microseconds(200);

} // namespace

uint32_t ahead_window::size() const noexcept {
  auto length = std::max<duration>(length_, std::chrono::nanoseconds(1));
  auto ahead = std::min<size_t>(max_ahead_, time_ahead / length);
  return static_cast<uint32_t>(1 + ahead);
}

bool ahead_window::worth_sharing() const noexcept {
  return length_ >= min_shared_length;
}

void ahead_window::measure(duration time, size_t n) noexcept {
  auto each = time / n;
  if (each > length_ || length_ == unknown)
    length_ = each;
  else
    length_ -= (length_ - each) / 8;
}

void ahead_window::measure_at_least(duration time) noexcept {
  length_ = std::max(length_, time);
}

} // namespace venomous
