#include "python_bridge/module/channel/channel.hpp"
#include "python_bridge/module/channel/termination.hpp"
#include "python_bridge/module/process/moved_up.hpp"

#include "python_bridge/os/ancillary.hpp"
#include "python_bridge/os/throw_errno.hpp"

#include <pybind11/pybind11.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <stdexcept>
#include <utility>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

constexpr size_t input_size = size_t{256} * 1024;

// How many milliseconds an idle snake keeps memory that the next call may need.
// The host checks the size of idle snakes after half a second, and gives back
// its part of an arena after ten seconds.
constexpr int heap_is_warm = 250;
constexpr int arena_is_warm = 10'000;

// -- state of the process, reached by fork handlers ---------------------------

/// The socket.
int socket_fd = -1;

/// The arena, its file descriptor, and what it lends.
std::span<char> arena_bytes;
int arena_fd = -1;
inbox* loans = nullptr;

void close_descriptors() {
  if (socket_fd >= 0)
    ::close(socket_fd);
  socket_fd = -1;
  close_wakeup();
}

/// A process that a call forks writes to its arguments privately, as to all its
/// other memory.
void part_with_arena() {
  auto bytes = std::exchange(arena_bytes, {});
  auto replaced = ::mmap(bytes.data(), bytes.size(), PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_NORESERVE | MAP_FIXED, arena_fd, 0);
  if (replaced == MAP_FAILED)
    ::mprotect(bytes.data(), bytes.size(), PROT_READ);
}

void before_fork() {
  if (loans != nullptr)
    loans->before_fork();
}

void after_fork_in_parent() {
  if (loans != nullptr)
    loans->after_fork_in_parent();
}

void after_fork_in_child() {
  close_descriptors();
  if (auto inherited = std::exchange(loans, nullptr))
    inherited->after_fork_in_child();
  if (!arena_bytes.empty())
    part_with_arena();
}

} // namespace

// -- construction and destruction ---------------------------------------------

channel::channel(int fd, unique_fd shared, std::chrono::microseconds spin)
  : spin_(spin),
    input_(new char[input_size]),
    shared_(::fcntl(shared.get(), F_DUPFD_CLOEXEC, fd)),
    arena_(std::make_shared<arena>(shared_)),
    inbox_(std::make_shared<inbox>(arena_, shared_.get())),
    results_(arena_) {
  if (socket_fd >= 0)
    throw std::logic_error{"this process has a channel already"};
  auto flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0)
    throw_errno("fcntl");
  socket_fd = fd;
  open_wakeup(socket_fd);
  arena_bytes = arena_->bytes();
  arena_fd = shared_.get();
  loans = inbox_.get();
  // The registration is permanent, whatever channel exists.
  [[maybe_unused]] static const auto failed =
    ::pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

channel::~channel() {
  close_descriptors();
  arena_bytes = {};
  loans = nullptr;
}

// -- receiving ----------------------------------------------------------------

std::optional<frame> channel::receive() {
  // A late exception of one call must not end the next one.
  run_signal_handlers();
  for (;;) {
    release_body();
    if (begin_ == end_) {
      begin_ = end_ = 0;
      wait(POLLIN);
    }
    frame_header header;
    if (!fill(sizeof(header)))
      return std::nullopt;
    std::memcpy(&header, input_.get() + begin_, sizeof(header));
    begin_ += sizeof(header);
    auto body = read_body(header);
    if (!body)
      return std::nullopt;
    is_tidy_ = false;
    inbox_->forget_forks();
    if (header.kind != frame_kind::segment)
      return frame{header.kind, header.call_id, *body, &incoming_};
    add_segment(header.call_id, *body);
  }
}

std::optional<std::string_view> channel::read_body(const frame_header& header) {
  std::string_view body;
  if (header.body_length > input_size - sizeof(header)) {
    auto large = read_large(header.body_length);
    if (!large)
      return std::nullopt;
    body = *large;
  } else if (!fill(header.body_length)) {
    return std::nullopt;
  } else {
    body = {input_.get() + begin_, header.body_length};
    begin_ += header.body_length;
  }
  if (header.in_arena != 0)
    body = find_in_arena(body);
  if (header.attachments != 0)
    body = take_attachments(body, header.attachments);
  return body;
}

std::string_view channel::find_in_arena(std::string_view body) const {
  memory_reference reference;
  if (body.size() != sizeof(reference))
    throw std::runtime_error{"the host sent no reference to its arena"};
  std::memcpy(&reference, body.data(), sizeof(reference));
  auto found = arena_->find(arena::way::to_snake, reference);
  if (!found)
    throw std::runtime_error{"the host referred outside its arena"};
  return {found->data(), found->size()};
}

std::string_view channel::take_attachments(std::string_view body, size_t n) {
  constexpr auto cut_off = "the host sent attachments that are cut off";
  if (body.size() < trailer_size(n))
    throw std::runtime_error{cut_off};
  uint64_t content_size = 0;
  auto* end = body.data() + body.size() - sizeof(content_size);
  std::memcpy(&content_size, end, sizeof(content_size));
  if (content_size > body.size())
    throw std::runtime_error{cut_off};
  auto* table = end - n * sizeof(memory_reference);
  for (size_t i = 0; i < n; ++i) {
    memory_reference reference;
    std::memcpy(&reference, table + i * sizeof(reference), sizeof(reference));
    if (reference.segment == body_segment) {
      if (reference.offset > body.size()
          || reference.size > body.size() - reference.offset)
        throw std::runtime_error{cut_off};
      auto* data = const_cast<char*>(body.data()) + reference.offset;
      incoming_.add({data, reference.size});
    } else if (auto found = inbox_->find(reference)) {
      incoming_.add(std::move(*found));
    } else {
      throw std::runtime_error{
        "the host referred to an attachment that does not exist"};
    }
  }
  return body.substr(0, content_size);
}

void channel::add_segment(uint64_t id, std::string_view forgotten) {
  if (descriptors_.empty())
    throw std::runtime_error{"the host sent no memory"};
  std::vector<uint32_t> ids(forgotten.size() / sizeof(uint32_t));
  std::memcpy(ids.data(), forgotten.data(), ids.size() * sizeof(uint32_t));
  inbox_->add_segment(static_cast<uint32_t>(id),
                      std::move(descriptors_.front()), ids);
  descriptors_.pop_front();
}

bool channel::fill(size_t n) {
  if (begin_ + n > input_size) {
    std::memmove(input_.get(), input_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  while (end_ - begin_ < n) {
    auto got = read_some(input_.get() + end_, input_size - end_);
    if (got == 0)
      return false;
    end_ += got;
  }
  return true;
}

std::optional<std::string_view> channel::read_large(size_t length) {
  large_.reset(new char[length]);
  auto have = std::min(end_ - begin_, length);
  std::memcpy(large_.get(), input_.get() + begin_, have);
  begin_ += have;
  while (have < length) {
    auto got = read_some(large_.get() + have, length - have);
    if (got == 0)
      return std::nullopt;
    have += got;
  }
  return std::string_view{large_.get(), length};
}

size_t channel::read_some(char* to, size_t n) {
  for (;;) {
    iovec piece{to, n};
    ancillary<1> room;
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    room.serve(message);
    auto got = ::recvmsg(socket_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got >= 0) {
      take_descriptor(message);
      return static_cast<size_t>(got);
    }
    if (errno == ECONNRESET)
      return 0;
    if (errno == EAGAIN)
      wait(POLLIN);
    else if (errno != EINTR)
      throw_errno("recvmsg");
  }
}

void channel::take_descriptor(msghdr& message) {
  if ((message.msg_flags & MSG_CTRUNC) != 0)
    throw std::runtime_error{"no descriptor is left for memory of the host "
                             "(open-files, ulimit -n)"};
  if (int fds[1]; ancillary<1>::take(message, fds))
    descriptors_.emplace_back(moved_up(fds[0], socket_fd));
}

// -- sending ------------------------------------------------------------------

buffer& channel::compose() {
  attachments_.clear();
  arguments_.clear();
  output_.restart(results_.take_room());
  output_.extend(sizeof(frame_header));
  return output_;
}

bool channel::send(frame_kind kind, uint64_t call_id) {
  constexpr auto head = sizeof(frame_header);
  frame_header header{0, kind, 0, static_cast<uint16_t>(attachments_.size()),
                      call_id};
  if (!attachments_.empty())
    append_attachments();
  auto length = output_.size() - head;
  auto lent =
    output_.is_in_spare() ? results_.lend_room(output_.size()) : std::nullopt;
  if (!lent) {
    header.body_length = static_cast<uint32_t>(length);
    std::memcpy(output_.data(), &header, head);
    auto open = send_output();
    arguments_.clear();
    return open;
  }
  memory_reference reference{lent->offset + head, length, lent->slot,
                             lent->segment};
  output_.clear();
  header.body_length = sizeof(reference);
  header.in_arena = 1;
  heap_.tidy_after_call();
  iovec pieces[] = {{&header, head}, {&reference, sizeof(reference)}};
  auto open = send_all(pieces, 2);
  arguments_.clear();
  return open;
}

/// Sends the frame as it is. The host checks the size of this process when it
/// has the last byte, so this holds that byte back until memory is freed.
bool channel::send_output() {
  char last[64];
  auto size = output_.size();
  auto kept = size > input_size ? sizeof(last) : 0;
  std::memcpy(last, output_.data() + size - kept, kept);
  if (kept == 0)
    heap_.tidy_after_call();
  iovec most{output_.data(), size - kept};
  auto open = send_all(&most, 1);
  output_.clear();
  if (kept == 0 || !open)
    return open;
  heap_.tidy_after_call();
  iovec rest{last, kept};
  return send_all(&rest, 1);
}

void channel::release_body() {
  incoming_.clear();
  large_.reset();
}

void channel::release_arguments() {
  std::vector<py::object> owners;
  for (auto& x : attachments_) {
    std::shared_ptr<void> keep;
    x.argument = inbox_->refer_to(x.data, x.size, keep);
    if (!x.argument)
      continue;
    arguments_.emplace(x.argument->reference.slot, std::move(keep));
    owners.push_back(std::move(x.owner));
  }
}

void channel::append_attachments() {
  constexpr auto head = sizeof(frame_header);
  auto n = attachments_.size();
  uint64_t content_size = output_.size() - head;
  // The rest of the room is for the attachments. If they do not fit, the body
  // moves out.
  auto kept = output_.size() + trailer_size(n);
  if (output_.is_in_spare() && kept <= results_.room_size()) {
    results_.shrink_room(kept);
    output_.shrink_spare(kept);
  } else if (!output_.is_in_spare() && results_.room_size() > 0) {
    results_.give_back_room();
    output_.shrink_spare(0);
  }
  std::vector<memory_reference> table;
  for (auto& x : attachments_)
    if (auto reference = place(x)) {
      table.push_back(*reference);
    } else {
      auto unaligned = (output_.size() - head) % block_list::alignment;
      if (unaligned > 0)
        output_.extend(block_list::alignment - unaligned);
      table.push_back({output_.size() - head, x.size, 0, body_segment});
      output_.write(x.data, x.size);
    }
  output_.write(reinterpret_cast<const char*>(table.data()),
                n * sizeof(memory_reference));
  output_.write(reinterpret_cast<const char*>(&content_size),
                sizeof(content_size));
  attachments_.clear();
}

/// Returns the reference to an attachment for the host, nothing if it must go
/// into the body.
std::optional<memory_reference> channel::place(const outgoing_attachment& x) {
  if (auto& in = x.argument) {
    // Python may change arguments that it still shows, but the host must not
    // see that.
    auto is_shown = arguments_.at(in->reference.slot).use_count() > 1;
    if (!in->in_place || !is_shown)
      return in->reference;
  }
  return results_.lend_copy(x.data, x.size);
}

bool channel::send_all(iovec* pieces, size_t count) {
  while (count > 0) {
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = count;
    auto n = ::sendmsg(socket_fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EPIPE || errno == ECONNRESET)
        return false;
      if (errno == EAGAIN)
        wait(POLLOUT);
      else if (errno != EINTR)
        throw_errno("send");
      continue;
    }
    auto sent = static_cast<size_t>(n);
    for (; count > 0 && sent >= pieces->iov_len; ++pieces, --count)
      sent -= pieces->iov_len;
    if (count > 0) {
      pieces->iov_base = static_cast<char*>(pieces->iov_base) + sent;
      pieces->iov_len -= sent;
    }
  }
  return true;
}

// -- waiting ------------------------------------------------------------------

void channel::wait(short events) {
  pollfd fds[] = {{socket_fd, events, 0}, {wakeup_fd(), POLLIN, 0}};
  while (fds[0].revents == 0) {
    run_signal_handlers();
    poll(fds);
    if (fds[1].revents != 0)
      drain_wakeup();
    run_signal_handlers();
  }
}

void channel::poll(pollfd (&fds)[2]) {
  py::gil_scoped_release unlocked;
  auto poll_for = [&](int timeout) {
    auto n = ::poll(fds, 2, timeout);
    if (n < 0 && errno != EINTR)
      throw_errno("poll");
    return n != 0;
  };
  auto is_idle = fds[0].events == POLLIN && !is_tidy_;
  if (!spin_([&] { return poll_for(0); }))
    spin_.wait([&] {
      if (!is_idle || !tidy(poll_for))
        poll_for(-1);
    });
}

template <class F>
bool channel::tidy(F poll_for) {
  if (poll_for(heap_is_warm))
    return true;
  heap_.tidy_when_idle();
  if (poll_for(arena_is_warm))
    return true;
  results_.discard();
  is_tidy_ = true;
  return false;
}

} // namespace venomous::bridge
