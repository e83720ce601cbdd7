#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace venomous::fuzz {

/// Ends the run as a finding unless `condition` holds.
template <class Condition>
void require(const Condition& condition, const char* condition_text) {
  if (condition)
    return;
  std::fprintf(stderr, "not true: %s\n", condition_text);
  std::abort();
}

/// The input of a run, taken off bit by bit. Where it ends there are zeroes.
class input {
public:
  input(const uint8_t* data, size_t size)
    : left_(reinterpret_cast<const char*>(data), size) {
    // nop
  }

  uint8_t byte() {
    auto result = take(1);
    return result.empty() ? uint8_t{0} : static_cast<uint8_t>(result[0]);
  }

  std::string_view take(size_t size) {
    auto result = left_.substr(0, size);
    left_.remove_prefix(result.size());
    return result;
  }

  std::string_view rest() const {
    return left_;
  }

private:
  std::string_view left_;
};

} // namespace venomous::fuzz
