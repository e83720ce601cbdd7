#include "python_bridge/host/zygote_process.hpp"

#include "python_bridge/host/interpreter.hpp"
#include "python_bridge/os/ancillary.hpp"
#include "python_bridge/os/throw_errno.hpp"
#include "python_bridge/wire/protocol.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace venomous {

// -- constructors, destructors ------------------------------------------------

zygote_process::zygote_process(event_loop& loop, const pool_options& options,
                               const std::vector<std::string>& python_places,
                               const std::string& pool_name, line_sink& sink,
                               callbacks cb)
  : zygote_process(loop, options, python_places, pool_name, sink, std::move(cb),
                   make_sockets(SOCK_SEQPACKET), make_pipe()) {
  // nop
}

zygote_process::zygote_process(event_loop& loop, const pool_options& options,
                               const std::vector<std::string>& python_places,
                               const std::string& pool_name, line_sink& sink,
                               callbacks cb, descriptor_pair control,
                               descriptor_pair errors)
  : loop_(loop),
    grace_(options.grace),
    cb_(std::move(cb)),
    control_(std::move(control.ours)),
    control_watch_(watch_control()),
    errors_(loop_, std::move(errors.ours), "[zygote] ", sink),
    lifetime_(loop_,
              zygote_spawn{options, python_places, pool_name,
                           std::move(control.theirs), std::move(errors.theirs)},
              executable_of(options), pool_name, sink, errors_,
              make_lifetime_callbacks()) {
  send({configure_request(options)});
}

zygote_process::~zygote_process() = default;

event_loop::watch zygote_process::watch_control() {
  event_loop::watch result{loop_, control_.get(), [this] { receive(); },
                           [this] {
                             if (write_some())
                               control_watch_.want_write(false);
                           }};
  if (!result)
    throw_errno("epoll_ctl");
  return result;
}

zygote_lifetime::callbacks zygote_process::make_lifetime_callbacks() {
  return {
    // It ends by itself at the end of file, unless it is stopped.
    [this] { ::shutdown(control_.get(), SHUT_WR); },
    [this] { on_end(); },
    [this] { return processes_of_snakes(); },
    [this](std::string cause) { on_gone(std::move(cause)); },
  };
}

// -- properties ---------------------------------------------------------------

std::vector<uint64_t> zygote_process::snakes() const {
  std::vector<uint64_t> result;
  for (auto& [id, pid] : snakes_)
    result.push_back(id);
  return result;
}

std::optional<pid_t> zygote_process::pid_of(uint64_t id) const {
  auto i = snakes_.find(id);
  return i == snakes_.end() ? std::nullopt : i->second;
}

std::vector<pid_t> zygote_process::processes_of_snakes() const {
  std::vector<pid_t> result;
  for (auto& [id, pid] : snakes_)
    if (pid)
      result.push_back(*pid);
  return result;
}

// -- requests -----------------------------------------------------------------

void zygote_process::fork(uint64_t id, snake_descriptors descriptors) {
  snakes_.emplace(id, std::nullopt);
  send({fork_request(id), id, std::move(descriptors)});
}

void zygote_process::end(uint64_t id, termination_style style) {
  send({end_request(id, style, grace_)});
}

void zygote_process::interrupt(uint64_t id) {
  send({interrupt_request(id)});
}

void zygote_process::ping() {
  send({ping_request()});
}

void zygote_process::stop(termination_style style) {
  send({stop_request(style, grace_)});
}

void zygote_process::kill(std::string why) {
  lifetime_.kill(std::move(why));
}

// -- sending ------------------------------------------------------------------

void zygote_process::send(request next) {
  // Without a watch there is no reader.
  if (!control_watch_)
    return;
  queue_.push_back(std::move(next));
  if (queue_.size() == 1 && !write_some())
    control_watch_.want_write(true);
}

/// Returns whether nothing is left to write.
bool zygote_process::write_some() {
  while (!queue_.empty()) {
    auto& next = queue_.front();
    iovec text{next.text.data(), next.text.size()};
    msghdr msg{};
    msg.msg_iov = &text;
    msg.msg_iovlen = 1;
    ancillary<4> room;
    if (auto& shared = next.descriptors; shared.socket)
      room.put(msg, {shared.socket.get(), shared.standard_error.get(),
                     shared.ledger.get(), shared.arena.get()});
    if (::sendmsg(control_.get(), &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
      if (errno == EINTR)
        continue;
      if (errno == EAGAIN)
        return false;
      if (errno != EPIPE && errno != ECONNRESET)
        on_refused(next, errno);
      // In all other cases the end of the process tells the rest.
    }
    queue_.pop_front();
  }
  return true;
}

/// The system did not take a request.
void zygote_process::on_refused(const request& refused, int error) {
  auto why = std::generic_category().message(error);
  if (refused.descriptors.socket)
    on_fork_failed(refused.id, why);
  else if (error == EMSGSIZE)
    kill("cannot be told the options of the pool: " + why);
  else
    kill("cannot be told anything: " + why);
}

// -- receiving ----------------------------------------------------------------

void zygote_process::receive() {
  std::string text;
  for (;;) {
    auto n = ::recv(control_.get(), nullptr, 0, MSG_PEEK | MSG_TRUNC);
    if (n > 0) {
      text.resize(static_cast<size_t>(n));
      n = ::recv(control_.get(), text.data(), text.size(), 0);
    }
    if (n > 0) {
      auto event = parse_event(text);
      if (event)
        on_event(std::move(*event));
      else
        // Whatever runs there, it is no zygote any more.
        kill("broke the protocol");
    } else if (n < 0 && (errno == EINTR || errno == ECONNRESET)) {
      // A zygote that has left requests unread resets the connection, and the
      // kernel tells of that ahead of what it had sent before.
      continue;
    } else if (n < 0 && errno == EAGAIN) {
      return;
    } else {
      return on_control_closed();
    }
  }
}

void zygote_process::on_event(zygote_event event) {
  using type = zygote_event::type;
  switch (event.kind) {
  case type::hello:
    return on_hello(event);
  case type::failed:
    failure_ = std::move(event.text);
    return;
  case type::forked:
    snakes_[event.id] = event.pid;
    return cb_.on_forked(event.id, event.pid);
  case type::fork_failed:
    return on_fork_failed(event.id, std::move(event.text));
  case type::exited:
    snakes_.erase(event.id);
    return cb_.on_exited(event.id, std::move(event.status));
  case type::pong:
    return cb_.on_pong();
  case type::other:
    return;
  }
}

/// A Python side of another build may not know how to check this by itself.
void zygote_process::on_hello(const zygote_event& event) {
  if (event.protocol != protocol_number)
    return kill("speaks protocol " + std::to_string(event.protocol)
                + " (version " + event.text + "), but the program speaks "
                + std::to_string(protocol_number) + " (version "
                + library_version
                + "): set venomous.snake-supervisor.python-folder to the "
                  "Python side from the program's own build");
  is_ready_ = true;
  cb_.on_ready();
}

void zygote_process::on_fork_failed(uint64_t id, std::string why) {
  snakes_.erase(id);
  cb_.on_fork_failed(id, std::move(why));
}

// -- end ----------------------------------------------------------------------

/// Usually it has ended, which shows in a moment. Otherwise it is of no use.
void zygote_process::on_control_closed() {
  using namespace std::chrono_literals;
  control_watch_.reset();
  ultimatum_ = event_loop::timer{loop_, event_loop::clock::now() + 1s, [this] {
                                   kill("closed its control socket");
                                 }};
}

void zygote_process::on_end() {
  if (control_watch_)
    receive();
  control_watch_.reset();
  ultimatum_.cancel();
}

void zygote_process::on_gone(std::string cause) {
  // The callback may destroy this object.
  auto on_gone = std::move(cb_.on_gone);
  on_gone(failure_.empty() ? std::move(cause) : std::move(failure_));
}

} // namespace venomous
