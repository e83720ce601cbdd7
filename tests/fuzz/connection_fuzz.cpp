/// @file
/// The host's end of the socket, with whatever a snake may send: a stream in
/// arbitrary cuts, and an arena with arbitrary content. Nothing is read outside
/// of what was sent, each body is the very bytes, and the end is told once.
///
/// Input: how many long calls wait for an answer, which cuts there are, how
/// much of the rest is in the arena, and the stream.

#include "tests/fuzz/fuzz.hpp"

#include "python_bridge/host/connection.hpp"
#include "python_bridge/os/descriptor_pair.hpp"
#include "python_bridge/wire/results.hpp"

#include <sys/socket.h>

#include <optional>

using namespace venomous;
using namespace venomous::fuzz;

namespace {

constexpr size_t arena_size = 512 * 1024;

// Less than there is room for in either direction of the arena.
constexpr size_t max_body = 128 * 1024;

class fuzzed_snake {
public:
  explicit fuzzed_snake(input in) {
    calls_ = in.byte() % 6;
    cuts_ = in.byte();
    in_arena_ = in.take(in.byte() * 16);
    stream_ = in.rest();
  }

  void run() {
    auto sockets = make_sockets(SOCK_STREAM);
    theirs_ = std::move(sockets.theirs);
    connection_.emplace(
      loop_, std::move(sockets.ours), shared_, max_body,
      connection::callbacks{
        [this](auto& header, auto body) { on_frame(header, body); },
        [] {},
        [this] { on_end(); },
        [this] { on_end(); },
      });
    fill_arena();
    for (uint64_t number = 1; number <= calls_; ++number)
      connection_->send(frame_kind::call, {number, number}, "head",
                        {long_part()});
    write_later();
    loop_.run();
    require(ended_, "the end is told");
    connection_->trim();
    connection_.reset();
    for (auto& result : results_)
      to_string(result);
  }

private:
  static const value& long_part() {
    static const value instance{std::string(arena::min_body, 'x')};
    return instance;
  }

  void fill_arena() {
    auto all =
      *shared_->find(arena::way::to_host,
                     {shared_->begin_of(arena::way::to_host), 16 * 256, 0, 0});
    std::fill(all.begin(), all.end(), '\xc0');
    std::copy(in_arena_.begin(), in_arena_.end(), all.begin());
  }

  void write_later() {
    loop_.post([this] { write(); });
  }

  void write() {
    if (ended_)
      return;
    if (sent_ == stream_.size()) {
      theirs_.reset();
      return;
    }
    auto size = std::min<size_t>(next_cut(), stream_.size() - sent_);
    auto n = ::send(theirs_.get(), stream_.data() + sent_, size,
                    MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0)
      sent_ += static_cast<size_t>(n);
    write_later();
  }

  /// Returns how much is sent next, from one byte to a good part of it all.
  size_t next_cut() {
    cuts_ = cuts_ * 5 + 1;
    return cuts_ % 7 == 0 ? 1 + cuts_ / 7 : size_t{cuts_} * cuts_ / 4 + 1;
  }

  void on_frame(const frame_header& header, const frame_body& body) {
    require(!ended_, "no frame comes after the end");
    require(body.size <= max_body, "a body has its limit");
    require(stream_.compare(received_, sizeof(header),
                            reinterpret_cast<const char*>(&header),
                            sizeof(header))
              == 0,
            "a header is what was sent");
    received_ += sizeof(header);
    if (header.in_arena == 0)
      require(stream_.compare(received_, body.size,
                              std::string_view{body.data.get(), body.size})
                == 0,
              "a body is what was sent");
    else
      require_in_arena(body);
    received_ += header.body_length;
    read(header, body);
  }

  void require_in_arena(const frame_body& body) {
    auto all = *shared_->find(
      arena::way::to_host,
      {shared_->begin_of(arena::way::to_host), shared_->capacity(), 0, 0});
    auto begin = body.data.get();
    require(begin >= all.data() && body.size <= all.size()
              && begin + body.size <= all.data() + all.size(),
            "a reference leads into the arena");
  }

  /// Does with a frame what the library does with it.
  void read(const frame_header& header, const frame_body& body) {
    connection_->forget(header.call_id);
    shared_buffer data{body.data, body.data.get()};
    if (header.kind != frame_kind::results) {
      results_.push_back(value::from_buffer(data, 0, body.size));
      if (results_.size() > 4)
        results_.pop_front();
      to_string(results_.back());
      return;
    }
    std::string_view bytes{body.data.get(), body.size};
    first_result(bytes);
    each_result(bytes, [&](frame_kind, std::string_view result) {
      auto offset = static_cast<size_t>(result.data() - data.get());
      to_string(value::from_buffer(data, offset, result.size()));
    });
  }

  void on_end() {
    require(!ended_, "the end is told once");
    ended_ = true;
    loop_.stop();
  }

  event_loop loop_;
  static inline const std::shared_ptr<host_arena> shared_ =
    std::make_shared<host_arena>(arena_size);
  std::optional<connection> connection_;
  unique_fd theirs_;
  uint64_t calls_ = 0;
  uint8_t cuts_ = 0;
  std::string_view in_arena_;
  std::string_view stream_;
  size_t sent_ = 0;
  size_t received_ = 0;
  std::deque<value> results_;
  bool ended_ = false;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzzed_snake{input{data, size}}.run();
  return 0;
}
