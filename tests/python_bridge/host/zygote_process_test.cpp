#include "python_bridge/host/python_folder.hpp"
#include "python_bridge/host/zygote_process.hpp"
#include "python_bridge/memory/host_arena.hpp"
#include "python_bridge/memory/ledger.hpp"
#include "python_bridge/os/process_table.hpp"

#include "tests/paths.hpp"
#include "tests/pool_fixture.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::Equals;

namespace {

char state_of(pid_t pid) {
  auto stat = text_of("/proc/" + std::to_string(pid) + "/stat");
  auto end_of_name = stat.rfind(") ");
  return end_of_name == std::string::npos ? '?' : stat[end_of_name + 2];
}

/// Checks that what comes between its beginning and its end leaves nothing.
struct nothing_left {
  ~nothing_left() {
    auto nothing =
      eventually([&] { return leftovers::now().nothing_new_since(before); });
    INFO("before: " << before << "; after: " << leftovers::now());
    CHECK(nothing);
  }

  leftovers before = leftovers::now();
};

/// A zygote without a pool around it. Its loop stands still until `run`.
class lone_zygote {
public:
  lone_zygote() {
    auto options = small_pool();
    zygote_ = std::make_unique<zygote_process>(
      loop_, options, python_places({}, nullptr),
      std::to_string(::getpid()) + "-lone", sink_,
      zygote_process::callbacks{
        [this] { ready.set_value(); },
        [this](uint64_t, pid_t pid) { forked.set_value(pid); },
        [](uint64_t, const std::string&) {},
        [this](uint64_t, const exit_status& x) { exited.set_value(x); },
        [] {},
        [this](const std::string& cause) { gone.set_value(cause); },
      });
  }

  ~lone_zygote() {
    if (!thread_.joinable())
      run();
    loop_.post([this] {
      zygote_.reset();
      loop_.stop();
    });
    thread_.join();
  }

  void run() {
    thread_ = std::thread{[this] {
      loop_.run();
    }};
  }

  /// Lets it get ready.
  void start() {
    run();
    REQUIRE(of(ready));
  }

  /// The process, which may still have to start.
  pid_t pid() {
    pid_t result = 0;
    REQUIRE(eventually([&] {
      for (auto pid : processes_of_pools())
        if (parent_process(pid) == ::getpid())
          result = pid;
      return result != 0;
    }));
    return result;
  }

  /// Runs `f` on the thread of the loop, and waits for that.
  void on_loop(const std::function<void(std::unique_ptr<zygote_process>&)>& f) {
    std::promise<void> done;
    loop_.post([&] {
      f(zygote_);
      done.set_value();
    });
    done.get_future().wait();
  }

  /// Waits for what a callback has to tell. Nothing if that takes too long.
  template <class T>
  static std::optional<T> of(std::promise<T>& told) {
    auto result = told.get_future();
    if (result.wait_for(10s) != std::future_status::ready)
      return std::nullopt;
    return result.get();
  }

  static bool of(std::promise<void>& told) {
    return told.get_future().wait_for(10s) == std::future_status::ready;
  }

  std::promise<void> ready;
  std::promise<pid_t> forked;
  std::promise<exit_status> exited;
  std::promise<std::string> gone;

private:
  nothing_left check_;
  event_loop loop_;
  line_sink sink_{loop_};
  std::unique_ptr<zygote_process> zygote_;
  std::thread thread_;
};

/// No descriptor can be opened while it lasts.
class no_descriptors {
public:
  no_descriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none{0, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }

  ~no_descriptors() {
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }

private:
  rlimit before_{};
};

/// No thread can be started while it lasts: its stack would find no room.
class no_threads {
public:
  no_threads() {
    pthread_attr_t huge;
    ::pthread_getattr_default_np(&before_);
    ::pthread_attr_init(&huge);
    ::pthread_attr_setstacksize(&huge, size_t{1} << 47);
    REQUIRE(::pthread_setattr_default_np(&huge) == 0);
    ::pthread_attr_destroy(&huge);
  }

  ~no_threads() {
    ::pthread_setattr_default_np(&before_);
    ::pthread_attr_destroy(&before_);
  }

private:
  pthread_attr_t before_;
};

/// Starts a process that has a certain number and does nothing.
/// @returns whether the system permits that.
bool start_process_with(pid_t number) {
  clone_args args{};
  args.exit_signal = SIGCHLD;
  args.set_tid = reinterpret_cast<uintptr_t>(&number);
  args.set_tid_size = 1;
  auto pid = ::syscall(SYS_clone3, &args, sizeof(args));
  while (pid == 0)
    ::pause();
  return pid == number;
}

/// What somebody writes to `theirs` can be read from `ours`.
struct one_way {
  unique_fd ours;
  unique_fd theirs;
};

one_way make_terminal(const temporary_folder&) {
  int fds[2];
  termios raw{};
  ::cfmakeraw(&raw);
  REQUIRE(::openpty(&fds[0], &fds[1], nullptr, &raw, nullptr) == 0);
  return {unique_fd{fds[0]}, unique_fd{fds[1]}};
}

one_way make_pipe_end(const temporary_folder&) {
  int fds[2];
  REQUIRE(::pipe(fds) == 0);
  return {unique_fd{fds[0]}, unique_fd{fds[1]}};
}

one_way make_socket(const temporary_folder&) {
  int fds[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  return {unique_fd{fds[0]}, unique_fd{fds[1]}};
}

one_way make_file(const temporary_folder& folder) {
  auto path = (folder / "log").string();
  unique_fd theirs{::open(path.c_str(), O_WRONLY | O_CREAT, 0600)};
  return {unique_fd{::open(path.c_str(), O_RDONLY)}, std::move(theirs)};
}

} // namespace

// -- the end of a zygote ------------------------------------------------------

TEST_CASE("a zygote that cannot be watched is killed", "[zygote]") {
  lone_zygote z;
  auto zygote = z.pid();
  auto cause = [&] {
    no_descriptors scarce;
    z.run();
    return z.of(z.gone);
  }();
  if (!cause)
    ::kill(zygote, SIGKILL);
  REQUIRE(cause);
  CHECK_THAT(*cause, Equals("cannot watch the zygote: Too many open files"));
}

TEST_CASE("the end of a zygote is told where no thread can be had",
          "[zygote]") {
  lone_zygote z;
  z.start();
  no_threads scarce;
  ::kill(z.pid(), SIGKILL);
  auto cause = z.of(z.gone);
  REQUIRE(cause);
  CHECK_THAT(*cause, ContainsSubstring("was killed by SIGKILL"));
}

TEST_CASE("a zygote that is killed is not said to have let go", "[zygote]") {
  lone_zygote z;
  z.start();
  ::kill(z.pid(), SIGKILL);
  auto cause = z.of(z.gone);
  REQUIRE(cause);
  CHECK_THAT(*cause, ContainsSubstring("was killed by SIGKILL"));
}

TEST_CASE("a zygote that has closed its control socket is ended", "[zygote]") {
  temporary_folder folder;
  pool_fixture f{with_preload(small_pool(1), folder,
                              "import os, time\n"
                              "os.close(3)\n"
                              "time.sleep(3600)\n")};
  auto result = python(f.self, f.manager, {"os", "getpid"});
  CHECK(code_in(result) == errc::start_failed);
  CHECK_THAT(text_in(result), ContainsSubstring("closed its control socket"));
}

TEST_CASE("a signal that has no name is told by its number", "[zygote]") {
  lone_zygote z;
  z.start();
  ::kill(z.pid(), 39);
  auto cause = z.of(z.gone);
  REQUIRE(cause);
  CHECK_THAT(*cause, ContainsSubstring("was killed by signal 39"));
}

TEST_CASE("a host that takes the status of all children learns of the end",
          "[zygote]") {
  lone_zygote z;
  z.start();
  auto zygote = z.pid();
  z.on_loop([&](auto&) {
    ::kill(zygote, SIGKILL);
    CHECK(::waitpid(zygote, nullptr, 0) == zygote);
  });
  auto cause = z.of(z.gone);
  REQUIRE(cause);
  CHECK_THAT(*cause, ContainsSubstring("has ended"));
}

TEST_CASE("a process that has got the number of a zygote is spared",
          "[zygote]") {
  lone_zygote z;
  z.start();
  auto number = z.pid();
  auto permitted = false;
  z.on_loop([&](auto& zygote) {
    ::kill(number, SIGKILL);
    ::waitpid(number, nullptr, 0);
    permitted = start_process_with(number);
    zygote.reset();
  });
  if (!permitted) {
    WARN("not permitted to choose the number of a process");
    return;
  }
  CHECK(is_alive(number));
  ::kill(number, SIGKILL);
  ::waitpid(number, nullptr, 0);
}

TEST_CASE("what a zygote has told is heard though it left requests unread",
          "[zygote]") {
  lone_zygote z;
  z.start();
  auto zygote = z.pid();
  auto socket = make_sockets(SOCK_STREAM);
  auto errors = make_pipe();
  z.on_loop([&](auto& x) {
    x->fork(1, {std::move(socket.theirs), std::move(errors.theirs),
                ledger{}.release_descriptor(), host_arena{0}.descriptor()});
  });
  auto snake = z.of(z.forked);
  REQUIRE(snake);
  z.on_loop([&](auto& x) {
    ::kill(*snake, SIGKILL);
    // Once it sleeps again, the zygote has told of the end.
    CHECK(eventually(
      [&] { return state_of(*snake) == '?' && state_of(zygote) == 'S'; }));
    ::kill(zygote, SIGSTOP);
    CHECK(eventually([&] { return state_of(zygote) == 'T'; }));
    x->ping();
    ::kill(zygote, SIGKILL);
    CHECK(eventually([&] { return !is_alive(zygote); }));
  });
  auto status = z.of(z.exited);
  REQUIRE(status);
  CHECK(status->signal == "SIGKILL");
  CHECK(z.of(z.gone));
}

// -- long messages ------------------------------------------------------------

TEST_CASE("an exception of a preload is told, however long its text",
          "[zygote]") {
  temporary_folder folder;
  pool_fixture f{with_preload(
    small_pool(1), folder, "raise ValueError('\u20ac\U0001f40d' * 20_000)\n")};
  auto result = python(f.self, f.manager, {"os", "getpid"});
  CHECK(code_in(result) == errc::start_failed);
  CHECK_THAT(text_in(result),
             ContainsSubstring("ValueError: \u20ac\U0001f40d\u20ac"));
  CHECK_THAT(text_in(result), ContainsSubstring("Traceback"));
}

TEST_CASE("options may be longer than any that a user writes", "[zygote]") {
  auto options = small_pool(1);
  options.module_paths.resize(1000, std::string(100, 'x'));
  options.module_paths.push_back(modules_folder());
  pool_fixture f{options};
  CHECK(checked(python<int>(f.self, f.manager, {"snakes", "echo", 1})) == 1);
}

TEST_CASE("options that are too long for the system are named", "[zygote]") {
  auto options = small_pool(1);
  options.module_paths.resize(10'000, std::string(100, 'x'));
  pool_fixture f{options};
  auto result = python(f.self, f.manager, {"os", "getpid"});
  CHECK(code_in(result) == errc::start_failed);
  CHECK_THAT(text_in(result),
             ContainsSubstring("the options of the pool: Message too "
                               "long"));
}

// -- standard error -----------------------------------------------------------

TEST_CASE("a standard error that takes little holds nothing up and gets all",
          "[zygote]") {
  constexpr auto lines = 60;
  const std::string line(4000, 'x');
  auto make =
    GENERATE(values({make_terminal, make_pipe_end, make_socket, make_file}));
  temporary_folder folder;
  auto way = make(folder);
  ::fcntl(way.ours.get(), F_SETFL, O_NONBLOCK);
  redirected_stderr elsewhere{way.theirs.get()};
  pool_fixture f{small_pool(1)};
  caller both{f};
  auto written =
    both.start<value>(f.manager, python_atom_v,
                      snake_args{"snakes", "write_to", 2, line + "\n", lines},
                      python_options{.busy = when_busy::wait});
  auto overdue = both.start<value>(
    f.manager, python_atom_v, snake_args{"time", "sleep", 3600},
    python_options{.timeout = 50ms, .busy = when_busy::wait});
  auto in_time = overdue.wait_for(10s) == std::future_status::ready;
  CHECK(in_time);
  // The host and its children share the mode of this descriptor.
  CHECK((::fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK) == 0);
  std::string text;
  auto complete = eventually([&] {
    char chunk[4096];
    ssize_t n = 0;
    while ((n = ::read(way.ours.get(), chunk, sizeof(chunk))) > 0)
      text.append(chunk, static_cast<size_t>(n));
    return std::count(text.begin(), text.end(), '\n') == lines;
  });
  REQUIRE(complete);
  CHECK(written.get());
  CHECK(code_in(overdue.get()) == errc::timeout);
  std::string expected;
  for (int i = 0; i < lines; ++i)
    expected += "[snake 1] " + line + "\n";
  CHECK(text == expected);
}

// -- what /proc tells ---------------------------------------------------------

TEST_CASE("the resident memory of a process is known, of no process is none",
          "[zygote]") {
  std::vector<char> ballast(64 << 20, 'x');
  CHECK(resident_memory(::getpid()) > ballast.size());
  CHECK(resident_memory(0) == 0);
}
