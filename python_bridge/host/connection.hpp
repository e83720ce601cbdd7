#pragma once

#include "venomous/value.hpp"

#include "python_bridge/host/event_loop.hpp"
#include "python_bridge/memory/host_arena.hpp"
#include "python_bridge/os/unique_fd.hpp"
#include "python_bridge/wire/frame.hpp"

#include <deque>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace venomous {

/// The host's end of the socket to a snake: cuts the stream into frames, and
/// writes everything sent within one turn of the loop together. Lives on the
/// pool thread.
class connection {
public:
  // -- member types -----------------------------------------------------------

  struct callbacks {
    std::function<void(const frame_header&, frame_body)> on_frame;
    /// Those were all frames that have come in so far.
    std::function<void()> on_drained;
    /// No further frame will come. Called once, and not after `close`.
    std::function<void()> on_end;
    /// The same, because invalid data came in.
    std::function<void()> on_broken;
  };

  // -- constructors -----------------------------------------------------------

  /// @param max_body the maximum size of a frame from the snake, in bytes.
  connection(event_loop& loop, unique_fd socket,
             std::shared_ptr<host_arena> shared, size_t max_body, callbacks cb);

  ~connection();

  // -- properties -------------------------------------------------------------

  /// Whether `trim` has memory to give back.
  bool holds_memory() const noexcept {
    return holds_memory_;
  }

  /// Returns how many attachments the snake has not dropped yet.
  size_t lent() const noexcept;

  // -- modifiers --------------------------------------------------------------

  /// Sends `head` and then `parts` as one frame. Copies neither long parts nor
  /// attachments in an arena.
  void send(frame_kind kind, call_key key, std::string_view head,
            std::initializer_list<value> parts);

  /// Gives back the arena memory of all calls up to the one with this number.
  void forget(uint64_t number);

  /// Reads what has come in so far.
  void drain();

  /// Gives back the memory of long frames sent and received so far.
  /// @returns whether that was possible, because nobody uses them any longer.
  bool trim();

  void close();

private:
  /// Bytes on their way: one or the other.
  struct piece {
    std::string copied;
    attachment shared = {};
    /// Travels with the first byte.
    unique_fd descriptor = {};

    std::span<const char> bytes() const noexcept {
      if (shared.data)
        return {shared.data.get(), shared.size};
      return copied;
    }
  };

  /// A frame under construction.
  struct body {
    std::vector<piece> pieces = {};
    size_t size = 0;

    void append(std::string_view bytes);

    void append(const attachment& x);
  };

  /// Foreign memory that the snake has mapped.
  struct segment {
    uint32_t id;
    std::weak_ptr<host_arena> memory;
  };

  // -- sending ----------------------------------------------------------------

  void append_attachments(body& to, std::initializer_list<value> parts);

  std::optional<memory_reference> refer_to(const attachment& x);

  bool show_segment(const std::shared_ptr<host_arena>& memory);

  std::vector<uint32_t> forget_segments();

  bool is_lent_from(uint32_t segment) const;

  void send_by_arena(frame_header header, const body& content, char* room);

  void append(std::string_view bytes);

  void flush_soon();

  bool write_some();

  void advance(size_t written);

  // -- receiving --------------------------------------------------------------

  std::vector<uint32_t> dropped() const;

  void receive();

  void end(const std::function<void()>& callback);

  void consume(const char* bytes, size_t size);

  bool begin_body();

  void finish_frame();

  bool fetch_from_arena();

  bool fetch_attachments();

  shared_buffer resolve(const memory_reference& reference) const;

  event_loop& loop_;
  unique_fd socket_;
  callbacks cb_;
  event_loop::watch watch_;
  std::deque<piece> queue_;
  /// Bytes of the first piece already written.
  size_t written_ = 0;
  bool flushing_ = false;
  std::shared_ptr<host_arena> arena_;
  /// The numbers of the calls whose bodies are in the arena, in order.
  std::deque<std::pair<uint64_t, shared_buffer>> in_arena_;
  /// Attachments by their slots, until the snake has dropped them.
  std::vector<attachment> lent_;
  /// In order of last use.
  std::vector<segment> segments_;
  bool holds_memory_ = false;
  size_t max_body_;
  /// Cleared by the destructor: a flush may come later.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  frame_header header_;
  size_t header_got_ = 0;
  frame_body body_;
  size_t body_got_ = 0;
};

} // namespace venomous
