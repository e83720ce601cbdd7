#include "python_bridge/connection.hpp"

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

// Parts as long as this are cheaper to point at than to copy.
constexpr size_t max_copied = 4096;

// A piece that is as long as this does not grow any more.
constexpr size_t max_piece = 64 * 1024;

template <class T>
std::string_view bytes_of(const T& x) {
  return {reinterpret_cast<const char*>(&x), sizeof(x)};
}

char* scratch() {
  static thread_local auto buffer =
    std::make_unique_for_overwrite<char[]>(scratch_size);
  return buffer.get();
}

} // namespace

connection::connection(event_loop& loop, unique_fd socket,
                       std::shared_ptr<arena> shared, size_t max_body,
                       callbacks cb)
  : loop_(loop),
    socket_(std::move(socket)),
    cb_(std::move(cb)),
    watch_(
      loop, socket_.get(), [this] { drain(); },
      [this] {
        if (write_some())
          watch_.want_write(false);
      }),
    arena_(std::move(shared)),
    room_(arena_->capacity()),
    max_body_(max_body) {
  // nop
}

connection::~connection() {
  *alive_ = false;
}

// -- sending ------------------------------------------------------------------

void connection::send(frame_kind kind, uint64_t call_id, std::string_view head,
                      std::initializer_list<value> parts) {
  auto body = head.size();
  for (auto& part : parts)
    body += part.bytes().size();
  frame_header header;
  header.body_length = static_cast<uint32_t>(body);
  header.kind = kind;
  header.call_id = call_id;
  if (!send_by_arena(header, head, parts, body)) {
    append(bytes_of(header));
    append(head);
    for (auto& part : parts) {
      auto bytes = part.bytes();
      if (bytes.size() > max_copied)
        queue_.push_back({{}, part, true});
      else
        append({bytes.data(), bytes.size()});
    }
  }
  flush_soon();
}

/// Returns whether there is room for that.
bool connection::send_by_arena(frame_header header, std::string_view head,
                               std::initializer_list<value> parts,
                               size_t size) {
  if (size < arena::min_body || room_.largest().size < size)
    return false;
  arena_reference where{room_.take(size), size, 0};
  in_arena_.push_back(header.call_id);
  holds_memory_ = true;
  auto to = arena_->find(arena::way::to_snake, where)->data();
  to = std::copy(head.begin(), head.end(), to);
  for (auto& part : parts)
    to = std::copy(part.bytes().begin(), part.bytes().end(), to);
  header.body_length = sizeof(where);
  header.in_arena = 1;
  append(bytes_of(header));
  append(bytes_of(where));
  return true;
}

void connection::append(std::string_view bytes) {
  if (queue_.empty() || queue_.back().is_shared
      || queue_.back().copied.size() > max_piece)
    queue_.emplace_back();
  queue_.back().copied += bytes;
}

/// Writes when everything else that is due now has been done: to write often is
/// what costs most.
void connection::flush_soon() {
  if (std::exchange(flushing_, true))
    return;
  loop_.post([this, alive = alive_] {
    if (!*alive)
      return;
    flushing_ = false;
    if (!write_some())
      watch_.want_write(true);
  });
}

/// Returns whether nothing is left to write.
bool connection::write_some() {
  while (socket_ && !queue_.empty()) {
    std::array<iovec, 64> pieces;
    size_t count = 0;
    auto skip = written_;
    for (auto& piece : queue_) {
      auto bytes = piece.bytes().subspan(std::exchange(skip, 0));
      pieces[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
      if (count == pieces.size())
        break;
    }
    msghdr msg{};
    msg.msg_iov = pieces.data();
    msg.msg_iovlen = count;
    auto n = ::sendmsg(socket_.get(), &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0)
      advance(static_cast<size_t>(n));
    else if (errno != EINTR)
      // Any other failure shows when reading, which knows whether the other
      // end had an answer to give before it went.
      return errno != EAGAIN;
  }
  return true;
}

void connection::advance(size_t written) {
  written_ += written;
  while (!queue_.empty() && written_ >= queue_.front().bytes().size()) {
    written_ -= queue_.front().bytes().size();
    queue_.pop_front();
  }
}

// -- receiving ----------------------------------------------------------------

void connection::drain() {
  receive();
  cb_.on_drained();
}

void connection::receive() {
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
      end(cb_.on_end);
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
      return end(cb_.on_broken);
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
  if (header_.kind < frame_kind::ready || header_.kind > frame_kind::results
      || header_.in_arena > 1 || header_.reserved[0] != 0
      || header_.reserved[1] != 0 || header_.body_length > max_body_)
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
  if (header_.in_arena != 0 && !fetch_from_arena())
    return end(cb_.on_broken);
  // There may be more of them, and items that are still read.
  if (header_.kind != frame_kind::results)
    forget(header_.call_id);
  cb_.on_frame(header_, std::exchange(body_, {}));
}

void connection::forget(uint64_t call_id) {
  // Calls are answered in their order.
  while (!in_arena_.empty() && in_arena_.front() <= call_id) {
    in_arena_.pop_front();
    room_.give_back();
  }
}

/// Puts the body in the place of the reference to it.
bool connection::fetch_from_arena() {
  arena_reference where;
  if (body_.size != sizeof(where))
    return false;
  std::memcpy(&where, body_.data.get(), sizeof(where));
  auto found = arena_->find(arena::way::to_host, where);
  if (!found || found->size() > max_body_ || where.slot >= arena::slots)
    return false;
  holds_memory_ = true;
  body_.size = found->size();
  body_.data = {found->data(), [shared = arena_, slot = where.slot](char*) {
                  shared->release(static_cast<uint32_t>(slot));
                }};
  return true;
}

bool connection::trim() {
  for (uint32_t slot = 0; slot < arena::slots; ++slot)
    if (!arena_->is_free(slot))
      return false;
  if (!room_.empty())
    return false;
  arena_->discard();
  holds_memory_ = false;
  return true;
}

void connection::end(const std::function<void()>& callback) {
  close();
  callback();
}

void connection::close() {
  watch_.reset();
  socket_.reset();
}

} // namespace venomous
