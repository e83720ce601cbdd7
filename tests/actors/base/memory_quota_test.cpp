#include "tests/pool_fixture.hpp"

#include "venomous/kept.hpp"
#include "venomous/ndarray.hpp"

#include "actors/base/memory_quota.hpp"

#include <utility>

/// @file
/// Waiting calls and maps take no more memory than max-queue-mb permits.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

using Catch::Matchers::ContainsSubstring;

namespace {

const python_options unhurried{.timeout = forever, .busy = when_busy::wait};

bytes kilobytes(size_t n) {
  return bytes(n << 10, std::byte{'x'});
}

/// A pool that runs a call, so that all others wait, with a megabyte for them.
struct busy_pool : pool_fixture {
  explicit busy_pool(size_t max_mb = 1) : pool_fixture(options(max_mb)) {
    runs = by.start<value>(manager, python_atom_v, here.call(), unhurried);
    here.arrival();
  }

  static pool_options options(size_t max_mb) {
    auto result = small_pool(1);
    result.max_queue_mb = max_mb;
    return result;
  }

  template <class T>
  std::future<caf::expected<value>> pass(const T& x, caller& from,
                                         call_token token = 0) {
    auto options = unhurried;
    options.token = token;
    return from.start<value>(manager, python_atom_v,
                             snake_args{"builtins", "len", x}, options);
  }

  template <class T>
  std::future<caf::expected<value>> pass(const T& x) {
    return pass(x, by);
  }

  rendezvous here;
  caller by{*this};
  std::future<caf::expected<value>> runs;
};

void check_refused(std::future<caf::expected<value>> call) {
  REQUIRE(is_answered(call));
  auto got = call.get();
  CHECK(code_in(got) == errc::queue_full);
  CHECK_THAT(text_in(got), ContainsSubstring("beyond max-queue-mb=1"));
}

} // namespace

// -- calls --------------------------------------------------------------------

TEST_CASE("calls with more arguments than max-queue-mb end with queue_full",
          "[quota]") {
  busy_pool f;
  SECTION("if they are long") {
    auto first = f.pass(kilobytes(500));
    auto second = f.pass(kilobytes(500));
    check_refused(f.pass(kilobytes(500)));
    auto third = f.pass(1);
    f.here.close();
    CHECK(first.get());
    CHECK(second.get());
    // Its argument has no length, but the call has run.
    CHECK(code_in(third.get()) == errc::python_exception);
  }
  SECTION("if they are short") {
    std::vector<std::future<caf::expected<value>>> waiting;
    for (int i = 0; i < 50; ++i)
      waiting.push_back(f.pass(kilobytes(20)));
    check_refused(f.pass(kilobytes(40)));
    f.here.close();
    for (auto& call : waiting)
      CHECK(call.get());
  }
  SECTION("if they are arrays") {
    auto array = [] {
      return ndarray::take(std::vector<double>(100'000));
    };
    auto first = f.pass(array());
    check_refused(f.pass(array()));
    f.here.close();
    CHECK(first.get());
  }
  // No call waits any more.
  CHECK(python_wait(f.self, f.manager, {"builtins", "len", kilobytes(900)}));
}

TEST_CASE("a call that waits alone may have more than max-queue-mb",
          "[quota]") {
  busy_pool f;
  auto alone = f.pass(kilobytes(3000));
  check_refused(f.pass(kilobytes(1)));
  f.here.close();
  CHECK(alone.get());
}

TEST_CASE("what a call has twice counts once", "[quota]") {
  busy_pool f;
  auto shared = ndarray::take(std::vector<double>(100'000));
  auto first = f.pass(1);
  auto second =
    f.by.start<value>(f.manager, python_atom_v,
                      snake_args{"operator", "is_", shared, shared}, unhurried);
  CHECK(is_pending(second));
  f.here.close();
  CHECK(second.get());
}

TEST_CASE("what many calls have in common counts once", "[quota]") {
  busy_pool f;
  auto shared = ndarray::take(std::vector<double>(100'000));
  std::vector<std::future<caf::expected<value>>> waiting;
  for (int i = 0; i < 10; ++i)
    waiting.push_back(f.pass(shared));
  check_refused(f.pass(ndarray::take(std::vector<double>(100'000))));
  f.here.close();
  for (auto& call : waiting)
    CHECK(call.get());
}

TEST_CASE("what lies in memory of the pool does not count", "[quota]") {
  busy_pool f;
  std::vector<std::future<caf::expected<value>>> waiting;
  for (int i = 0; i < 4; ++i)
    waiting.push_back(
      f.pass(checked(f.pool.arena().allocate<double>({100'000}))));
  auto own = f.pass(kilobytes(900));
  f.here.close();
  for (auto& call : waiting)
    CHECK(call.get());
  CHECK(own.get());
}

TEST_CASE("a call that leaves the line makes room for others", "[quota]") {
  busy_pool f;
  SECTION("because it is taken back") {
    auto token = new_call_token();
    auto first = f.pass(kilobytes(900), f.by, token);
    check_refused(f.pass(kilobytes(900)));
    CHECK(checked(cancel(f.self, f.manager, token)));
    CHECK(code_in(first.get()) == errc::cancelled);
  }
  SECTION("because its caller is gone") {
    caller other{f};
    caf::scoped_actor watcher{f.system};
    watcher->monitor(other.handle());
    auto first = f.pass(kilobytes(900), other);
    check_refused(f.pass(kilobytes(900)));
    other.kill();
    watcher->receive([](const caf::down_msg&) {});
  }
  auto second = f.pass(kilobytes(900));
  f.here.close();
  CHECK(second.get());
}

TEST_CASE("max-queue-mb = 0 is no bound", "[quota]") {
  busy_pool f{0};
  std::vector<std::future<caf::expected<value>>> waiting;
  for (int i = 0; i < 5; ++i)
    waiting.push_back(f.pass(kilobytes(900)));
  f.here.close();
  for (auto& call : waiting)
    CHECK(call.get());
}

TEST_CASE("calls for which snakes start do not wait for others", "[quota]") {
  temporary_folder folder;
  rendezvous here;
  auto options = busy_pool::options(1);
  options.max_children = 3;
  folder.write("preloaded.py", "import snakes\n"
                               "snakes.meet('"
                                 + here.path() + "')\n");
  options.module_paths.push_back(folder.path());
  options.preload = {"preloaded"};
  pool_fixture f{options};
  here.arrival();
  caller by{f};
  auto pass = [&] {
    return by.start<value>(f.manager, python_atom_v,
                           snake_args{"builtins", "len", kilobytes(900)},
                           unhurried);
  };
  std::vector<std::future<caf::expected<value>>> waiting;
  // The fourth one waits, and is permitted to.
  for (int i = 0; i < 4; ++i)
    waiting.push_back(pass());
  check_refused(pass());
  here.close();
  for (auto& call : waiting)
    CHECK(call.get());
}

// -- leases, kept objects -----------------------------------------------------

TEST_CASE("runs that wait for another of their lease share max-queue-mb",
          "[quota]") {
  pool_fixture f{busy_pool::options(1)};
  rendezvous here;
  caller by{f};
  auto leased =
    checked(by.ask<snake>(f.manager, retrieve_snake_atom_v, python_options{}));
  python_options keep{.timeout = forever, .keep_snake = true};
  auto start = [&](snake_args args) {
    return by.start<value>(leased.worker, snake_run_atom_v, leased, args, keep);
  };
  auto runs = start(here.call());
  here.arrival();
  auto first = start({"builtins", "len", kilobytes(900)});
  check_refused(start({"builtins", "len", kilobytes(900)}));
  check_refused(f.call_later({"builtins", "len", kilobytes(900)}));
  here.release();
  CHECK(runs.get());
  CHECK(first.get());
  CHECK(by.ask<value>(leased.worker, snake_run_atom_v, leased,
                      snake_args{"builtins", "len", kilobytes(900)}, keep));
}

TEST_CASE("calls that wait for the snake with a kept object have max-queue-mb",
          "[quota]") {
  pool_fixture f{busy_pool::options(1)};
  rendezvous here;
  caller by{f};
  auto object = checked(python<kept>(f.self, f.manager, {"keeping", "make"}));
  auto start = [&](snake_args args) {
    return by.start<value>(f.manager, python_atom_v, args, unhurried);
  };
  auto runs = start(here.call());
  here.arrival();
  auto first = start({"keeping", "pid_of", object, kilobytes(900)});
  check_refused(start({"keeping", "pid_of", object, kilobytes(900)}));
  check_refused(start({"builtins", "len", kilobytes(900)}));
  here.close();
  CHECK(runs.get());
  CHECK(first.get());
}

// -- maps ---------------------------------------------------------------------

TEST_CASE("maps that run have as much for their items", "[quota]") {
  pool_fixture f{busy_pool::options(1)};
  rendezvous here;
  caller by{f};
  auto start = [&] {
    std::vector items{std::pair{here.path(), kilobytes(900)}};
    return by.start<map_results>(f.manager, python_map_atom_v,
                                 map_args{"snakes", "meet_with", items},
                                 map_options{.timeout = forever});
  };
  auto first = start();
  here.arrival();
  auto second = start().get();
  CHECK(code_in(second) == errc::queue_full);
  CHECK_THAT(text_in(second), ContainsSubstring("bytes of items")
                                && ContainsSubstring("beyond max-queue-mb=1"));
  // Calls have a limit of their own.
  auto call = f.call_later({"builtins", "len", kilobytes(900)});
  here.release();
  CHECK(checked(first.get()).errors.empty());
  CHECK(call.get());
  auto third = start();
  here.arrival();
  here.release();
  CHECK(checked(third.get()).errors.empty());
}

// -- the sum ------------------------------------------------------------------

TEST_CASE("a share of a quota goes back once, wherever it was moved",
          "[quota]") {
  memory_quota quota{1};
  value large{kilobytes(700)};
  value other{kilobytes(700)};
  value small{kilobytes(1)};
  auto has_room = [&](const value& x) {
    return quota.refusal({&x}, "arguments").empty();
  };
  {
    auto first = quota.take({&large, &small});
    auto second = quota.take({&large});
    CHECK(has_room(large));
    CHECK_FALSE(has_room(other));
    auto moved = std::move(first);
    first = {};
    CHECK_FALSE(has_room(other));
    moved = std::move(second);
    second = {};
    CHECK_FALSE(has_room(other));
    moved = {};
    CHECK(has_room(other));
  }
  CHECK(has_room(other));
}
