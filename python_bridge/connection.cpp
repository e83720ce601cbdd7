#include "python_bridge/connection.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>

namespace venomous {

namespace {

// One for the pool thread: a connection keeps no bytes between two reads.
constexpr size_t scratch_size = 256 * 1024;

char* scratch() {
  static thread_local auto buffer =
    std::make_unique_for_overwrite<char[]>(scratch_size);
  return buffer.get();
}

} // namespace

connection::connection(event_loop& loop, unique_fd socket, callbacks cb)
  : socket_(std::move(socket)),
    cb_(std::move(cb)),
    watch_(
      loop, socket_.get(), [this] { drain(); },
      [this] {
        if (write_some())
          watch_.want_write(false);
      }) {
  // nop
}

// -- properties ---------------------------------------------------------------

bool connection::peer_left_unread() const {
  if (unread_ || !queue_.empty())
    return true;
  int pending = 0;
  return socket_ && ::ioctl(socket_.get(), SIOCOUTQ, &pending) == 0
         && pending > 0;
}

// -- sending ------------------------------------------------------------------

void connection::send(frame_kind kind, uint64_t call_id, std::string head,
                      std::vector<value> parts) {
  frame_header header;
  auto body = head.size();
  for (auto& part : parts)
    body += part.bytes().size();
  header.body_length = static_cast<uint32_t>(body);
  header.kind = kind;
  header.call_id = call_id;
  head.insert(0, reinterpret_cast<const char*>(&header), sizeof(header));
  queue_.push_back({std::move(head), std::move(parts), sizeof(header) + body});
  if (queue_.size() == 1 && !write_some())
    watch_.want_write(true);
}

/// Returns whether nothing is left to write.
bool connection::write_some() {
  while (socket_ && !queue_.empty()) {
    auto& frame = queue_.front();
    std::array<iovec, 8> pieces;
    size_t count = 0;
    auto skip = frame.written;
    auto add = [&](const char* data, size_t size) {
      auto skipped = std::min(skip, size);
      skip -= skipped;
      if (size > skipped && count < pieces.size())
        pieces[count++] = {const_cast<char*>(data + skipped), size - skipped};
    };
    add(frame.head.data(), frame.head.size());
    for (auto& part : frame.parts)
      add(part.bytes().data(), part.bytes().size());
    msghdr msg{};
    msg.msg_iov = pieces.data();
    msg.msg_iovlen = count;
    auto n = ::sendmsg(socket_.get(), &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) {
      if (errno == EINTR)
        continue;
      // Any other failure shows when reading, which knows whether the other
      // end had an answer to give before it went.
      return errno != EAGAIN;
    }
    frame.written += static_cast<size_t>(n);
    if (frame.written == frame.size)
      queue_.pop_front();
  }
  return true;
}

// -- receiving ----------------------------------------------------------------

void connection::drain() {
  while (socket_) {
    auto asked = body_.size - body_got_ + scratch_size;
    iovec pieces[] = {
      {body_.data.get() + body_got_, body_.size - body_got_},
      {scratch(), scratch_size},
    };
    auto n = ::readv(socket_.get(), pieces, 2);
    if (n > 0) {
      auto size = static_cast<size_t>(n);
      auto to_body = std::min(size, pieces[0].iov_len);
      body_got_ += to_body;
      if (body_.size > 0 && body_got_ == body_.size)
        finish_frame();
      consume(scratch(), size - to_body);
      if (size < asked)
        return;
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
      // A peer that closes with bytes unread resets the connection.
      unread_ = n < 0 && errno == ECONNRESET;
      fail();
    } else if (errno == EAGAIN) {
      return;
    }
  }
}

void connection::consume(const char* bytes, size_t size) {
  while (size > 0 && socket_) {
    auto take = std::min(size, sizeof(header_) - header_got_);
    std::memcpy(reinterpret_cast<char*>(&header_) + header_got_, bytes, take);
    header_got_ += take;
    bytes += take;
    size -= take;
    if (header_got_ < sizeof(header_))
      return;
    if (!begin_body())
      return fail();
    take = std::min(size, body_.size);
    if (take > 0)
      std::memcpy(body_.data.get(), bytes, take);
    body_got_ = take;
    bytes += take;
    size -= take;
    if (body_got_ < body_.size)
      return;
    finish_frame();
  }
}

bool connection::begin_body() {
  // Whatever this is, it is no frame: do not wait for the rest of it.
  if (header_.kind < frame_kind::ready || header_.kind > frame_kind::unencodable
      || header_.reserved[0] != 0 || header_.reserved[1] != 0
      || header_.reserved[2] != 0)
    return false;
  body_.size = header_.body_length;
  body_got_ = 0;
  try {
    if (body_.size > 0)
      body_.data = std::make_shared_for_overwrite<char[]>(body_.size);
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

void connection::finish_frame() {
  header_got_ = 0;
  body_got_ = 0;
  cb_.on_frame(header_, std::exchange(body_, {}));
}

void connection::fail() {
  close();
  cb_.on_end();
}

void connection::close() {
  watch_.reset();
  socket_.reset();
}

} // namespace venomous
