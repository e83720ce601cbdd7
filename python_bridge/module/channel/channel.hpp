#pragma once

#include "python_bridge/module/channel/attachments.hpp"
#include "python_bridge/module/channel/buffer.hpp"
#include "python_bridge/module/channel/inbox.hpp"
#include "python_bridge/module/channel/result_memory.hpp"
#include "python_bridge/module/process/heap_memory.hpp"

#include "python_bridge/memory/arena.hpp"
#include "python_bridge/os/spin.hpp"
#include "python_bridge/wire/frame.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace venomous::bridge {

/// A frame that has arrived. Its body is valid until the next one is read.
struct frame {
  frame_kind kind;
  uint64_t call_id;
  std::string_view body;
  incoming_attachments* attachments;
};

/// The snake's end of its socket: frames in, frames out. All functions require
/// the GIL and release it while they wait. Python's signal handlers run while
/// they wait; an exception that one raises is printed, because it cannot belong
/// to any call.
class channel {
public:
  /// Takes over `fd`. A process can have one channel. After a fork only the
  /// parent has it: no child can answer in place of its parent, or keep the
  /// socket open beyond the parent's end.
  /// @param spin how long to poll for the next frame before going to sleep.
  channel(int fd, unique_fd shared, std::chrono::microseconds spin);

  channel(const channel&) = delete;

  channel& operator=(const channel&) = delete;

  ~channel();

  /// Waits for the next frame.
  /// @returns nothing at the end of file.
  /// @throws terminated
  std::optional<frame> receive();

  /// Starts a frame: bytes appended to the result become its body.
  buffer& compose();

  /// Returns the attachments of the frame that was started last.
  outgoing_attachments& attachments() {
    return attachments_;
  }

  /// Releases the last received frame, whose body is no longer needed. May run
  /// user code.
  void release_body();

  /// Releases the objects of attachments that are arguments. After that, the
  /// channel knows whether Python objects still show them. May run user code.
  void release_arguments();

  /// Sends the frame that was started last.
  /// @returns whether the other end still takes frames.
  /// @throws terminated
  bool send(frame_kind kind, uint64_t call_id);

private:
  /// Waits until the socket is ready for `events`.
  void wait(short events);

  void poll(pollfd (&fds)[2]);

  /// Gives back memory that calls needed, if nothing arrives.
  /// @param poll_for how many milliseconds to wait.
  /// @returns whether something arrived.
  template <class F>
  bool tidy(F poll_for);

  /// Reads at least one and at most `n` bytes.
  /// @returns how many, 0 at the end of file.
  size_t read_some(char* to, size_t n);

  void take_descriptor(msghdr& message);

  /// Reads until `n` bytes are buffered.
  bool fill(size_t n);

  /// Reads the body of a frame.
  std::optional<std::string_view> read_body(const frame_header& header);

  /// Returns the bytes that the body of a frame refers to.
  std::string_view find_in_arena(std::string_view body) const;

  /// Takes the attachments off the end of a body.
  std::string_view take_attachments(std::string_view body, size_t n);

  void add_segment(uint64_t id, std::string_view forgotten);

  /// Puts the attachments into the arena, or behind the body, followed by the
  /// references to them.
  void append_attachments();

  bool send_output();

  std::optional<memory_reference> place(const outgoing_attachment& x);

  bool send_all(iovec* pieces, size_t count);

  /// Reads a body that the input buffer has no room for.
  std::optional<std::string_view> read_large(size_t length);

  spin spin_;
  std::unique_ptr<char[]> input_;
  size_t begin_ = 0;
  size_t end_ = 0;
  std::unique_ptr<char[]> large_;
  /// Descriptors that came with the bytes read.
  std::deque<unique_fd> descriptors_;
  incoming_attachments incoming_;
  buffer output_;
  heap_memory heap_;
  /// Whether no frame has come since memory was given back.
  bool is_tidy_ = true;
  outgoing_attachments attachments_;
  /// By slot, the arguments that the attachments refer to, to keep them lent.
  std::unordered_map<uint32_t, std::shared_ptr<void>> arguments_;
  /// The file descriptor of the arena.
  unique_fd shared_;
  std::shared_ptr<arena> arena_;
  std::shared_ptr<inbox> inbox_;
  result_memory results_;
};

} // namespace venomous::bridge
