#include "tests/pool_fixture.hpp"

#include <signal.h>

#include <fstream>
#include <numeric>
#include <set>
#include <vector>

/// @file
/// Short calls are sent to a busy snake ahead of time. Nobody may notice but by
/// the speed: what waits behind a call that takes long after all, or behind one
/// that ends its snake, runs elsewhere, and never twice.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

namespace {

python_options waiting_with_token(call_token token) {
  return {.busy = when_busy::wait, .token = token};
}

/// A pool whose snakes all run, and are known for short calls.
struct swift_pool : pool_fixture {
  explicit swift_pool(size_t snakes, size_t max_ahead = 32)
    : pool_fixture(make_options(snakes, max_ahead)) {
    auto all = checked(
      by.ask<std::vector<snake>>(manager, get_snakes_ready_atom_v, snakes));
    REQUIRE(all.size() == snakes);
    for (auto& x : all)
      train(x);
    REQUIRE(all_ready(snakes));
  }

  static pool_options make_options(size_t snakes, size_t max_ahead) {
    auto result = small_pool(snakes);
    result.max_ahead = max_ahead;
    return result;
  }

  void train(const snake& trained) {
    for (int i = 100; i > 0; --i)
      checked(by.ask<value>(trained.worker, snake_run_atom_v, trained,
                            snake_args{"os", "getpid"},
                            python_options{.keep_snake = i > 1}));
  }

  /// Has a call run until `here` lets it go.
  std::future<caf::expected<value>> block(rendezvous& here) {
    auto result = by.start<value>(manager, python_atom_v, here.call(), patient);
    here.arrival();
    return result;
  }

  /// Has a call note that it ran.
  std::future<caf::expected<value>> note(python_options options = patient) {
    return by.start<value>(manager, python_atom_v,
                           snake_args{"snakes", "note", notes.string()},
                           options);
  }

  temporary_folder folder;
  std::filesystem::path notes = folder / "notes";
  caller by{*this};
};

/// Whether a snake that is busy gets a second call before it has answered.
bool sends_ahead(swift_pool& f) {
  auto first =
    f.by.start<value>(f.manager, python_atom_v,
                      snake_args{"forging", "see_next_call", 0.1}, patient);
  CHECK(f.by.ask<value>(f.manager, python_atom_v, snake_args{"os", "getpid"},
                        patient));
  return checked(checked(first.get()).as<bool>());
}

} // namespace

// -- sending ahead ------------------------------------------------------------

TEST_CASE("a busy snake is sent the next short call", "[ahead]") {
  swift_pool f{1};
  // How long a call takes depends on what else this machine does.
  CHECK(eventually(
    [&] {
      for (int i = 0; i < 100; ++i)
        checked(python_wait(f.self, f.manager, {"os", "getpid"}));
      return sends_ahead(f);
    },
    100s));
}

TEST_CASE("a busy snake is sent nothing if max-ahead is 0", "[ahead]") {
  swift_pool f{1, 0};
  CHECK_FALSE(sends_ahead(f));
}

TEST_CASE("calls of one caller run in the order in which they were sent",
          "[ahead][concurrency]") {
  swift_pool f{1};
  std::vector<std::future<caf::expected<value>>> calls;
  std::vector<std::string> expected;
  for (int i = 0; i < 1'000; ++i) {
    expected.push_back(std::to_string(i));
    calls.push_back(f.by.start<value>(
      f.manager, python_atom_v,
      snake_args{"snakes", "note_word", f.notes.string(), expected.back()},
      patient));
  }
  for (auto& x : calls)
    CHECK(x.get());
  std::vector<std::string> words;
  std::ifstream file{f.notes};
  for (std::string word; file >> word;)
    words.push_back(word);
  CHECK(words == expected);
}

// -- what waits behind --------------------------------------------------------

TEST_CASE("nothing waits behind a call that takes long",
          "[ahead][concurrency]") {
  swift_pool f{2};
  rendezvous here;
  auto first = f.block(here);
  auto second = f.block(here);
  std::vector<std::future<caf::expected<value>>> behind;
  for (int i = 0; i < 20; ++i)
    behind.push_back(f.note());
  // The second one stays.
  here.release();
  REQUIRE(is_answered(first));
  for (auto& x : behind) {
    REQUIRE(is_answered(x));
    CHECK(x.get());
  }
  CHECK(lines_in(f.notes) == 20);
  CHECK(is_pending(second));
  here.close();
}

TEST_CASE(
  "a snake that has nothing to do takes over what waits for another one",
  "[ahead][concurrency]") {
  swift_pool f{2};
  rendezvous here;
  auto first = f.block(here);
  std::vector<std::future<caf::expected<value>>> calls;
  // Short enough to be sent ahead, long enough to be worth a move.
  for (int i = 0; i < 30; ++i)
    calls.push_back(f.by.start<value>(
      f.manager, python_atom_v,
      snake_args{"snakes", "note_slowly", f.notes.string(), 0.003}, patient));
  here.release();
  std::set<pid_t> processes;
  for (auto& x : calls)
    processes.insert(checked(checked(x.get()).as<pid_t>()));
  CHECK(first.get());
  CHECK(processes.size() == 2);
  CHECK(lines_in(f.notes) == calls.size());
}

TEST_CASE(
  "what waits behind a call whose worker is killed runs elsewhere, once",
  "[ahead][concurrency]") {
  swift_pool f{1};
  rendezvous here;
  auto first = f.block(here);
  std::vector<std::future<caf::expected<value>>> behind;
  for (int i = 0; i < 10; ++i)
    behind.push_back(f.note());
  caf::anon_send_exit(f.alive().at(0).worker, caf::exit_reason::kill);
  CHECK(code_in(first.get()) == errc::python_died);
  for (auto& x : behind)
    CHECK(x.get());
  CHECK(lines_in(f.notes) == 10);
}

TEST_CASE("a call cannot answer the one behind it", "[ahead][concurrency]") {
  swift_pool f{1};
  std::vector<int> all(400);
  std::iota(all.begin(), all.end(), 1);
  auto first =
    f.by.start<value>(f.manager, python_atom_v,
                      snake_args{"forging", "forge_replies", all, 0}, patient);
  auto second = f.note();
  CHECK(first.get());
  CHECK(checked(checked(second.get()).as<pid_t>()) != 99);
  CHECK(lines_in(f.notes) == 1);
}

TEST_CASE("what waits behind a call that ends its snake runs elsewhere, once",
          "[ahead][concurrency]") {
  swift_pool f{1};
  rendezvous here;
  auto first = f.block(here);
  auto victim = f.alive().at(0);
  std::vector<std::future<caf::expected<value>>> behind;
  for (int i = 0; i < 20; ++i)
    behind.push_back(f.note());
  SECTION("by a crash") {
    ::kill(victim.os_pid, SIGKILL);
  }
  SECTION("because it is slain") {
    CHECK(checked(slay_python_worker(f.self, f.manager, victim)));
  }
  CHECK(code_in(first.get()) == errc::python_died);
  for (auto& x : behind)
    CHECK(checked(checked(x.get()).as<pid_t>()) != victim.os_pid);
  CHECK(lines_in(f.notes) == 20);
}

TEST_CASE("calls that each end their snake end no other call",
          "[ahead][concurrency]") {
  swift_pool f{2};
  std::vector<std::future<caf::expected<value>>> good;
  std::vector<std::future<caf::expected<value>>> bad;
  for (int i = 0; i < 10; ++i) {
    good.push_back(f.note());
    bad.push_back(f.by.start<value>(f.manager, python_atom_v,
                                    snake_args{"snakes", "crash", "exit"},
                                    patient));
    good.push_back(f.note());
  }
  for (auto& x : bad)
    CHECK(code_in(x.get()) == errc::python_died);
  for (auto& x : good)
    CHECK(x.get());
  CHECK(lines_in(f.notes) == good.size());
}

TEST_CASE("what waits behind a call that times out runs elsewhere",
          "[ahead][concurrency]") {
  swift_pool f{1};
  auto process = f.alive().at(0).os_pid;
  auto options = patient;
  options.timeout = 100ms;
  auto first = f.by.start<value>(f.manager, python_atom_v,
                                 snake_args{"time", "sleep", 1'000}, options);
  auto behind = f.note();
  CHECK(code_in(first.get()) == errc::timeout);
  CHECK(checked(checked(behind.get()).as<pid_t>()) != process);
}

TEST_CASE("a snake that is stopped before it begins a call loses it to another",
          "[ahead][concurrency]") {
  swift_pool f{1};
  auto process = f.alive().at(0).os_pid;
  REQUIRE(::kill(process, SIGSTOP) == 0);
  std::vector<std::future<caf::expected<value>>> calls;
  for (int i = 0; i < 5; ++i)
    calls.push_back(f.note());
  ::kill(process, SIGKILL);
  for (auto& x : calls)
    CHECK(checked(checked(x.get()).as<pid_t>()) != process);
  CHECK(lines_in(f.notes) == 5);
}

// -- taking back --------------------------------------------------------------

TEST_CASE("to take back a call that waits behind another leaves that alone",
          "[ahead][concurrency]") {
  swift_pool f{1};
  rendezvous here;
  auto first = f.block(here);
  auto token = new_call_token();
  auto before = f.note();
  auto taken = f.note(waiting_with_token(token));
  auto after = f.note();
  CHECK(checked(cancel(f.self, f.manager, token)));
  CHECK(code_in(taken.get()) == errc::cancelled);
  CHECK(is_pending(first));
  here.release();
  CHECK(checked(checked(first.get()).as<std::string>()) == "go");
  CHECK(before.get());
  CHECK(after.get());
  CHECK(lines_in(f.notes) == 2);
}

TEST_CASE("to take back the call that runs leaves those behind it alone",
          "[ahead][concurrency]") {
  swift_pool f{1};
  rendezvous here;
  auto token = new_call_token();
  auto first = f.by.start<value>(f.manager, python_atom_v, here.call(),
                                 waiting_with_token(token));
  here.arrival();
  auto behind = f.note();
  CHECK(checked(cancel(f.self, f.manager, token)));
  CHECK(code_in(first.get()) == errc::cancelled);
  CHECK(behind.get());
  here.close();
}

TEST_CASE("a caller that dies takes along what waits behind another's call",
          "[ahead][concurrency]") {
  swift_pool f{1};
  rendezvous here;
  auto first = f.block(here);
  caller other{f};
  // Who monitored first is told last: when this one hears of the end, the
  // manager has its message.
  caf::scoped_actor watcher{f.system};
  watcher->monitor(other.handle());
  auto lost = other.start<value>(
    f.manager, python_atom_v,
    snake_args{"snakes", "note", (f.folder / "lost").string()}, patient);
  auto kept = f.note();
  other.kill();
  watcher->receive([](const caf::down_msg&) {});
  // Goes the same way from the manager to the worker, behind the news.
  CHECK_FALSE(checked(release_snake(f.self, f.manager, f.alive().at(0))));
  here.release();
  CHECK(checked(checked(first.get()).as<std::string>()) == "go");
  CHECK(kept.get());
  CHECK_FALSE(std::filesystem::exists(f.folder / "lost"));
}

TEST_CASE("the end of the pool ends what waits behind a call, too",
          "[ahead][concurrency]") {
  swift_pool f{1};
  rendezvous here;
  auto first = f.block(here);
  auto behind = f.note();
  f.stop();
  CHECK(code_in(first.get()) == errc::shutting_down);
  CHECK(code_in(behind.get()) == errc::shutting_down);
}

// -- leases -------------------------------------------------------------------

TEST_CASE("nothing is sent ahead of a lease that waits",
          "[ahead][concurrency]") {
  swift_pool f{1};
  rendezvous here;
  auto first = f.block(here);
  auto lease = f.by.start<snake>(f.manager, retrieve_snake_atom_v, patient);
  auto behind = f.note();
  here.release();
  CHECK(first.get());
  auto leased = checked(lease.get());
  CHECK(is_pending(behind));
  CHECK_FALSE(std::filesystem::exists(f.notes));
  CHECK(checked(release_snake(f.self, f.manager, leased)));
  CHECK(behind.get());
}
