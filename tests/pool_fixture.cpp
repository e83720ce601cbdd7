#include "tests/pool_fixture.hpp"

#include "tests/paths.hpp"

#include "venomous/detail/register_types.hpp"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace fs = std::filesystem;

namespace venomous::test {

namespace {

[[maybe_unused]] const bool types_are_registered =
  compat::register_types<caf::id_block::venomous_tests>();

} // namespace

// -- stopped_process ----------------------------------------------------------

stopped_process::stopped_process(pid_t pid) : pid_(pid) {
  REQUIRE(::kill(pid_, SIGSTOP) == 0);
}

stopped_process::~stopped_process() {
  ::kill(pid_, SIGCONT);
}

// -- options ------------------------------------------------------------------

pool_options small_pool(size_t max_children) {
  pool_options result;
  result.max_children = max_children;
  result.perpetual_workers = 0;
  result.module_paths = {modules_folder()};
  result.grace = std::chrono::milliseconds(500);
  if (auto python = std::getenv("VENOMOUS_TEST_PYTHON"))
    result.python_executable = python;
  return result;
}

pool_options with_preload(pool_options options, const temporary_folder& folder,
                          const std::string& text) {
  folder.write("preloaded.py", text);
  options.module_paths.push_back(folder.path());
  options.preload = {"preloaded"};
  return options;
}

// -- pool_fixture -------------------------------------------------------------

pool_fixture::pool_fixture(pool_options options)
  : system_(std::in_place, cfg_),
    pool_(std::in_place, *system_, std::move(options)),
    self_(std::in_place, *system_),
    system(*system_),
    pool(*pool_),
    self(*self_),
    manager(pool_->manager()) {
  // nop
}

pool_fixture::~pool_fixture() {
  self_.reset();
  pool_.reset();
  system_.reset();
  // A thread that was joined may still show for a moment.
  auto nothing_left =
    eventually([&] { return leftovers::now().nothing_new_since(before_); });
  INFO("before: " << before_ << "; after: " << leftovers::now());
  CHECK(nothing_left);
}

void pool_fixture::stop() {
  pool.stop();
}

namespace {

caf::behavior call_once(caf::event_based_actor* self,
                        const snake_manager_actor& manager,
                        const snake_args& args, const python_options& options) {
  self->send(manager, python_atom_v, args, options);
  // Whatever the answer is, nobody looks at it.
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  return {[](const value&) {
  }};
}

} // namespace

caf::actor pool_fixture::start_call(snake_args args, python_options options) {
  return system.spawn(call_once, manager, args, options);
}

std::vector<snake_info> pool_fixture::alive() {
  return checked(list_alive_snakes(self, manager));
}

size_t pool_fixture::count(snake_status status) {
  auto all = alive();
  return static_cast<size_t>(std::count_if(
    all.begin(), all.end(), [&](auto& x) { return x.status == status; }));
}

bool pool_fixture::all_ready(size_t n) {
  return eventually(
    [&] { return count(snake_status::ready) == n && alive().size() == n; });
}

pid_t process_of(pool_fixture& f) {
  return checked(python_wait<pid_t>(f.self, f.manager, tell_pid()));
}

// -- caller -------------------------------------------------------------------

namespace {

caf::behavior do_jobs(caf::event_based_actor* self, int) {
  return {[self](const caller_job& job) {
    job.run(self);
  }};
}

} // namespace

caller::caller(pool_fixture& f) : actor_(f.system.spawn(do_jobs, 0)) {
  // nop
}

caller::~caller() {
  kill();
}

void caller::kill() {
  if (actor_)
    caf::anon_send_exit(actor_, caf::exit_reason::kill);
  actor_ = nullptr;
}

// -- rendezvous ---------------------------------------------------------------

rendezvous::rendezvous() {
  static std::atomic<int> number = 0;
  path_ = (fs::temp_directory_path()
           / ("venomous-" + std::to_string(::getpid()) + "-"
              + std::to_string(++number)))
            .string();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path_.c_str(), sizeof(address.sun_path) - 1);
  // A process of the same number may have been killed and left it.
  ::unlink(path_.c_str());
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address))
    == 0);
  REQUIRE(::listen(listener_, 512) == 0);
}

rendezvous::~rendezvous() {
  close();
}

pid_t rendezvous::arrival() {
  auto fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  REQUIRE(fd >= 0);
  here_.push_back(fd);
  char text[32] = {};
  REQUIRE(::recv(fd, text, sizeof(text) - 1, 0) > 0);
  return static_cast<pid_t>(std::atoi(text));
}

void rendezvous::release(const std::string& word) {
  REQUIRE_FALSE(here_.empty());
  auto fd = here_.front();
  here_.erase(here_.begin());
  ::send(fd, word.data(), word.size(), MSG_NOSIGNAL);
  ::close(fd);
}

void rendezvous::close() {
  for (auto fd : std::exchange(here_, {}))
    ::close(fd);
  if (listener_ >= 0)
    ::close(std::exchange(listener_, -1));
  ::unlink(path_.c_str());
}

} // namespace venomous::test
