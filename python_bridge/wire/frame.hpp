#pragma once

#include "venomous/detail/attachment.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace venomous {

/// The kind of a frame on the socket of a snake, for both ends.
enum class frame_kind : uint8_t {
  // -- to the snake -----------------------------------------------------------

  /// Module, function, arguments and keyword arguments.
  call = 1,
  /// Module, function, and then items, each an argument behind its length:
  /// calls the function for one item after the other.
  map = 2,
  /// Comes with a descriptor of memory, which attachments from then on refer to
  /// by the id of the frame. The body is a list of ids that nothing refers to
  /// any longer.
  segment = 3,
  /// Numbers of kept objects that nothing refers to any longer.
  release = 4,

  // -- to the host ------------------------------------------------------------

  /// The snake takes calls from now on. No body.
  ready = 16,
  /// The snake ends because its encoder failed. Type, text and traceback.
  start_failed = 17,
  /// The result of a call.
  value = 18,
  /// The exception of a call. Type, text and traceback.
  exception = 19,
  /// The arguments of a call could not be decoded. A text.
  undecodable = 20,
  /// The result of a call cannot be encoded. A text.
  unencodable = 21,
  /// Results of a map, see `results.hpp`.
  results = 22,
  /// The result of a call that contains kept objects. The number of each
  /// follows, and then their count.
  keeping = 23,
};

/// Identifies a call, or a chunk of a map.
struct call_key {
  /// Counts the calls of a snake, for the ledger. Each end counts for itself.
  uint64_t number = 0;
  /// Drawn at random, so that nothing can answer a call before it was read.
  uint64_t id = 0;
};

/// Precedes the body of each frame.
struct frame_header {
  uint32_t body_length = 0;
  frame_kind kind = {};
  /// 1 if the body is a `memory_reference` to the real one, otherwise 0.
  uint8_t in_arena = 0;
  /// The number of attachments of the body.
  uint16_t attachments = 0;
  /// The `call_key::id` of a call, and of its answer.
  uint64_t call_id = 0;
};

static_assert(sizeof(frame_header) == 16);

/// The position of a body or an attachment in memory that both ends share.
struct memory_reference {
  /// From the beginning of the segment.
  uint64_t offset = 0;
  uint64_t size = 0;
  /// The slot by which the receiver releases it.
  uint32_t slot = 0;
  uint32_t segment = 0;
};

// Segments other than those that come with frames of that kind.

/// The arena of the snake.
constexpr uint32_t own_segment = 0;
/// The arena of the snake, for an array that the host has copied for this call.
constexpr uint32_t copied_segment = ~uint32_t{0} - 2;
/// The attachment that the host has sent with that slot: a result that refers
/// to an argument.
constexpr uint32_t argument_segment = ~uint32_t{0} - 1;
/// The body of the frame.
constexpr uint32_t body_segment = ~uint32_t{0};

// A body with attachments consists of MessagePack, the attachments that did not
// fit any memory, a `memory_reference` to each attachment, and the size of the
// MessagePack.

/// What an attachment may need in a body in addition to its own bytes.
constexpr size_t attachment_overhead = sizeof(memory_reference) + 64;

/// The maximum number of attachments of a frame.
constexpr size_t max_attachments = 65'535;

/// Returns how many bytes `n` attachments need at the end of a body.
constexpr size_t trailer_size(size_t n) {
  return n == 0 ? 0 : n * sizeof(memory_reference) + sizeof(uint64_t);
}

/// Returns how many bytes the numbers of `n` kept objects take behind a result.
constexpr size_t kept_size(size_t n) {
  return (n + 1) * sizeof(uint64_t);
}

/// The maximum size of the rest of a frame, beside arguments or result: names,
/// and the heads of results.
constexpr size_t frame_overhead = size_t{64} * 1024;

/// How long a snake may hold back results of a map while it runs further items:
/// a tick of the system's clock, where that is slow.
constexpr auto max_unsent = std::chrono::milliseconds(10);

/// The body of a received frame, shared with the value made from it.
struct frame_body {
  std::shared_ptr<char[]> data;
  size_t size = 0;
  std::vector<attachment> attachments = {};
};

} // namespace venomous
