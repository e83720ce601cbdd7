#include "python_bridge/host/connection.hpp"

#include "python_bridge/os/ancillary.hpp"
#include "python_bridge/os/throw_errno.hpp"

#include "venomous/detail/huge_pages.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>

namespace venomous {

namespace {

// One buffer for the pool thread: a connection keeps no bytes between two
// reads.
constexpr size_t scratch_size = 256 * 1024;

// Parts of this length are cheaper to point to than to copy.
constexpr size_t max_copied = 4096;

// A piece of this length does not grow any further.
constexpr size_t max_piece = 64 * 1024;

// The number of segments that a snake has mapped at a time. Each takes as much
// of its address space as an arena has.
constexpr size_t max_segments = 16;

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
                       std::shared_ptr<host_arena> shared, size_t max_body,
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
    max_body_(max_body) {
  if (!watch_)
    throw_errno("epoll_ctl");
}

connection::~connection() {
  *alive_ = false;
}

// -- sending ------------------------------------------------------------------

void connection::send(frame_kind kind, call_key key, std::string_view head,
                      std::initializer_list<value> parts) {
  if (kind != frame_kind::release)
    loop_.expect(spin::event::answer);
  body all;
  frame_header header;
  header.kind = kind;
  header.call_id = key.id;
  all.append(head);
  for (auto& part : parts) {
    auto bytes = part.bytes();
    if (bytes.size() > max_copied)
      all.append(attachment{part.buffer(), bytes.size()});
    else
      all.append({bytes.data(), bytes.size()});
    header.attachments += static_cast<uint16_t>(part.attachments().size());
  }
  if (header.attachments > 0)
    append_attachments(all, parts);
  if (all.size >= arena::min_body)
    if (auto room = arena_->take(all.size)) {
      in_arena_.emplace_back(key.number, room);
      return send_by_arena(header, all, room.get());
    }
  header.body_length = static_cast<uint32_t>(all.size);
  append(bytes_of(header));
  for (auto& x : all.pieces)
    if (x.shared.data)
      queue_.push_back(std::move(x));
    else
      append(x.copied);
  flush_soon();
}

void connection::body::append(std::string_view bytes) {
  if (pieces.empty() || pieces.back().shared.data)
    pieces.emplace_back();
  pieces.back().copied += bytes;
  size += bytes.size();
}

void connection::body::append(const attachment& x) {
  pieces.push_back({{}, x});
  size += x.size;
}

void connection::send_by_arena(frame_header header, const body& content,
                               char* room) {
  auto to = room;
  for (auto& x : content.pieces)
    to = std::ranges::copy(x.bytes(), to).out;
  memory_reference reference{arena_->offset_of(room), content.size, 0,
                             own_segment};
  holds_memory_ = true;
  header.body_length = sizeof(reference);
  header.in_arena = 1;
  append(bytes_of(header));
  append(bytes_of(reference));
  flush_soon();
}

// -- attachments --------------------------------------------------------------

/// Appends attachments that do not fit any memory to the body, and then the
/// references to all of them.
void connection::append_attachments(body& to,
                                    std::initializer_list<value> parts) {
  uint64_t content_size = to.size;
  std::string table;
  for (auto& part : parts)
    for (auto& x : part.attachments()) {
      auto reference = refer_to(x);
      if (!reference) {
        reference = memory_reference{to.size, x.size, 0, body_segment};
        to.append(x);
      }
      table += bytes_of(*reference);
    }
  to.append(table);
  to.append(bytes_of(content_size));
}

/// Lends an attachment to the snake, in place if it lies in memory that can be
/// shown to that snake.
std::optional<memory_reference> connection::refer_to(const attachment& x) {
  auto is_free = [](const attachment& lent) {
    return lent.data == nullptr;
  };
  auto slot =
    static_cast<uint32_t>(std::ranges::find_if(lent_, is_free) - lent_.begin());
  if (slot == arena::slots)
    return std::nullopt;
  auto data = x.data;
  auto memory = arena_of(data);
  auto segment = copied_segment;
  if (memory != nullptr && show_segment(memory->shared_from_this())) {
    segment = memory == arena_.get() ? own_segment : memory->id();
  } else {
    auto copy = arena_->take(x.size);
    if (copy == nullptr)
      return std::nullopt;
    std::memcpy(copy.get(), data.get(), x.size);
    data = std::move(copy);
    memory = arena_.get();
  }
  if (slot == lent_.size())
    lent_.emplace_back();
  lent_[slot] = {data, x.size};
  arena_->occupy(arena::way::to_snake, slot);
  holds_memory_ = true;
  return memory_reference{memory->offset_of(data.get()), x.size, slot, segment};
}

/// Returns whether the snake has that memory mapped, or is about to.
bool connection::show_segment(const std::shared_ptr<host_arena>& memory) {
  if (memory == arena_)
    return true;
  auto known = std::ranges::find(segments_, memory->id(), &segment::id);
  if (known != segments_.end()) {
    std::rotate(known, known + 1, segments_.end());
    return true;
  }
  try {
    auto descriptor = memory->foreign_descriptor();
    auto forgotten = forget_segments();
    if (segments_.size() >= max_segments)
      return false;
    frame_header header;
    header.kind = frame_kind::segment;
    header.call_id = memory->id();
    header.body_length =
      static_cast<uint32_t>(forgotten.size() * sizeof(uint32_t));
    queue_.push_back(
      {std::string{bytes_of(header)}, {}, std::move(descriptor)});
    for (auto& id : forgotten)
      append(bytes_of(id));
  } catch (const std::system_error&) {
    // No descriptor is left; a copy needs none.
    return false;
  }
  segments_.push_back({memory->id(), memory});
  return true;
}

/// Makes room for one more segment. Segments with lent attachments stay: this
/// call may refer to them.
/// @returns the ones that the snake may forget.
std::vector<uint32_t> connection::forget_segments() {
  std::vector<uint32_t> result;
  std::erase_if(segments_, [&](const segment& x) {
    auto is_left_out =
      segments_.size() - result.size() >= max_segments && !is_lent_from(x.id);
    auto gone = x.memory.expired() || is_left_out;
    if (gone)
      result.push_back(x.id);
    return gone;
  });
  return result;
}

bool connection::is_lent_from(uint32_t segment) const {
  return std::ranges::any_of(lent_, [segment](const attachment& x) {
    auto memory = arena_of(x.data);
    return memory != nullptr && memory->id() == segment;
  });
}

void connection::append(std::string_view bytes) {
  if (queue_.empty() || queue_.back().shared.data
      || queue_.back().copied.size() > max_piece)
    queue_.emplace_back();
  queue_.back().copied += bytes;
}

/// Writes after everything else that is due now: frequent writes cost most.
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
      // Travels with the first byte written.
      if (piece.descriptor && count > 0)
        break;
      auto bytes = piece.bytes().subspan(std::exchange(skip, 0));
      pieces[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
      if (count == pieces.size())
        break;
    }
    msghdr msg{};
    msg.msg_iov = pieces.data();
    msg.msg_iovlen = count;
    ancillary<1> room;
    if (auto& descriptor = queue_.front().descriptor)
      room.put(msg, {descriptor.get()});
    auto n = ::sendmsg(socket_.get(), &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0)
      advance(static_cast<size_t>(n));
    else if (errno != EINTR)
      // Any other failure shows when reading, which knows whether the other end
      // sent an answer before it went.
      return errno != EAGAIN;
  }
  return true;
}

void connection::advance(size_t written) {
  queue_.front().descriptor.reset();
  written_ += written;
  while (!queue_.empty() && written_ >= queue_.front().bytes().size()) {
    written_ -= queue_.front().bytes().size();
    queue_.pop_front();
  }
}

// -- receiving ----------------------------------------------------------------

void connection::drain() {
  // Checked before anything is read: a result that refers to an argument was
  // sent before the snake dropped that argument.
  auto slots = dropped();
  receive();
  for (auto slot : slots)
    lent_[slot] = {};
  cb_.on_drained();
}

/// Returns the slots that the snake no longer uses.
std::vector<uint32_t> connection::dropped() const {
  std::vector<uint32_t> result;
  for (uint32_t slot = 0; slot < lent_.size(); ++slot)
    if (lent_[slot].data && arena_->is_free(arena::way::to_snake, slot))
      result.push_back(slot);
  return result;
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
      loop_.expect(spin::event::request);
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
  // Whatever this is, it is not a frame: do not wait for the rest of it.
  if (header_.kind < frame_kind::ready || header_.kind > frame_kind::keeping
      || header_.in_arena > 1 || header_.body_length > max_body_)
    return false;
  body_.size = header_.body_length;
  body_got_ = 0;
  try {
    if (body_.size > 0)
      body_.data = std::make_shared_for_overwrite<char[]>(body_.size);
    detail::want_huge_pages(body_.data.get(), body_.size);
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

void connection::finish_frame() {
  header_got_ = 0;
  body_got_ = 0;
  if ((header_.in_arena != 0 && !fetch_from_arena())
      || (header_.attachments != 0 && !fetch_attachments()))
    return end(cb_.on_broken);
  cb_.on_frame(header_, std::exchange(body_, {}));
}

void connection::forget(uint64_t number) {
  while (!in_arena_.empty() && in_arena_.front().first <= number)
    in_arena_.pop_front();
}

/// Replaces the reference to a body with the body.
bool connection::fetch_from_arena() {
  memory_reference reference;
  if (body_.size != sizeof(reference))
    return false;
  std::memcpy(&reference, body_.data.get(), sizeof(reference));
  if (reference.size > max_body_)
    return false;
  holds_memory_ = true;
  body_.size = reference.size;
  body_.data = arena_->receive(reference);
  return body_.data != nullptr;
}

/// Takes the attachments off the end of the body. The snake may write to it
/// meanwhile, so each byte is read once.
bool connection::fetch_attachments() {
  std::vector<memory_reference> table(header_.attachments);
  uint64_t content_size = 0;
  auto table_size = table.size() * sizeof(memory_reference);
  auto takes_some =
    header_.kind == frame_kind::value || header_.kind == frame_kind::keeping;
  if (!takes_some || body_.size < trailer_size(table.size()))
    return false;
  auto end = body_.data.get() + body_.size - sizeof(content_size);
  std::memcpy(&content_size, end, sizeof(content_size));
  std::memcpy(table.data(), end - table_size, table_size);
  if (content_size > body_.size - trailer_size(table.size()))
    return false;
  size_t total = 0;
  for (auto& reference : table) {
    auto sound =
      reference.size >= min_attachment && reference.size <= max_body_;
    auto data = sound ? resolve(reference) : nullptr;
    if (data == nullptr || (total += reference.size) > max_body_)
      return false;
    body_.attachments.push_back({std::move(data), reference.size});
  }
  body_.size = content_size;
  holds_memory_ = true;
  return true;
}

/// Returns the bytes that a reference of the snake stands for, null if it is
/// invalid.
shared_buffer connection::resolve(const memory_reference& reference) const {
  auto part_of = [&](shared_buffer all, size_t size) -> shared_buffer {
    if (all == nullptr || reference.offset > size
        || reference.size > size - reference.offset)
      return nullptr;
    auto first = all.get() + reference.offset;
    return {std::move(all), first};
  };
  switch (reference.segment) {
  case own_segment:
    return arena_->receive(reference);
  case argument_segment:
    if (reference.slot >= lent_.size())
      return nullptr;
    return part_of(lent_[reference.slot].data, lent_[reference.slot].size);
  case body_segment:
    return part_of(body_.data, body_.size);
  default:
    return nullptr;
  }
}

size_t connection::lent() const noexcept {
  return std::ranges::count_if(
    lent_, [](const attachment& x) { return x.data != nullptr; });
}

bool connection::trim() {
  if (!arena_->discard() || lent() > 0)
    return false;
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
