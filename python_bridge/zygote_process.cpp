#include "python_bridge/zygote_process.hpp"

#include "python_bridge/ancillary.hpp"
#include "python_bridge/process_table.hpp"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <vector>

namespace venomous {

namespace {

using json = nlohmann::json;

// The zygote finds its end of the control socket here.
constexpr int control_fd = 3;

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

/// @returns 0 and the pid in `pid`, or the error.
int spawn(spawn_plan& plan, pid_t& pid) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, plan.null.get(), STDIN_FILENO);
  if (::fcntl(STDOUT_FILENO, F_GETFD) < 0)
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
  send({configuration_of(options)});
  spawn_plan plan{
    {executable_, options.python_folder},
    environment_for(options, pool_name),
    std::move(control.theirs),
    std::move(errors.theirs),
    raised(unique_fd{::open("/dev/null", O_RDWR | O_CLOEXEC)}),
  };
  auto shared_plan = std::make_shared<spawn_plan>(std::move(plan));
  aside(
    [result = spawned_, shared_plan] {
      result->error = spawn(*shared_plan, result->pid);
      // Ours would keep the zygote from seeing ends of file.
      *shared_plan = {};
    },
    &zygote_process::on_spawned);
}

zygote_process::~zygote_process() {
  *alive_ = false;
  if (helper_.joinable())
    helper_.join();
  if (spawned_->pid > 0 && !reaped_) {
    send_kill();
    reap();
    sweep(pool_name_);
  }
}

void zygote_process::on_spawned() {
  if (spawned_->error != 0)
    return gone("cannot start " + executable_ + ": "
                + std::generic_category().message(spawned_->error));
  pidfd_ =
    unique_fd{static_cast<int>(::syscall(SYS_pidfd_open, spawned_->pid, 0))};
  if (pidfd_)
    pidfd_watch_ = event_loop::watch{loop_, pidfd_.get(), [this] {
                                       on_process_end();
                                     }};
  if (!pidfd_watch_) {
    failure_ =
      "cannot watch the zygote: " + std::generic_category().message(errno);
    send_kill();
    return on_process_end();
  }
  if (unwanted_)
    kill();
}

/// Runs `work` on another thread, then `then` on the pool thread, unless this
/// object is gone by then.
/// @throws std::system_error if the system grants no thread.
void zygote_process::aside(std::function<void()> work,
                           void (zygote_process::*then)()) {
  if (helper_.joinable())
    helper_.join();
  helper_ = std::thread{[this, alive = alive_, work = std::move(work), then] {
    work();
    loop_.post([this, alive, then] {
      if (*alive)
        (this->*then)();
    });
  }};
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
  unwanted_ = true;
  if (kill_reason_.empty())
    kill_reason_ = std::move(why);
  if (pidfd_)
    send_kill();
}

/// The number of the process may be somebody else's already: a host may ignore
/// SIGCHLD, or take the status of all its children.
void zygote_process::send_kill() {
  if (pidfd_)
    ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
  else
    ::kill(spawned_->pid, SIGKILL);
}

// -- sending ------------------------------------------------------------------

void zygote_process::send(request what) {
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
      cb_.on_forked(what.at("id"), what.at("pid"));
    } else if (event == "fork_failed") {
      cb_.on_fork_failed(what.at("id"), what.at("error"));
    } else if (event == "pong") {
      cb_.on_pong();
    } else if (event == "exited") {
      cb_.on_exited(what.at("id"), status_of(what));
    }
  } catch (const json::exception&) {
    // It speaks nonsense: whatever runs there, it is no zygote any more.
    kill("broke the protocol");
  }
}

// -- end ----------------------------------------------------------------------

void zygote_process::on_process_end() {
  pidfd_watch_.reset();
  reap();
  if (control_watch_)
    receive();
  control_watch_.reset();
  ultimatum_.cancel();
  // Even one that ends in order may have left what a preload has started.
  try {
    aside([name = pool_name_] { sweep(name); }, &zygote_process::on_swept);
  } catch (const std::system_error&) {
    // The snakes end all the same, by the kernel. What they have started is
    // left alone: to look for it would hold up the loop.
    on_swept();
  }
}

/// Waits for an instant at most: the process has ended, or was killed.
void zygote_process::reap() {
  siginfo_t info{};
  auto result =
    pidfd_ ? ::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED)
           : ::waitid(P_PID, static_cast<id_t>(spawned_->pid), &info, WEXITED);
  reaped_ = true;
  if (result != 0)
    return;
  if (info.si_code == CLD_EXITED)
    status_.code = info.si_status;
  else
    status_.signal = name_of_signal(info.si_status);
}

void zygote_process::on_swept() {
  errors_.drain();
  if (!failure_.empty())
    return gone(std::move(failure_));
  auto how = status_.is_known() ? to_string(status_) : "has ended";
  if (!kill_reason_.empty()
      && (status_.signal == "SIGKILL" || !status_.is_known()))
    how = kill_reason_;
  auto tail = errors_.tail();
  gone("the zygote, " + executable_ + ", " + how
       + (tail.empty() ? "" : "\n" + tail));
}

void zygote_process::gone(std::string cause) {
  // The callback may destroy this object.
  auto tell = std::move(cb_.on_gone);
  tell(std::move(cause));
}

} // namespace venomous
