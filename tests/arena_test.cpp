#include "tests/pool_fixture.hpp"

#include "python_bridge/arena.hpp"
#include "python_bridge/ring.hpp"

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

/// @file
/// Long arguments and results go through shared memory. Nobody may notice but
/// by the speed.

using namespace venomous;
using namespace venomous::test;

namespace {

/// Bytes of which no two parts are equal.
bytes make_bytes(size_t size, size_t seed = 0) {
  bytes result(size);
  for (size_t i = 0; i < size; ++i)
    result[i] = static_cast<std::byte>((i + seed) * 2'654'435'761u >> 13);
  return result;
}

pool_options with_arena(size_t megabytes) {
  auto result = small_pool(1);
  result.arena_mb = megabytes;
  return result;
}

} // namespace

// -- rings --------------------------------------------------------------------

TEST_CASE("a ring that is empty has one block", "[arena]") {
  ring x{1'000};
  CHECK(x.empty());
  CHECK(x.largest().offset == 0);
  CHECK(x.largest().size == 960);
  CHECK(ring{0}.largest().size == 0);
}

TEST_CASE("blocks of a ring never overlap", "[arena]") {
  constexpr size_t size = 64 * 1024;
  ring x{size};
  std::deque<ring::block> taken;
  size_t given_back = 0;
  uint32_t random = 1;
  for (int i = 0; i < 100'000; ++i) {
    random = random * 1'664'525 + 1'013'904'223;
    size_t wanted = 1 + (random >> 8) % 20'000;
    if (x.largest().size >= wanted && (random & 1) == 0) {
      ring::block next{x.take(wanted), wanted};
      REQUIRE(next.offset + wanted <= size);
      for (auto& other : taken)
        REQUIRE((next.offset >= other.offset + other.size
                 || other.offset >= next.offset + wanted));
      taken.push_back(next);
    } else if (!taken.empty()) {
      x.give_back();
      taken.pop_front();
      ++given_back;
    }
    REQUIRE(x.empty() == taken.empty());
  }
  CHECK(given_back > 10'000);
}

TEST_CASE("a reference beyond the arena refers to nowhere", "[arena]") {
  arena x{1 << 20};
  auto way = GENERATE(arena::way::to_snake, arena::way::to_host);
  auto end = x.capacity();
  CHECK(end == 1 << 19);
  CHECK(x.find(way, {0, end, 0}));
  CHECK(x.find(way, {end, 0, 0}));
  CHECK_FALSE(x.find(way, {0, end + 1, 0}));
  CHECK_FALSE(x.find(way, {end, 1, 0}));
  CHECK_FALSE(x.find(way, {end + 1, 0, 0}));
  CHECK_FALSE(x.find(way, {1, ~uint64_t{0}, 0}));
  CHECK_FALSE(x.find(way, {~uint64_t{0}, 1, 0}));
}

// -- calls --------------------------------------------------------------------

TEST_CASE("arguments and results of any size come through", "[arena]") {
  auto megabytes = GENERATE(size_t{0}, size_t{1}, size_t{256});
  pool_fixture f{with_arena(megabytes)};
  for (size_t size : {0, 1, 4'000, 65'000, 65'536, 70'000, 500'000, 524'288,
                      600'000, 3'000'000}) {
    auto sent = make_bytes(size, size);
    auto got =
      python_wait<bytes>(f.self, f.manager, {"snakes", "identity", sent});
    INFO(size << " bytes, arena of " << megabytes << " MB");
    CHECK((checked(got) == sent));
  }
}

TEST_CASE("long lists, dicts and texts come through", "[arena]") {
  pool_fixture f{with_arena(256)};
  std::vector<std::map<std::string, std::vector<int>>> sent;
  for (int i = 0; i < 20'000; ++i)
    sent.push_back({{std::to_string(i), {i, -i}}});
  CHECK((checked(python_wait<decltype(sent)>(f.self, f.manager,
                                             {"snakes", "identity", sent}))
         == sent));
  std::string text(1'000'000, 'x');
  CHECK((checked(python_wait<std::string>(f.self, f.manager,
                                          {"snakes", "identity", text}))
         == text));
}

TEST_CASE("a result stays what it is as long as somebody has it",
          "[arena][concurrency]") {
  // More than there are slots, and more than there is room.
  pool_fixture f{with_arena(8)};
  std::vector<value> kept;
  for (size_t i = 0; i < 150; ++i)
    kept.push_back(checked(python_wait(
      f.self, f.manager, {"snakes", "identity", make_bytes(100'000, i)})));
  SECTION("while its snake lives") {
    CHECK(f.all_ready(1));
  }
  SECTION("though its snake is gone") {
    auto victim = f.alive().at(0);
    CHECK(checked(slay_python_worker(f.self, f.manager, victim)));
    CHECK(goes_away(victim.os_pid));
  }
  SECTION("though its pool is gone") {
    f.stop();
  }
  for (size_t i = 0; i < kept.size(); ++i)
    REQUIRE((checked(kept[i].as<bytes>()) == make_bytes(100'000, i)));
}

TEST_CASE("many long arguments can be on their way at the same time",
          "[arena][concurrency]") {
  pool_fixture f{with_arena(8)};
  std::vector<std::future<caf::expected<value>>> calls;
  caller by{f};
  for (size_t i = 0; i < 60; ++i)
    calls.push_back(by.start<value>(
      f.manager, python_atom_v,
      snake_args{"snakes", "identity", make_bytes(200'000 + i, i)},
      python_options{.busy = when_busy::wait}));
  for (size_t i = 0; i < calls.size(); ++i)
    REQUIRE((checked(checked(calls[i].get()).as<bytes>())
             == make_bytes(200'000 + i, i)));
}

TEST_CASE("a long result that cannot be encoded to its end is an error",
          "[arena]") {
  pool_fixture f{with_arena(256)};
  auto got = python_wait(f.self, f.manager, {"snakes", "spoil", 1'000'000});
  CHECK(code_in(got) == errc::unencodable);
  CHECK(python_wait(f.self, f.manager, {"os", "getpid"}));
}

// -- hostile snakes -----------------------------------------------------------

TEST_CASE("a snake that refers to nowhere is ended", "[arena][protocol]") {
  auto slot = GENERATE(0, 64);
  auto offset = slot == 0 ? int64_t{1} << 40 : int64_t{0};
  pool_fixture f{with_arena(1)};
  auto got = python_wait(f.self, f.manager,
                         {"snakes", "forge_reference", offset, 100, slot});
  CHECK(code_in(got) == errc::python_died);
}
