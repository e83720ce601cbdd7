#include "python_bridge/host/zygote_process.hpp"

#include "python_bridge/os/ancillary.hpp"
#include "python_bridge/os/process_table.hpp"
#include "python_bridge/os/throw_errno.hpp"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>
#include <vector>

namespace venomous {

namespace {

using json = nlohmann::json;

// The zygote finds its end of the control socket here.
constexpr int control_fd = 3;

// Anything the system does takes milliseconds, even SIGKILL. If it takes longer
// than this, it may take forever.
constexpr auto patience_with_system = std::chrono::seconds(5);

/// What a spawn needs, in a form that another thread may own.
struct spawn_plan {
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  unique_fd control;
  unique_fd standard_error;
  unique_fd null;
};

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (auto& str : strings)
    result.push_back(str.data());
  result.push_back(nullptr);
  return result;
}

unique_fd open_null() {
  unique_fd result{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  if (!result)
    throw_errno("open(/dev/null)");
  return raised(std::move(result));
}

/// @returns 0 and the pid in `pid`, or the error.
int spawn(spawn_plan& plan, pid_t& pid) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, plan.null.get(), STDIN_FILENO);
  if (!is_standard(STDOUT_FILENO))
    posix_spawn_file_actions_adddup2(&files, plan.null.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, plan.standard_error.get(),
                                   STDERR_FILENO);
  posix_spawn_file_actions_adddup2(&files, plan.control.get(), control_fd);
  // The host may have descriptors open that nobody marked close-on-exec.
  posix_spawn_file_actions_addclosefrom_np(&files, control_fd + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  // Ctrl-C at the terminal is for the host to handle.
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK
                                          | POSIX_SPAWN_SETSIGDEF
                                          | POSIX_SPAWN_SETPGROUP);
  auto result = ::posix_spawnp(&pid, plan.argv.front().c_str(), &files,
                               &attributes, pointers(plan.argv).data(),
                               pointers(plan.environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return result;
}

/// Has numerical libraries start no more threads than there are cores, unless
/// somebody has decided on that.
void limit_threads(const pool_options& options,
                   std::map<std::string, std::string>& variables) {
  const char* names[] = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                         "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
                         "NUMEXPR_NUM_THREADS"};
  for (auto name : names)
    if (variables.contains(name) || std::getenv(name) != nullptr)
      return;
  auto threads = options.blas_threads;
  if (threads == 0)
    threads = std::max<size_t>(
      std::thread::hardware_concurrency() / options.max_children, 1);
  for (auto name : names)
    variables[name] = std::to_string(threads);
}

std::vector<std::string> environment_for(const pool_options& options,
                                         const std::string& pool_name) {
  auto ours = options.envvars;
  limit_threads(options, ours);
  // The zygote's snakes overwrite the digits in place, which makes the number
  // show in /proc even for descendants that never exec.
  ours["VENOMOUS_SNAKE"] = no_snake_marker;
  ours["VENOMOUS_POOL"] = pool_name;
  std::vector<std::string> result;
  for (auto entry = environ; entry && *entry; ++entry) {
    std::string_view text = *entry;
    if (!ours.contains(std::string{text.substr(0, text.find('='))}))
      result.emplace_back(text);
  }
  for (auto& [name, content] : ours)
    result.push_back(name + "=" + content);
  return result;
}

/// A path need not be UTF-8, as JSON must be: each byte becomes the character
/// that has its number.
std::string byte_by_byte(const std::string& path) {
  std::string result;
  for (unsigned char byte : path) {
    if (byte < 0x80) {
      result += static_cast<char>(byte);
    } else {
      result += static_cast<char>(0xc0 | (byte >> 6));
      result += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return result;
}

std::string configuration_of(const pool_options& options) {
  json encoder;
  if (options.encoder) {
    auto args = json::array();
    for (auto& arg : options.encoder->args)
      std::visit([&](auto& x) { args.push_back(x); }, arg);
    encoder = {{"module", options.encoder->module},
               {"func", options.encoder->func},
               {"args", args}};
  }
  auto module_paths = json::array();
  for (auto& path : options.module_paths)
    module_paths.push_back(byte_by_byte(path));
  json result{{"op", "configure"},
              {"module_paths", module_paths},
              {"preload", options.preload},
              {"cd", byte_by_byte(options.cd)},
              {"encoder", encoder},
              {"host_pid", ::getpid()},
              {"spin_us", options.spin.count()},
              {"max_result", options.max_frame_mb << 20},
              {"pickle_fallback", options.pickle_fallback},
              {"grace_ms", options.grace.count()},
              {"limits",
               {{"address_space", options.address_space_mb << 20},
                {"cpu_seconds", options.cpu_seconds},
                {"open_files", options.open_files},
                {"niceness", options.niceness},
                {"core_dumps", options.core_dumps}}}};
  return result.dump(-1, ' ', false, json::error_handler_t::replace);
}

exit_status status_of(const json& event) {
  exit_status result;
  if (auto& code = event.at("code"); !code.is_null())
    result.code = code.get<int>();
  if (auto& name = event.at("signal"); !name.is_null())
    result.signal = name.get<std::string>();
  return result;
}

std::string name_of_signal(int number) {
  if (auto name = ::sigabbrev_np(number))
    return std::string{"SIG"} + name;
  return "signal " + std::to_string(number);
}

} // namespace

// -- constructors, destructors ------------------------------------------------

zygote_process::zygote_process(event_loop& loop, const pool_options& options,
                               const std::string& pool_name, line_sink& sink,
                               callbacks cb)
  : zygote_process(loop, options, pool_name, sink, std::move(cb),
                   make_sockets(SOCK_SEQPACKET), make_pipe()) {
  // nop
}

zygote_process::zygote_process(event_loop& loop, const pool_options& options,
                               const std::string& pool_name, line_sink& sink,
                               callbacks cb, descriptor_pair control,
                               descriptor_pair errors)
  : loop_(loop),
    sink_(sink),
    grace_(options.grace),
    pool_name_(pool_name),
    executable_(options.python_executable.empty() ? VENOMOUS_PYTHON_EXECUTABLE
                                                  : options.python_executable),
    cb_(std::move(cb)),
    control_(std::move(control.ours)),
    control_watch_(
      loop_, control_.get(), [this] { receive(); },
      [this] {
        if (write_some())
          control_watch_.want_write(false);
      }),
    errors_(loop_, std::move(errors.ours), "[zygote] ", sink) {
  if (!control_watch_)
    throw_errno("epoll_ctl");
  send({configuration_of(options)});
  spawn_plan plan{
    {executable_, options.python_folder},
    environment_for(options, pool_name),
    std::move(control.theirs),
    std::move(errors.theirs),
    open_null(),
  };
  auto shared_plan = std::make_shared<spawn_plan>(std::move(plan));
  auto start = [result = spawned_, shared_plan] {
    result->error = spawn(*shared_plan, result->pid);
    // Copies in this process would keep end of file from the zygote.
    *shared_plan = {};
  };
  auto undo = [result = spawned_] {
    if (result->error != 0)
      return;
    ::kill(result->pid, SIGKILL);
    ::waitpid(result->pid, nullptr, 0);
  };
  helper_ = background_task{loop_, start, [this] { on_spawned(); }, undo};
}

zygote_process::~zygote_process() {
  if (phase_ == phase::over)
    return;
  auto done = helper_.wait_for(patience_with_system);
  if (phase_ == phase::cleaning) {
    if (!done)
      leave_all();
  } else if (!done) {
    tell(endless_start());
  } else if (spawned_->error == 0) {
    send_kill();
    await_end();
    *left_ = sweep(pool_name_, known_processes());
  }
  tell_left();
}

void zygote_process::on_spawned() {
  if (spawned_->error != 0)
    return gone("cannot start " + executable_ + ": "
                + std::generic_category().message(spawned_->error));
  phase_ = phase::running;
  pidfd_ =
    opened(static_cast<int>(::syscall(SYS_pidfd_open, spawned_->pid, 0)));
  if (pidfd_)
    pidfd_watch_ = event_loop::watch{loop_, pidfd_.get(), [this] {
                                       on_process_end();
                                     }};
  if (!pidfd_watch_) {
    failure_ =
      "cannot watch the zygote: " + std::generic_category().message(errno);
    unwanted_ = true;
  }
  if (unwanted_) {
    arm_patience();
    send_kill();
  }
  if (!pidfd_watch_)
    look_whether_ended();
}

// -- requests -----------------------------------------------------------------

void zygote_process::fork(uint64_t id, snake_descriptors descriptors) {
  // Not any JSON: the zygote knows these by their letters, see forking.cpp.
  send({R"({"id":)" + std::to_string(id) + R"(,"op":"fork"})", id,
        std::move(descriptors)});
}

void zygote_process::end(uint64_t id, termination_style style) {
  json what{{"op", "end"},
            {"id", id},
            {"style", to_string(style)},
            {"grace_ms", grace_.count()}};
  send({what.dump()});
}

void zygote_process::interrupt(uint64_t id) {
  send({json{{"op", "interrupt"}, {"id", id}}.dump()});
}

void zygote_process::ping() {
  send({R"({"op":"ping"})"});
}

void zygote_process::stop(termination_style style) {
  json what{
    {"op", "stop"}, {"style", to_string(style)}, {"grace_ms", grace_.count()}};
  send({what.dump()});
}

void zygote_process::kill(std::string why) {
  if (phase_ >= phase::cleaning)
    return;
  if (kill_reason_.empty())
    kill_reason_ = std::move(why);
  if (!std::exchange(unwanted_, true))
    arm_patience();
  if (phase_ == phase::running)
    send_kill();
}

// -- sending ------------------------------------------------------------------

void zygote_process::send(request what) {
  // Without a watch there is no reader.
  if (!control_watch_)
    return;
  queue_.push_back(std::move(what));
  if (queue_.size() == 1 && !write_some())
    control_watch_.want_write(true);
}

/// Returns whether nothing is left to write.
bool zygote_process::write_some() {
  while (!queue_.empty()) {
    auto& what = queue_.front();
    iovec text{what.text.data(), what.text.size()};
    msghdr msg{};
    msg.msg_iov = &text;
    msg.msg_iovlen = 1;
    ancillary<4> room;
    if (auto& shared = what.descriptors; shared.socket)
      room.put(msg, {shared.socket.get(), shared.standard_error.get(),
                     shared.ledger.get(), shared.arena.get()});
    if (::sendmsg(control_.get(), &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
      if (errno == EINTR)
        continue;
      if (errno == EAGAIN)
        return false;
      if (errno != EPIPE && errno != ECONNRESET)
        on_refused(what, errno);
      // In all other cases the end of the process tells the rest.
    }
    queue_.pop_front();
  }
  return true;
}

/// The system did not take a request.
void zygote_process::on_refused(const request& what, int error) {
  auto why = std::generic_category().message(error);
  if (what.descriptors.socket)
    cb_.on_fork_failed(what.id, why);
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
      interpret(text);
    } else if (n < 0 && (errno == EINTR || errno == ECONNRESET)) {
      // A zygote that has left requests unread resets the connection, and the
      // kernel tells of that ahead of what it had sent before.
      continue;
    } else if (n < 0 && errno == EAGAIN) {
      return;
    } else {
      // Mostly it has ended, which shows in a moment. If not it is of no use.
      using namespace std::chrono_literals;
      control_watch_.reset();
      ultimatum_ =
        event_loop::timer{loop_, event_loop::clock::now() + 1s, [this] {
                            kill("closed its control socket");
                          }};
      return;
    }
  }
}

void zygote_process::interpret(std::string_view text) {
  try {
    auto what = json::parse(text);
    auto event = what.at("event").get<std::string>();
    if (event == "hello") {
      cb_.on_ready();
    } else if (event == "failed") {
      failure_ = what.at("exception").get<std::string>() + ": "
                 + what.at("error").get<std::string>();
      if (auto trace = what.value("backtrace", ""); !trace.empty())
        failure_ += "\n" + trace;
    } else if (event == "forked") {
      snakes_[what.at("id")] = what.at("pid");
      cb_.on_forked(what.at("id"), what.at("pid"));
    } else if (event == "fork_failed") {
      cb_.on_fork_failed(what.at("id"), what.at("error"));
    } else if (event == "pong") {
      cb_.on_pong();
    } else if (event == "exited") {
      snakes_.erase(what.at("id"));
      cb_.on_exited(what.at("id"), status_of(what));
    }
  } catch (const json::exception&) {
    // It speaks nonsense: whatever runs there, it is no zygote any more.
    kill("broke the protocol");
  }
}

// -- end ----------------------------------------------------------------------

/// By pidfd, because the id of the process may be reused already: a host may
/// ignore SIGCHLD, or take the status of all its children.
void zygote_process::send_kill() {
  auto result =
    pidfd_ ? ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0)
           : ::kill(spawned_->pid, SIGKILL);
  if (result == 0 || errno == ESRCH)
    return;
  // The host may have lost the right to kill. The zygote ends by itself at the
  // end of file, unless it is stopped.
  kill_error_ = errno;
  ::shutdown(control_.get(), SHUT_WR);
}

void zygote_process::arm_patience() {
  patience_ = event_loop::timer{
    loop_, event_loop::clock::now() + patience_with_system, [this] {
      give_up();
    }};
}

/// Stops waiting for a process that does not end, or does not even start.
void zygote_process::give_up() {
  if (phase_ == phase::running)
    return clean_up();
  // Otherwise nobody would end what has started after all.
  if (helper_.has_ended())
    return;
  tell(endless_start());
  gone(endless_start());
}

std::string zygote_process::endless_start() const {
  return "the start of " + executable_ + " does not come to an end";
}

void zygote_process::look_whether_ended() {
  using namespace std::chrono_literals;
  if (reap())
    return on_process_end();
  lookout_ = event_loop::timer{loop_, event_loop::clock::now() + 10ms, [this] {
                                 look_whether_ended();
                               }};
}

void zygote_process::on_process_end() {
  if (!reaped_)
    reap();
  if (control_watch_)
    receive();
  clean_up();
}

/// Checks whether the process has ended.
/// @returns whether it has.
bool zygote_process::reap() {
  siginfo_t info{};
  auto [kind, id] =
    pidfd_ ? std::pair{P_PIDFD, pidfd_.get()} : std::pair{P_PID, spawned_->pid};
  auto result = ::waitid(kind, static_cast<id_t>(id), &info, WEXITED | WNOHANG);
  // Another part of the host may have taken its status.
  reaped_ = result != 0 || info.si_pid != 0;
  if (result != 0 || !reaped_)
    return reaped_;
  if (info.si_code == CLD_EXITED)
    status_.code = info.si_status;
  else
    status_.signal = name_of_signal(info.si_status);
  return true;
}

/// Waits for the end of the process, but not forever.
void zygote_process::await_end() {
  auto end = event_loop::clock::now() + patience_with_system;
  pollfd ended{pidfd_.get(), POLLIN, 0};
  while (!reap() && event_loop::clock::now() < end)
    ::poll(&ended, 1, 10);
}

/// Ends what is left, as far as possible: even a zygote that ends normally may
/// leave processes that a preload has started.
void zygote_process::clean_up() {
  phase_ = phase::cleaning;
  pidfd_watch_.reset();
  control_watch_.reset();
  ultimatum_.cancel();
  lookout_.cancel();
  patience_ = event_loop::timer{
    loop_, event_loop::clock::now() + patience_with_system, [this] {
      if (helper_.has_ended())
        return;
      leave_all();
      on_swept();
    }};
  try {
    auto work = [found = left_, name = pool_name_, known = known_processes()] {
      *found = sweep(name, known);
    };
    helper_ = background_task{loop_, work, [this] {
                                on_swept();
                              }};
  } catch (const std::system_error&) {
    // The snakes end all the same, by the kernel. What they have started is
    // left alone: to look for it would hold up the loop.
    on_swept();
  }
}

/// Gives up without looking what is left.
void zygote_process::leave_all() {
  helper_ = {};
  left_ = std::make_shared<std::vector<pid_t>>(known_processes());
}

void zygote_process::on_swept() {
  if (!reaped_)
    reap();
  errors_.drain();
  tell_left();
  gone(failure_.empty() ? epitaph() : std::move(failure_));
}

std::string zygote_process::epitaph() const {
  auto how = status_.is_known() ? to_string(status_) : "has ended";
  if (!kill_reason_.empty()
      && (status_.signal == "SIGKILL" || !status_.is_known()))
    how = kill_reason_;
  else if (!reaped_)
    how = "does not end";
  auto tail = errors_.tail();
  return "the zygote, " + executable_ + ", " + how
         + (tail.empty() ? "" : "\n" + tail);
}

/// Returns the processes still there, as far as the zygote has reported them.
std::vector<pid_t> zygote_process::known_processes() const {
  std::vector<pid_t> result;
  if (!reaped_)
    result.push_back(spawned_->pid);
  for (auto& [id, pid] : snakes_)
    result.push_back(pid);
  return result;
}

/// Tells the operator which processes to end by hand.
void zygote_process::tell_left() {
  if (left_->empty())
    return;
  std::string numbers;
  for (auto pid : *left_)
    numbers += (numbers.empty() ? "" : ", ") + std::to_string(pid);
  auto why = kill_error_ == 0
               ? ""
               : " (" + std::generic_category().message(kill_error_) + ")";
  tell("these processes of the pool do not end and are left: " + numbers + why);
}

void zygote_process::tell(const std::string& text) {
  sink_.write("[venomous] ", text);
  sink_.flush();
}

void zygote_process::gone(std::string cause) {
  phase_ = phase::over;
  patience_.cancel();
  // The callback may destroy this object.
  auto on_gone = std::move(cb_.on_gone);
  on_gone(std::move(cause));
}

} // namespace venomous
