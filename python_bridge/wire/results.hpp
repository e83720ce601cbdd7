#pragma once

#include "python_bridge/wire/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

/// @file
/// Results of a map on the wire: the index of the first one within its chunk,
/// then each with a head. A frame without results says that the snake has
/// stopped there, and the rest of the chunk will not begin.

namespace venomous {

/// Precedes each result.
struct result_head {
  /// `value`, `exception`, `undecodable` or `unencodable`.
  frame_kind kind = {};
  uint32_t length = 0;
};

/// The sizes of what precedes the results, and each of them.
constexpr size_t first_size = sizeof(uint32_t);
constexpr size_t result_head_size = 1 + sizeof(uint32_t);

/// Writes `head` to `to`.
/// @returns the place for its body.
inline char* write_head(char* to, const result_head& head) noexcept {
  *to = static_cast<char>(head.kind);
  std::memcpy(to + 1, &head.length, sizeof(head.length));
  return to + result_head_size;
}

/// Reads the index of the first result.
inline std::optional<uint32_t> first_result(std::string_view body) noexcept {
  uint32_t result = 0;
  if (body.size() < first_size)
    return std::nullopt;
  std::memcpy(&result, body.data(), sizeof(result));
  return result;
}

/// Calls `f(kind, body)` for each result. They are unchecked.
/// @returns whether they are well-formed, up to the end.
template <class F>
bool each_result(std::string_view body, F f) {
  if (body.size() < first_size)
    return false;
  body.remove_prefix(first_size);
  while (!body.empty()) {
    result_head head;
    if (body.size() < result_head_size)
      return false;
    head.kind = static_cast<frame_kind>(body[0]);
    std::memcpy(&head.length, body.data() + 1, sizeof(head.length));
    body.remove_prefix(result_head_size);
    if (head.kind < frame_kind::value || head.kind > frame_kind::unencodable
        || head.length > body.size())
      return false;
    f(head.kind, body.substr(0, head.length));
    body.remove_prefix(head.length);
  }
  return true;
}

} // namespace venomous
