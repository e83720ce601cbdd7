#include "tests/pool_fixture.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

using Catch::Matchers::ContainsSubstring;

namespace {

/// Leases a snake, tells of it, and holds it; runs a call on it if there is
/// one.
caf::behavior hold(caf::event_based_actor* self,
                   const snake_manager_actor& manager,
                   const std::shared_ptr<std::promise<snake>>& got,
                   const std::optional<snake_args>& run) {
  self
    ->request(manager, caf::infinite, retrieve_snake_atom_v,
              python_options{.busy = when_busy::wait})
    .then([=](snake& x) {
      if (run)
        self->send(x.worker, snake_run_atom_v, x, *run, python_options{});
      got->set_value(x);
    });
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  return {[](const value&) {
  }};
}

struct holder {
  holder(pool_fixture& f, std::optional<snake_args> run = {}) {
    auto got = std::make_shared<std::promise<snake>>();
    actor = f.system.spawn(hold, f.manager, got, run);
    leased = got->get_future().get();
  }

  void kill() {
    caf::anon_send_exit(actor, caf::exit_reason::kill);
  }

  caf::actor actor;
  snake leased;
};

std::vector<pid_t> family_in(const std::filesystem::path& file) {
  std::istringstream in{text_of(file)};
  std::vector<pid_t> result;
  for (pid_t pid; in >> pid;)
    result.push_back(pid);
  REQUIRE(result.size() == 3);
  return result;
}

bool all_gone(const std::vector<pid_t>& family) {
  return std::none_of(family.begin(), family.end(), is_alive);
}

bool all_alive(const std::vector<pid_t>& family) {
  return std::all_of(family.begin(), family.end(), is_alive);
}

/// Adopts orphans among its descendants, as a shell does that is process 1 of a
/// container. So the kernel sees no orphaned process group.
class adoption {
public:
  adoption() {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  }

  adoption(const adoption&) = delete;

  ~adoption() {
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
    while (::waitpid(-1, nullptr, WNOHANG) > 0)
      ;
  }
};

} // namespace

// -- callers ------------------------------------------------------------------

TEST_CASE("a waiting call leaves the line with its caller, and the others keep "
          "their order",
          "[supervision][concurrency]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  temporary_folder folder;
  auto notes = folder / "notes";
  auto running = f.call_later(here.call());
  here.arrival();
  auto note = [&](const std::string& word) {
    return snake_args{"snakes", "note_word", notes.string(), word};
  };
  std::vector<caller> callers;
  std::vector<std::future<caf::expected<value>>> answers;
  // Who monitored first is told last: when this one hears of an end, the
  // manager has its message.
  caf::scoped_actor watcher{f.system};
  for (auto word : {"1", "2", "dying", "3", "dying", "4"}) {
    callers.emplace_back(f);
    watcher->monitor(callers.back().handle());
    answers.push_back(callers.back().start<value>(f.manager, python_atom_v,
                                                  note(word), patient));
  }
  for (auto i : {2, 4}) {
    callers[i].kill();
    watcher->receive([](const caf::down_msg&) {});
  }
  here.release();
  CHECK(running.get());
  for (auto i : {0, 1, 3, 5})
    CHECK(answers[i].get());
  CHECK(python_wait(f.self, f.manager, {"os", "getpid"}));
  CHECK(text_of(notes) == "1\n2\n3\n4\n");
}

TEST_CASE("a snake comes back when the holder of its lease dies",
          "[supervision]") {
  pool_fixture f{small_pool(1)};
  holder h{f};
  CHECK(f.count(snake_status::retrieved) == 1);
  h.kill();
  CHECK(f.all_ready(1));
  CHECK(process_of(f) == h.leased.os_pid);
}

TEST_CASE("a leased snake that runs a call is ended at once when its holder "
          "dies",
          "[supervision]") {
  auto options = small_pool(1);
  options.grace = 1h;
  pool_fixture f{options};
  rendezvous here;
  holder h{f, snake_args{"snakes", "ignore_sigterm_and_meet", here.path()}};
  auto process = here.arrival();
  h.kill();
  CHECK(goes_away(process));
  CHECK(process_of(f) != process);
}

TEST_CASE("a holder that starts a run and gives the lease back at once "
          "disturbs nobody",
          "[supervision][concurrency]") {
  pool_fixture f{small_pool(1)};
  for (int i = 0; i < 200; ++i) {
    auto leased = checked(retrieve_snake_wait(f.self, f.manager));
    auto waiting = f.call_later({"snakes", "echo", i});
    auto run =
      f.self->request(leased.worker, 10s, snake_run_atom_v, leased,
                      snake_args{"snakes", "echo", -1}, python_options{});
    f.self->send(f.manager, release_snake_atom_v, leased);
    run.receive([](const value& x) { CHECK(x.as<int>() == -1); },
                [](const caf::error& err) {
                  // Unless the lease was over before the run came.
                  REQUIRE(code_of(err) == errc::snake_gone);
                });
    REQUIRE(waiting.wait_for(10s) == std::future_status::ready);
    auto got = waiting.get();
    INFO("round " << i);
    REQUIRE(got);
    REQUIRE(got->as<int>() == i);
    f.self->receive([](bool) {});
  }
}

// -- workers ------------------------------------------------------------------

TEST_CASE("a snake whose process dies is no longer among the living",
          "[supervision]") {
  pool_fixture f{small_pool(1)};
  auto process = process_of(f);
  ::kill(process, SIGKILL);
  CHECK(eventually([&] { return f.alive().empty(); }));
  CHECK(process_of(f) != process);
}

TEST_CASE("snakes that are kept warm are started again when they die",
          "[supervision]") {
  auto options = small_pool(3);
  options.perpetual_workers = 2;
  pool_fixture f{options};
  REQUIRE(f.all_ready(2));
  auto before = f.alive();
  for (auto& x : before)
    ::kill(x.os_pid, SIGKILL);
  CHECK(eventually([&] {
    auto now = f.alive();
    return now.size() == 2 && now[0].id > before[1].id;
  }));
}

// -- the zygote ---------------------------------------------------------------

TEST_CASE("the death of the zygote ends the calls in flight, and the next one "
          "works",
          "[supervision][concurrency]") {
  pool_fixture f{small_pool(2)};
  for (int round = 0; round < 3; ++round) {
    rendezvous here;
    auto first = f.call_later(here.call());
    auto process = here.arrival();
    auto second = f.call_later(here.call());
    here.arrival();
    ::kill(parent_process(process), SIGKILL);
    for (auto call : {&first, &second}) {
      auto got = call->get();
      CHECK(code_in(got) == errc::python_died);
      CHECK_THAT(text_in(got), ContainsSubstring("lost with its zygote"));
    }
    CHECK(eventually([&] { return !is_alive(process); }));
    CHECK(process_of(f) != process);
  }
}

TEST_CASE("what the snakes of a dead zygote have started ends with the pool",
          "[supervision]") {
  temporary_folder folder;
  std::vector<pid_t> family;
  {
    pool_fixture f{small_pool(1)};
    rendezvous here;
    auto call = f.call_later({"snakes", "start_family_and_meet",
                              (folder / "family").string(), here.path()});
    auto process = here.arrival();
    family = family_in(folder / "family");
    ::kill(parent_process(process), SIGKILL);
    CHECK(code_in(call.get()) == errc::python_died);
    SECTION("although another zygote came") {
      CHECK(process_of(f) != process);
      CHECK(eventually([&] { return all_gone(family); }));
    }
    SECTION("although no other zygote came") {
      f.stop();
    }
    CHECK(all_gone(family));
    // Whatever the test found, nothing stays.
    for (auto pid : family)
      if (is_alive(pid))
        ::kill(pid, SIGKILL);
  }
}

// -- descendants --------------------------------------------------------------

TEST_CASE("what a timed-out call has started ends with its snake",
          "[supervision]") {
  pool_fixture f{small_pool(2)};
  temporary_folder folder;
  rendezvous here;
  auto file = (folder / "family").string();
  auto call = f.call_later(
    {"snakes", "start_family_and_meet", file, here.path()}, {.timeout = 2s});
  here.arrival();
  auto family = family_in(file);
  CHECK(all_alive(family));
  CHECK(code_in(call.get()) == errc::timeout);
  CHECK(eventually([&] { return all_gone(family); }));
}

TEST_CASE("a daemon stays for as long as the snake that started it",
          "[supervision]") {
  pool_fixture f{small_pool(2)};
  temporary_folder folder;
  rendezvous here;
  auto file = (folder / "family").string();
  auto first =
    f.call_later({"snakes", "start_family_and_meet", file, here.path()});
  auto process = here.arrival();
  auto other = process_of(f);
  auto family = family_in(file);
  here.release();
  CHECK(first.get());
  // The end of another one, which the zygote has seen when its successor lives.
  ::kill(other, SIGKILL);
  REQUIRE(eventually([&] { return f.alive().size() == 1; }));
  CHECK(process_of(f) == process);
  CHECK(all_alive(family));
  ::kill(process, SIGKILL);
  CHECK(eventually([&] { return all_gone(family); }));
}

// -- the host -----------------------------------------------------------------

TEST_CASE("a host to be killed", "[.host]") {
  auto path = std::getenv("VENOMOUS_TEST_MEET");
  auto file = std::getenv("VENOMOUS_TEST_FAMILY");
  if (path == nullptr || file == nullptr)
    return;
  config cfg;
  caf::actor_system system{cfg};
  venomous::pool pool{system, small_pool(2)};
  caf::scoped_actor self{system};
  if (auto user = std::getenv("VENOMOUS_TEST_USER")) {
    std::ignore = python_wait(self, pool.manager(), {"os", "getpid"});
    REQUIRE(::setuid(static_cast<uid_t>(std::atoi(user))) == 0);
  }
  std::ignore = python_wait(
    self, pool.manager(),
    {"snakes", "start_family_and_meet", std::string{file}, std::string{path}});
}

TEST_CASE("nothing is left of a host that was killed", "[supervision]") {
  auto stops_zygote = false;
  std::string user;
  SECTION("whose zygote runs") {
    stops_zygote = false;
  }
  SECTION("whose zygote is stopped") {
    stops_zygote = true;
  }
  SECTION("that had dropped its user, and whose zygote is stopped") {
    if (::geteuid() != 0) {
      WARN("only root can drop its user");
      return;
    }
    stops_zygote = true;
    user = "65534";
  }
  adoption by_us;
  temporary_folder folder;
  rendezvous here;
  auto file = (folder / "family").string();
  auto host = ::fork();
  if (host == 0) {
    ::setenv("VENOMOUS_TEST_MEET", here.path().c_str(), 1);
    ::setenv("VENOMOUS_TEST_FAMILY", file.c_str(), 1);
    if (!user.empty())
      ::setenv("VENOMOUS_TEST_USER", user.c_str(), 1);
    ::execl("/proc/self/exe", "venomous_tests", "[.host]", "--out", "/dev/null",
            nullptr);
    ::_exit(1);
  }
  auto process = here.arrival();
  auto family = family_in(file);
  CHECK(processes_of_pools(host).size() >= 5);
  CHECK(all_alive(family));
  if (stops_zygote)
    REQUIRE(::kill(parent_process(process), SIGSTOP) == 0);
  ::kill(host, SIGKILL);
  ::waitpid(host, nullptr, 0);
  CHECK(eventually([&] { return processes_of_pools(host).empty(); }));
  family.push_back(process);
  CHECK(eventually([&] { return all_gone(family); }));
}

TEST_CASE("a pool leaves the host as it was", "[supervision]") {
  struct sigaction before = {};
  struct sigaction during = {};
  ::sigaction(SIGCHLD, nullptr, &before);
  pid_t own = -1;
  char name[] = "sh";
  char option[] = "-c";
  char command[] = "exit 7";
  char* const argv[] = {name, option, command, nullptr};
  {
    pool_fixture f{small_pool(1)};
    REQUIRE(::posix_spawn(&own, "/bin/sh", nullptr, nullptr, argv, environ)
            == 0);
    auto process = process_of(f);
    ::kill(process, SIGKILL);
    CHECK(process_of(f) != process);
    ::sigaction(SIGCHLD, nullptr, &during);
    CHECK(during.sa_handler == before.sa_handler);
    int subreaper = -1;
    CHECK(::prctl(PR_GET_CHILD_SUBREAPER, &subreaper) == 0);
    CHECK(subreaper == 0);
    int status = 0;
    CHECK(::waitpid(own, &status, 0) == own);
    CHECK(WEXITSTATUS(status) == 7);
  }
}

TEST_CASE("a host that ignores SIGCHLD has a pool all the same",
          "[supervision]") {
  auto before = ::signal(SIGCHLD, SIG_IGN);
  {
    pool_fixture f{small_pool(1)};
    auto process = process_of(f);
    ::kill(parent_process(process), SIGKILL);
    CHECK(eventually([&] { return f.alive().empty(); }));
    CHECK(process_of(f) != process);
  }
  ::signal(SIGCHLD, before);
}

TEST_CASE("two pools of one process know nothing of each other",
          "[supervision]") {
  pool_fixture f{small_pool(1)};
  auto first = process_of(f);
  {
    pool other{f.system, small_pool(1)};
    auto second =
      checked(python<int>(f.self, other.manager(), {"os", "getpid"}));
    CHECK(second != first);
  }
  CHECK(is_alive(first));
  CHECK(process_of(f) == first);
}
