#pragma once

#include "benchmarks/echo.hpp"

#include <cstddef>
#include <deque>
#include <thread>
#include <vector>

namespace measure {

/// The floor of many calls: one echo in place of each snake, each with its own
/// calling thread.
class echoes {
public:
  /// @param work The work of each echo before it answers.
  explicit echoes(
    size_t n, void (*work)() = [] {}) {
    while (children_.size() < n)
      children_.emplace_back(work);
  }

  /// Sends `times` requests in all, and waits for the answers.
  void ask(size_t times) {
    std::vector<std::jthread> threads;
    for (auto& x : children_)
      threads.emplace_back([&x, n = times / children_.size()] {
        for (size_t i = 0; i < n; ++i) {
          x.send();
          x.receive();
        }
      });
  }

private:
  std::deque<echo> children_;
};

} // namespace measure
