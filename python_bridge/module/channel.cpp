#include "channel.hpp"

#include <pybind11/pybind11.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <limits>
#include <stdexcept>
#include <system_error>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

constexpr size_t input_size = size_t{256} * 1024;

// -- state of the process, reached by signal and fork handlers ----------------

volatile std::sig_atomic_t terminating = 0;

/// The socket, and a pipe that the handler of SIGTERM writes to.
int socket_fd = -1;
int wakeup_fds[2] = {-1, -1};

void close_descriptor(int& fd) {
  if (fd >= 0)
    ::close(fd);
  fd = -1;
}

void close_descriptors() {
  close_descriptor(socket_fd);
  close_descriptor(wakeup_fds[0]);
  close_descriptor(wakeup_fds[1]);
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error{errno, std::generic_category(), what};
}

/// Returns a duplicate of `fd` with a number next to that of the socket, away
/// from those that programs take for granted, and closes `fd`.
int move_up(int fd) {
  auto moved = ::fcntl(fd, F_DUPFD_CLOEXEC, socket_fd);
  if (moved < 0)
    fail("fcntl");
  ::close(fd);
  return moved;
}

void run_signal_handlers() {
  if (PyErr_CheckSignals() == 0)
    return;
  if (termination_noted()) {
    PyErr_Clear();
    throw terminated{};
  }
  PyErr_WriteUnraisable(nullptr);
}

/// What Python has installed for SIGTERM.
void (*python_handler)(int) = nullptr;

/// Python's own handler only sets a flag. If that happens just before the main
/// thread goes to sleep, or in another thread, nobody looks at the flag.
void handle_termination(int number) {
  auto saved = errno;
  python_handler(number);
  static_cast<void>(!::write(wakeup_fds[1], "", 1));
  errno = saved;
}

void wrap_termination_handler() {
  struct sigaction action {};
  if (::sigaction(SIGTERM, nullptr, &action) != 0)
    fail("sigaction");
  if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN)
    return;
  python_handler = action.sa_handler;
  action.sa_handler = handle_termination;
  if (::sigaction(SIGTERM, &action, nullptr) != 0)
    fail("sigaction");
}

} // namespace

bool note_termination() {
  auto first = terminating == 0;
  terminating = 1;
  return first;
}

bool termination_noted() {
  return terminating != 0;
}

// -- construction and destruction ---------------------------------------------

channel::channel(int fd, unique_fd shared, std::chrono::microseconds spin)
  : spin_(spin),
    input_(new char[input_size]),
    arena_(std::move(shared)),
    room_(arena_.capacity()) {
  if (socket_fd >= 0)
    throw std::logic_error{"this process has a channel already"};
  auto flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0)
    fail("fcntl");
  socket_fd = fd;
  if (::pipe2(wakeup_fds, O_CLOEXEC | O_NONBLOCK) != 0)
    fail("pipe2");
  wakeup_fds[0] = move_up(wakeup_fds[0]);
  wakeup_fds[1] = move_up(wakeup_fds[1]);
  wrap_termination_handler();
  // What is registered stays so, for whatever channel there is.
  [[maybe_unused]] static const auto failed =
    ::pthread_atfork(nullptr, nullptr, close_descriptors);
}

channel::~channel() {
  close_descriptors();
}

// -- receiving ----------------------------------------------------------------

std::optional<frame> channel::receive() {
  // What a call has raised too late must not end the next one.
  run_signal_handlers();
  large_.reset();
  if (begin_ == end_) {
    begin_ = end_ = 0;
    wait(POLLIN);
  }
  frame_header header;
  if (!fill(sizeof(header)))
    return std::nullopt;
  std::memcpy(&header, input_.get() + begin_, sizeof(header));
  begin_ += sizeof(header);
  frame result{header.kind, header.call_id, {}};
  if (header.body_length > input_size - sizeof(header)) {
    auto body = read_large(header.body_length);
    if (!body)
      return std::nullopt;
    result.body = *body;
    return result;
  }
  if (!fill(header.body_length))
    return std::nullopt;
  result.body = {input_.get() + begin_, header.body_length};
  begin_ += header.body_length;
  if (header.in_arena != 0)
    result.body = find_in_arena(result.body);
  return result;
}

std::string_view channel::find_in_arena(std::string_view body) const {
  arena_reference where;
  if (body.size() != sizeof(where))
    throw std::runtime_error{"the host sent no reference to its arena"};
  std::memcpy(&where, body.data(), sizeof(where));
  auto found = arena_.find(arena::way::to_snake, where);
  if (!found)
    throw std::runtime_error{"the host referred to no place in its arena"};
  return {found->data(), found->size()};
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
    auto got = ::recv(socket_fd, to, n, MSG_DONTWAIT);
    if (got >= 0)
      return static_cast<size_t>(got);
    if (errno == ECONNRESET)
      return 0;
    if (errno == EAGAIN)
      wait(POLLIN);
    else if (errno != EINTR)
      fail("recv");
  }
}

// -- sending ------------------------------------------------------------------

buffer& channel::compose() {
  reclaim();
  ring::block spare;
  if (used_slots_.size() < arena::slots)
    spare = room_.largest();
  output_.restart(
    *arena_.find(arena::way::to_host, {spare.offset, spare.size, 0}));
  output_.extend(sizeof(frame_header));
  return output_;
}

void channel::reclaim() {
  while (!used_slots_.empty() && arena_.is_free(used_slots_.front())) {
    used_slots_.pop_front();
    room_.give_back();
  }
}

bool channel::send(frame_kind kind, uint64_t call_id) {
  constexpr auto head = sizeof(frame_header);
  auto length = output_.size() - head;
  frame_header header{static_cast<uint32_t>(length), kind, 0, {}, call_id};
  if (!output_.is_in_spare()) {
    std::memcpy(output_.data(), &header, head);
    iovec all{output_.data(), output_.size()};
    auto open = send_all(&all, 1);
    output_.clear();
    return open;
  }
  arena_reference where{room_.take(output_.size()) + head, length, next_slot_};
  output_.clear();
  used_slots_.push_back(next_slot_);
  arena_.occupy(next_slot_);
  next_slot_ = (next_slot_ + 1) % arena::slots;
  header.body_length = sizeof(where);
  header.in_arena = 1;
  iovec pieces[] = {{&header, head}, {&where, sizeof(where)}};
  return send_all(pieces, 2);
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
        fail("send");
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
  pollfd fds[] = {{socket_fd, events, 0}, {wakeup_fds[0], POLLIN, 0}};
  while (fds[0].revents == 0) {
    run_signal_handlers();
    poll(fds);
    char ignored[64];
    while (fds[1].revents != 0
           && ::read(wakeup_fds[0], ignored, sizeof(ignored)) > 0)
      ;
    run_signal_handlers();
  }
}

void channel::poll(pollfd (&fds)[2]) {
  py::gil_scoped_release unlocked;
  auto poll_for = [&](int timeout) {
    auto n = ::poll(fds, 2, timeout);
    if (n < 0 && errno != EINTR)
      fail("poll");
    return n != 0;
  };
  if (!spin_([&] { return poll_for(0); }))
    spin_.wait([&] { poll_for(-1); });
}

} // namespace venomous::bridge
