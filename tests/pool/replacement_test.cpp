#include "tests/facades.hpp"

#include <fstream>
#include <map>

/// @file
/// Snakes that are replaced because they have had their calls, are too large or
/// too old.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

namespace {

/// A pool that keeps its snakes warm, and notes the births of snakes.
struct nursery {
  explicit nursery(size_t snakes) : options(small_pool(snakes)) {
    options.perpetual_workers = snakes;
    options.encoder = encoder_call{"snakes", "note_birth", {folder.path()}};
  }

  /// Forbids further births, and waits until one has failed.
  void forbid() const {
    folder.write("forbidden", "");
    REQUIRE(eventually([&] { return lines_in(folder / "failures") > 0; }));
  }

  void permit() const {
    std::filesystem::remove(folder / "forbidden");
  }

  temporary_folder folder;
  pool_options options;
};

/// Options for one snake, warm, each next one of which comes to `here` first.
pool_options slow_births(const temporary_folder& folder,
                         const rendezvous& here) {
  auto options = small_pool(1);
  options.perpetual_workers = 1;
  options.encoder =
    encoder_call{"snakes", "be_born_slowly", {folder.path(), here.path()}};
  return options;
}

} // namespace

// -- calls --------------------------------------------------------------------

TEST_CASE("with max-calls = 1 each call has a process of its own",
          "[replacement]") {
  auto options = small_pool(2);
  options.perpetual_workers = GENERATE(size_t{0}, size_t{2});
  options.max_calls = 1;
  pool_fixture f{options};
  std::vector<std::future<caf::expected<value>>> calls;
  for (int i = 0; i < 30; ++i)
    calls.push_back(f.call_later(tell_pid()));
  std::set<pid_t> processes;
  for (auto& call : calls)
    processes.insert(checked(checked(call.get()).as<pid_t>()));
  CHECK(processes.size() == 30);
}

TEST_CASE("a snake has max-calls calls, or up to a tenth less",
          "[replacement]") {
  auto options = small_pool(1);
  options.max_calls = 20;
  pool_fixture f{options};
  std::map<pid_t, size_t> calls;
  for (int i = 0; i < 200; ++i)
    ++calls[process_of(f)];
  // The last one may not be through.
  auto last = process_of(f);
  for (auto& [process, n] : calls) {
    CHECK(n <= 20);
    CHECK((n >= 18 || process == last));
  }
}

TEST_CASE("calls that are sent ahead count for max-calls", "[replacement]") {
  auto options = small_pool(1);
  options.max_calls = 20;
  pool_fixture f{options};
  std::vector<std::future<caf::expected<value>>> answers;
  for (int i = 0; i < 500; ++i)
    answers.push_back(f.call_later(tell_pid()));
  std::map<pid_t, size_t> calls;
  for (auto& answer : answers)
    ++calls[checked(checked(answer.get()).as<pid_t>())];
  for (auto& [process, n] : calls)
    CHECK(n <= 20);
}

TEST_CASE("a lease outlasts max-calls, and its snake is replaced after it",
          "[replacement]") {
  auto options = small_pool(1);
  options.max_calls = 2;
  pool_fixture f{options};
  auto leased = checked(retrieve_snake(f.self, f.manager));
  for (int i = 0; i < 5; ++i)
    CHECK(checked(
            snake_run<pid_t>(f.self, leased, tell_pid(), {.keep_snake = true}))
          == leased.os_pid);
  CHECK(checked(release_snake(f.self, f.manager, leased)));
  CHECK(process_of(f) != leased.os_pid);
}

// -- memory and age -----------------------------------------------------------

TEST_CASE("a snake that has become too large is replaced after the call",
          "[replacement]") {
  auto options = small_pool(1);
  options.max_memory_mb = 200;
  pool_fixture f{options};
  auto process = process_of(f);
  CHECK(process_of(f) == process);
  CHECK(checked(python<pid_t>(f.self, f.manager, {"snakes", "hoard", 250}))
        == process);
  CHECK(eventually([&] { return process_of(f) != process; }));
}

TEST_CASE("memory that a call needed for a while is not held against its snake",
          "[replacement]") {
  auto options = small_pool(1);
  // A snake that imports nothing has less than a fifth of it.
  options.max_memory_mb = 100;
  std::string strings = "['x' * 1000 + str(i) for i in range(150_000)]";
  snake_args call{"snakes", "evaluate", strings};
  SECTION("for a large result") {
    options.arena_mb = 1'000;
  }
  SECTION("for a large result that finds no room in the arena") {
    options.arena_mb = 1;
  }
  SECTION("for a large argument that finds no room in the arena") {
    options.arena_mb = 1;
    call = {"builtins", "len", std::string(150'000'000, 'x')};
  }
  SECTION("for itself") {
    call = {"snakes", "evaluate", "len(" + strings + ")"};
  }
  pool_fixture f{options};
  auto process = process_of(f);
  for (int i = 0; i < 3; ++i) {
    CHECK(python(f.self, f.manager, call));
    CHECK(process_of(f) == process);
  }
  // The inspector comes every second.
  CHECK_FALSE(eventually([&] { return !is_alive(process); }, 2s));
}

TEST_CASE("memory that a snake shares is not held against it",
          "[replacement][arrays]") {
  auto options = small_pool(1);
  options.max_memory_mb = 100;
  pool_fixture f{options};
  auto process = process_of(f);
  std::vector<std::byte> large(100 << 20);
  auto result = python(f.self, f.manager, {"snakes", "identity", large});
  CHECK(result);
  CHECK_FALSE(eventually([&] { return !is_alive(process); }, 2s));
}

TEST_CASE("memory that a snake has from a preload is not held against it",
          "[replacement]") {
  temporary_folder folder;
  auto options = with_preload(small_pool(1), folder,
                              "hoard = bytearray(b'x') * 200_000_000\n");
  options.max_memory_mb = 100;
  pool_fixture f{options};
  auto process = process_of(f);
  CHECK(process_of(f) == process);
  // The inspector comes every second.
  CHECK_FALSE(eventually([&] { return !is_alive(process); }, 2s));
}

TEST_CASE("a snake that becomes too large while it idles is replaced",
          "[replacement]") {
  auto options = small_pool(1);
  options.max_memory_mb = 200;
  options.perpetual_workers = 1;
  pool_fixture f{options};
  rendezvous here;
  auto process = checked(python_wait<pid_t>(
    f.self, f.manager, {"snakes", "hoard_later", 250, here.path()}));
  here.arrival();
  here.release();
  CHECK(eventually([&] { return !is_alive(process); }));
  CHECK(f.all_ready(1));
}

TEST_CASE("snakes that are too old are replaced while they idle",
          "[replacement]") {
  nursery n{3};
  n.options.max_age = 100ms;
  pool_fixture f{n.options};
  REQUIRE(f.all_ready(3));
  auto before = processes_of_pools();
  size_t most = 0;
  CHECK(eventually([&] {
    auto now = processes_of_pools();
    most = std::max(most, now.size());
    // The zygote stays.
    return std::ranges::count_if(before, is_alive) == 1;
  }));
  // At most one more than there may be, and the zygote.
  CHECK(most <= 5);
}

TEST_CASE("a snake is not replaced in the middle of a call", "[replacement]") {
  nursery n{1};
  n.options.max_age = 10ms;
  n.options.max_calls = 1;
  pool_fixture f{n.options};
  rendezvous here;
  auto call = f.call_later(here.call());
  auto process = here.arrival();
  // The inspector comes every second.
  CHECK(call.wait_for(1200ms) == std::future_status::timeout);
  CHECK(is_alive(process));
  here.release();
  CHECK(call.get());
  CHECK(eventually([&] { return !is_alive(process); }));
}

// -- the order of things ------------------------------------------------------

TEST_CASE("the new snake is started before the old one goes", "[replacement]") {
  nursery n{1};
  SECTION("after its calls") {
    n.options.max_calls = 1;
  }
  SECTION("at its age") {
    n.options.max_age = 10ms;
  }
  pool_fixture f{n.options};
  auto births = n.folder / "births";
  CHECK(eventually([&] {
    process_of(f);
    return lines_in(births) >= 2;
  }));
  CHECK(text_of(births).find("gone") == std::string::npos);
}

TEST_CASE("a snake that waits for its successor is not listed as ready",
          "[replacement]") {
  temporary_folder folder;
  rendezvous here;
  auto options = slow_births(folder, here);
  options.max_calls = 1;
  pool_fixture f{options};
  process_of(f);
  auto successor = here.arrival();
  auto all = f.alive();
  REQUIRE(all.size() == 1);
  CHECK(all[0].os_pid != successor);
  CHECK(all[0].status == snake_status::spent);
  CHECK(to_string(all[0].status) == "spent");
  here.release();
  REQUIRE(f.all_ready(1));
  CHECK(f.alive().at(0).os_pid == successor);
  here.close();
}

TEST_CASE("a snake whose successor cannot be started is ready again",
          "[replacement]") {
  nursery n{1};
  n.options.max_calls = 1;
  pool_fixture f{n.options};
  REQUIRE(f.all_ready(1));
  auto process = f.alive().at(0).os_pid;
  n.folder.write("forbidden", "");
  CHECK(process_of(f) == process);
  REQUIRE(f.all_ready(1));
  CHECK(f.alive().at(0).os_pid == process);
  n.permit();
}

TEST_CASE("a snake serves until the new one is ready", "[replacement]") {
  temporary_folder folder;
  rendezvous here;
  auto options = slow_births(folder, here);
  options.max_age = 10ms;
  pool_fixture f{options};
  auto process = process_of(f);
  auto successor = here.arrival();
  for (int i = 0; i < 10; ++i)
    CHECK(process_of(f) == process);
  here.release();
  CHECK(eventually([&] { return process_of(f) == successor; }));
  here.close();
}

TEST_CASE("a snake that is leased does not hold up the others",
          "[replacement]") {
  auto options = small_pool(2);
  options.perpetual_workers = 2;
  options.max_age = 10ms;
  pool_fixture f{options};
  REQUIRE(f.all_ready(2));
  auto leased = checked(retrieve_snake(f.self, f.manager));
  for (int i = 0; i < 2; ++i) {
    auto process = process_of(f);
    CHECK(eventually([&] { return process_of(f) != process; }));
  }
  CHECK(snake_run(f.self, leased, tell_pid()));
}

TEST_CASE("a snake that is leased while its successor starts stays, and that "
          "goes",
          "[replacement]") {
  temporary_folder folder;
  rendezvous here;
  auto options = slow_births(folder, here);
  options.max_age = 10ms;
  pool_fixture f{options};
  process_of(f);
  auto successor = here.arrival();
  auto leased = checked(retrieve_snake(f.self, f.manager));
  here.release();
  CHECK(goes_away(successor));
  CHECK(snake_run(f.self, leased, tell_pid()));
  here.close();
}

TEST_CASE("a snake that was busy when its successor was ready goes after that, "
          "whoever waits",
          "[replacement]") {
  temporary_folder folder;
  rendezvous here;
  rendezvous there;
  auto options = slow_births(folder, here);
  options.max_age = 10ms;
  pool_fixture f{options};
  process_of(f);
  auto successor = here.arrival();
  auto call = f.call_later(there.call());
  auto old = there.arrival();
  here.release();
  auto leased = checked(retrieve_snake_wait(f.self, f.manager));
  CHECK(leased.os_pid == successor);
  auto waits = f.call_later(tell_pid());
  there.release();
  CHECK(call.get());
  CHECK(goes_away(old));
  CHECK(checked(release_snake(f.self, f.manager, leased)));
  CHECK(waits.get());
  here.close();
}

TEST_CASE("to drain a pool does not wait for a snake that is started in place "
          "of another",
          "[replacement][drain]") {
  temporary_folder folder;
  rendezvous here;
  auto options = slow_births(folder, here);
  SECTION("that is worn") {
    options.max_age = 10ms;
  }
  SECTION("that has had its calls") {
    options.max_calls = 1;
  }
  pool_fixture f{options};
  process_of(f);
  here.arrival();
  CHECK(f.pool.drain(forever));
  here.close();
}

TEST_CASE("a pool whose snakes are too large from the start is not busy with "
          "replacing them",
          "[replacement]") {
  nursery n{1};
  n.options.max_memory_mb = 1;
  pool_fixture f{n.options};
  REQUIRE(f.all_ready(1));
  auto process = f.alive().at(0).os_pid;
  // The inspector comes every second.
  CHECK_FALSE(eventually([&] { return !is_alive(process); }, 2s));
  CHECK(process_of(f) == process);
  CHECK(eventually([&] { return !is_alive(process); }));
}

TEST_CASE("if no new snake can be started the old one stays", "[replacement]") {
  nursery n{1};
  n.options.max_age = 10ms;
  pool_fixture f{n.options};
  process_of(f);
  n.forbid();
  auto process = process_of(f);
  CHECK(process_of(f) == process);
  n.permit();
  CHECK(eventually([&] { return process_of(f) != process; }, 30s));
}

TEST_CASE("a snake that nobody needs is not replaced", "[replacement]") {
  auto options = small_pool(2);
  options.max_age = 10ms;
  pool_fixture f{options};
  process_of(f);
  CHECK(eventually([&] { return f.alive().empty(); }));
}
