#pragma once

#include "venomous/value.hpp"

#include "python_bridge/event_loop.hpp"
#include "python_bridge/frame.hpp"
#include "python_bridge/unique_fd.hpp"

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace venomous {

/// The host's end of the socket to a snake: cuts the stream into frames and
/// writes frames without copying their bodies. Lives on the pool thread.
class connection {
public:
  // -- member types -----------------------------------------------------------

  struct callbacks {
    std::function<void(const frame_header&, frame_body)> on_frame;
    /// No further frame will come. Called once, and not after `close`.
    std::function<void()> on_end;
  };

  // -- constructors -----------------------------------------------------------

  connection(event_loop& loop, unique_fd socket, callbacks cb);

  // -- properties -------------------------------------------------------------

  /// Whether the other end went away, or is about to, without having taken all
  /// that was sent. What was sent last was then never started.
  bool peer_left_unread() const;

  // -- modifiers --------------------------------------------------------------

  /// Sends `head` and then the bytes of `parts` as one frame.
  void send(frame_kind kind, uint64_t call_id, std::string head,
            std::vector<value> parts);

  /// Reads what has come in so far.
  void drain();

  void close();

private:
  struct outgoing {
    std::string head;
    std::vector<value> parts;
    size_t size = 0;
    size_t written = 0;
  };

  bool write_some();

  void fail();

  void consume(const char* bytes, size_t size);

  bool begin_body();

  void finish_frame();

  unique_fd socket_;
  callbacks cb_;
  event_loop::watch watch_;
  std::deque<outgoing> queue_;
  frame_header header_;
  size_t header_got_ = 0;
  frame_body body_;
  size_t body_got_ = 0;
  bool unread_ = false;
};

} // namespace venomous
