#pragma once

#include "tests/facades.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <string>
#include <vector>

/// @file
/// Maps whose items note that they ran.

namespace venomous::test {

/// What `snakes.work` does.
struct task {
  std::string notes;
  int number = 0;
  std::string action;
  std::string path;
  MSGPACK_DEFINE_MAP(notes, number, action, path)
};

inline std::vector<int> numbers(int n) {
  std::vector<int> result(static_cast<size_t>(n));
  std::iota(result.begin(), result.end(), 0);
  return result;
}

/// Items that only note that they ran.
inline std::vector<task> tasks(int n, const std::filesystem::path& notes) {
  std::vector<task> result;
  for (auto number : numbers(n))
    result.push_back({notes.string(), number, {}, {}});
  return result;
}

inline map_args work(const std::vector<task>& items) {
  return {"snakes", "work", items};
}

/// How often each item has begun.
inline std::map<int, int> counts(const std::filesystem::path& notes) {
  std::ifstream in{notes};
  std::map<int, int> result;
  for (int number; in >> number;)
    ++result[number];
  return result;
}

inline bool each_ran_once(const std::filesystem::path& notes, int n) {
  auto all = counts(notes);
  return all.size() == static_cast<size_t>(n)
         && std::ranges::all_of(all, [](auto& x) { return x.second == 1; });
}

/// Whether all items but those that have an error resulted in their number.
inline bool has_numbers(const map_results& results) {
  auto failed = results.errors.begin();
  for (size_t i = 0; i < results.values.size(); ++i) {
    if (failed != results.errors.end() && failed->index == i) {
      if (!results.values[i].is_none())
        return false;
      ++failed;
    } else if (results.values[i] != value{i}) {
      return false;
    }
  }
  return failed == results.errors.end();
}

inline errc code_of_error(const map_results& results, size_t i) {
  INFO(describe(results.errors.at(i).why));
  auto code = code_of(results.errors[i].why);
  REQUIRE(code);
  return *code;
}

inline map_options with_timeout_of_item(caf::timespan timeout) {
  map_options result;
  result.timeout = timeout;
  return result;
}

} // namespace venomous::test
