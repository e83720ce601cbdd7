#include "tests/pool_fixture.hpp"

#include <signal.h>

using namespace venomous;
using namespace venomous::test;

/// @file
/// What other pools were reported to get wrong, and is shown nowhere else.

TEST_CASE("stray output never gets between a call and its answer", "[rivals]") {
  pool_fixture f{small_pool(1)};
  for (int i = 0; i < 5; ++i) {
    auto text = "stray " + std::to_string(i);
    CHECK(checked(python_wait<std::string>(
            f.self, f.manager, {"snakes", "print_everywhere", text}))
          == text);
  }
}

TEST_CASE("32 MB go there and come back", "[rivals]") {
  pool_fixture f{small_pool(1)};
  bytes large(32 << 20, std::byte{0x5a});
  large.back() = std::byte{0x01};
  CHECK(checked(python<bytes>(f.self, f.manager, {"snakes", "echo", large}))
        == large);
}

TEST_CASE("a snake that does not read holds up nobody else",
          "[rivals][concurrency]") {
  pool_fixture f{small_pool(2)};
  auto first = checked(python<int>(f.self, f.manager, {"os", "getpid"}));
  REQUIRE(f.all_ready(1));
  REQUIRE(::kill(first, SIGSTOP) == 0);
  auto large = f.call_later({"builtins", "len", bytes(32 << 20)});
  REQUIRE(eventually([&] { return f.count(snake_status::busy) == 1; }));
  for (int i = 0; i < 20; ++i)
    CHECK(checked(python_wait<int>(f.self, f.manager, {"snakes", "echo", i}))
          == i);
  ::kill(first, SIGCONT);
  CHECK(checked(checked(large.get()).as<int>()) == 32 << 20);
}

TEST_CASE("the successor of a snake that grew is as lean as any", "[rivals]") {
  pool_fixture f{small_pool(1)};
  auto first =
    checked(python<int>(f.self, f.manager, {"snakes", "swell", 100}));
  CHECK(f.alive().at(0).resident_memory > 100 << 20);
  ::kill(first, SIGKILL);
  REQUIRE(eventually([&] { return f.alive().empty(); }));
  CHECK(python(f.self, f.manager, {"os", "getpid"}));
  CHECK(f.alive().at(0).resident_memory < 100 << 20);
}
