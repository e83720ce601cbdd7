#include "tests/facades.hpp"

#include <signal.h>

#include <set>
#include <thread>

/// @file
/// Snakes as callers see them: slain, listed, cleaned and kept warm.

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

using Catch::Matchers::ContainsSubstring;

// -- slaying and listing ------------------------------------------------------

BOTH_WAYS("a snake that idles can be slain", "[api]") {
  pool_fixture f;
  TestType api{f};
  REQUIRE(api.python(tell_pid()));
  REQUIRE(f.all_ready(1));
  auto victim = f.alive().at(0);
  CHECK(checked(api.slay_python_worker(victim)));
  CHECK(checked(api.list_alive_snakes()).empty());
  CHECK(eventually([&] { return !is_alive(victim.os_pid); }));
  CHECK_FALSE(checked(api.slay_python_worker(victim)));
  CHECK(checked(api.template python_wait<int32_t>(tell_pid()))
        != victim.os_pid);
}

BOTH_WAYS("the call of a snake that is slain ends with python_died",
          "[api][concurrency]") {
  auto style = GENERATE(termination_style::polite, termination_style::brutal);
  pool_fixture f;
  TestType api{f};
  rendezvous here;
  caller other{f};
  auto call = occupy(other, f, here);
  auto victim = f.alive().at(0);
  CHECK(checked(api.slay_python_worker(victim, style)));
  auto ended = call.get();
  CHECK(code_in(ended) == errc::python_died);
  CHECK_THAT(text_in(ended), ContainsSubstring("slain"));
  CHECK(eventually([&] { return !is_alive(victim.os_pid); }));
}

BOTH_WAYS("a lease is none any more when its snake is slain", "[api]") {
  pool_fixture f;
  TestType api{f};
  auto leased = checked(api.retrieve_snake());
  CHECK(checked(api.slay_python_worker(leased)));
  CHECK(code_in(api.snake_run(leased, tell_pid())) == errc::snake_gone);
  CHECK_FALSE(checked(api.release_snake(leased)));
  CHECK(eventually([&] { return !is_alive(leased.os_pid); }));
  CHECK_FALSE(checked(api.slay_python_worker(leased)));
  CHECK(code_in(api.snake_run(leased, tell_pid())) == errc::snake_gone);
}

BOTH_WAYS("a snake is asked to end only if it is slain politely", "[api]") {
  namespace fs = std::filesystem;
  pool_fixture f;
  TestType api{f};
  rendezvous here;
  caller other{f};
  auto file = here.path() + "-noted";
  snake_args args{"snakes", "meet_and_note_sigterm", here.path(), file};
  for (auto style : {termination_style::brutal, termination_style::polite}) {
    auto call =
      other.start<value>(f.manager, python_atom_v, args, python_options{});
    auto process = here.arrival();
    auto busy = checked(api.list_alive_snakes());
    REQUIRE(busy.size() == 1);
    CHECK(busy[0].os_pid == process);
    CHECK(checked(api.slay_python_worker(busy[0], style)));
    CHECK(code_in(call.get()) == errc::python_died);
    CHECK(eventually([&] { return !is_alive(process); }));
    CHECK(fs::exists(file) == (style == termination_style::polite));
  }
  fs::remove(file);
}

BOTH_WAYS("all is known of a snake, whatever it does", "[api]") {
  pool_fixture f;
  TestType api{f};
  rendezvous here;
  auto only = [&] {
    auto all = checked(api.list_alive_snakes());
    REQUIRE(all.size() == 1);
    return all[0];
  };
  auto before = caf::make_timestamp();
  auto leased = checked(api.retrieve_snake());
  auto retrieved = only();
  CHECK(retrieved.status == snake_status::retrieved);
  CHECK(retrieved.id == leased.id);
  CHECK(retrieved.os_pid == leased.os_pid);
  CHECK(retrieved.worker == leased.worker);
  CHECK(retrieved.lease == 0);
  CHECK(retrieved.calls_done == 0);
  CHECK(is_alive(retrieved.os_pid));
  CHECK(retrieved.resident_memory > 1'000'000);
  CHECK(retrieved.resident_memory < 10'000'000'000);
  CHECK(retrieved.last_update >= before);
  CHECK(retrieved.last_update <= caf::make_timestamp());

  auto run = api.start_snake_run(leased, here.call());
  here.arrival();
  REQUIRE(eventually([&] { return only().status == snake_status::busy; }));
  auto busy = only();
  CHECK(busy.id == leased.id);
  CHECK(busy.last_update > retrieved.last_update);
  CHECK(busy.calls_done == 0);
  CHECK(only().last_update == busy.last_update);

  here.release();
  CHECK(run.get());
  REQUIRE(f.all_ready(1));
  auto ready = only();
  CHECK(ready.id == leased.id);
  CHECK(ready.last_update > busy.last_update);
  CHECK(ready.calls_done == 1);
}

BOTH_WAYS("calls are counted, those that raise too", "[api]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  for (int i = 0; i < 3; ++i)
    CHECK(api.python_wait(tell_pid()));
  CHECK(code_in(api.python_wait({"math", "sqrt", -1}))
        == errc::python_exception);
  REQUIRE(f.all_ready(1));
  CHECK(checked(api.list_alive_snakes()).at(0).calls_done == 4);
}

BOTH_WAYS("snakes are listed in the order of their numbers", "[api]") {
  pool_fixture f{small_pool(4)};
  TestType api{f};
  CHECK(checked(api.list_alive_snakes()).empty());
  CHECK(checked(api.get_snakes_ready(4)).size() == 4);
  auto all = checked(api.list_alive_snakes());
  REQUIRE(all.size() == 4);
  for (size_t i = 0; i < all.size(); ++i) {
    CHECK(all[i].id == i + 1);
    CHECK(is_alive(all[i].os_pid));
  }
  CHECK(checked(api.slay_python_worker(all[1])));
  auto left = checked(api.list_alive_snakes());
  REQUIRE(left.size() == 3);
  CHECK(left[0].id == 1);
  CHECK(left[1].id == 3);
  CHECK(left[2].id == 4);
}

TEST_CASE("a snake that takes its time to end can be hurried", "[api]") {
  auto options = small_pool(1);
  options.grace = 1h;
  pool_fixture f{options};
  auto leased = checked(retrieve_snake(f.self, f.manager));
  python_options keep;
  keep.keep_snake = true;
  REQUIRE(snake_run(f.self, leased, {"snakes", "ignore_sigterm"}, keep));
  CHECK(checked(slay_python_worker(f.self, f.manager, leased)));
  CHECK(is_alive(leased.os_pid));
  CHECK_FALSE(checked(
    slay_python_worker(f.self, f.manager, leased, termination_style::brutal)));
  CHECK(eventually([&] { return !is_alive(leased.os_pid); }));
}

// -- time to live -------------------------------------------------------------

namespace {

/// Options of a pool whose snakes are too old at once, and whose cleaner never
/// comes by itself.
pool_options short_lived() {
  auto result = small_pool(4);
  result.snake_ttl = 1ms;
  result.cleaner_interval = 1h;
  return result;
}

/// Cleans until `n` snakes are gone.
template <class Api>
bool cleans(Api& api, size_t n) {
  size_t cleaned = 0;
  auto enough = eventually(
    [&] { return (cleaned += checked(api.clean_inactive_snakes())) >= n; });
  return enough && cleaned == n;
}

} // namespace

BOTH_WAYS("snakes that idle for too long are cleaned and counted", "[api]") {
  pool_fixture f{short_lived()};
  TestType api{f};
  auto leased = checked(api.get_snakes_ready(3));
  REQUIRE(leased.size() == 3);
  for (auto& lease : leased)
    REQUIRE(checked(api.release_snake(lease)));
  CHECK(cleans(api, 3));
  CHECK(f.alive().empty());
  for (auto& lease : leased)
    CHECK(eventually([&] { return !is_alive(lease.os_pid); }));
  CHECK(checked(api.clean_inactive_snakes()) == 0);
}

BOTH_WAYS("snakes that work or are leased are not cleaned",
          "[api][concurrency]") {
  pool_fixture f{short_lived()};
  TestType api{f};
  rendezvous here;
  caller other{f};
  auto running = occupy(other, f, here);
  auto leased = checked(api.get_snakes_ready(2));
  REQUIRE(leased.size() == 2);
  CHECK(checked(api.release_snake(leased[0])));
  CHECK(cleans(api, 1));
  CHECK(checked(api.clean_inactive_snakes()) == 0);
  CHECK(f.count(snake_status::busy) == 1);
  CHECK(f.count(snake_status::retrieved) == 1);
  CHECK(checked(api.template snake_run<int32_t>(leased[1], tell_pid()))
        == leased[1].os_pid);
  here.release();
  CHECK(running.get());
}

BOTH_WAYS("snakes are not cleaned before their time to live is over", "[api]") {
  auto options = short_lived();
  options.snake_ttl = 1h;
  pool_fixture f{options};
  TestType api{f};
  REQUIRE(api.python(tell_pid()));
  REQUIRE(f.all_ready(1));
  CHECK(checked(api.clean_inactive_snakes()) == 0);
  CHECK(f.alive().size() == 1);
}

BOTH_WAYS("as many snakes as are perpetual are not cleaned", "[api]") {
  auto options = short_lived();
  options.perpetual_workers = 2;
  pool_fixture f{options};
  TestType api{f};
  auto leased = checked(api.get_snakes_ready(4));
  REQUIRE(leased.size() == 4);
  for (auto& lease : leased)
    REQUIRE(checked(api.release_snake(lease)));
  CHECK(cleans(api, 2));
  // Those that idled for the shortest time are spared.
  auto left = f.alive();
  REQUIRE(left.size() == 2);
  CHECK(std::set{left[0].os_pid, left[1].os_pid}
        == std::set{leased[2].os_pid, leased[3].os_pid});
  CHECK(checked(api.clean_inactive_snakes()) == 0);
}

TEST_CASE("the cleaner comes by itself, again and again", "[api]") {
  auto options = short_lived();
  options.cleaner_interval = 20ms;
  pool_fixture f{options};
  for (int i = 0; i < 3; ++i) {
    auto pid = checked(python_wait<int32_t>(f.self, f.manager, tell_pid()));
    CHECK(eventually([&] { return f.alive().empty(); }));
    CHECK(eventually([&] { return !is_alive(pid); }));
  }
}

TEST_CASE("the cleaner spares perpetual snakes", "[api]") {
  auto options = short_lived();
  options.cleaner_interval = 10ms;
  options.perpetual_workers = 2;
  pool_fixture f{options};
  caller holder{f};
  CHECK(checked(holder.ask<std::vector<snake>>(
                  f.manager, get_snakes_ready_atom_v, size_t{4}))
          .size()
        == 4);
  holder.kill();
  REQUIRE(f.all_ready(2));
  auto before = f.alive();
  // Five more rounds of the cleaner.
  std::this_thread::sleep_for(50ms);
  auto after = f.alive();
  REQUIRE(after.size() == 2);
  CHECK(after[0].os_pid == before[0].os_pid);
  CHECK(after[1].os_pid == before[1].os_pid);
}

TEST_CASE("perpetual snakes are there before anybody asks", "[api]") {
  auto options = small_pool(4);
  options.perpetual_workers = 3;
  pool_fixture f{options};
  CHECK(f.all_ready(3));
}

TEST_CASE("perpetual snakes that die are replaced", "[api]") {
  auto options = small_pool(4);
  options.perpetual_workers = 2;
  pool_fixture f{options};
  REQUIRE(f.all_ready(2));
  auto before = f.alive();
  SECTION("when all are killed from outside") {
    for (auto& info : before)
      REQUIRE(::kill(info.os_pid, SIGKILL) == 0);
    REQUIRE(eventually([&] {
      auto now = f.alive();
      return now.size() == 2 && now[0].id > before[1].id;
    }));
  }
  SECTION("when one is killed from outside") {
    REQUIRE(::kill(before[0].os_pid, SIGKILL) == 0);
    REQUIRE(eventually([&] {
      auto now = f.alive();
      return now.size() == 2 && now[1].id > before[1].id;
    }));
    CHECK(f.alive()[0].os_pid == before[1].os_pid);
  }
  SECTION("when one is slain") {
    CHECK(checked(slay_python_worker(f.self, f.manager, before[0])));
    REQUIRE(eventually([&] {
      auto now = f.alive();
      return now.size() == 2 && now[1].id > before[1].id;
    }));
  }
  CHECK(f.all_ready(2));
  for (auto& info : f.alive())
    CHECK(is_alive(info.os_pid));
}
