#include "tests/pool/long_arrays.hpp"

#include "python_bridge/memory/arena.hpp"
#include "python_bridge/memory/block_list.hpp"

#include <algorithm>
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

} // namespace

// -- blocks -------------------------------------------------------------------

TEST_CASE("memory that nobody has taken any of is one block", "[arena]") {
  block_list x{64, 1'000};
  CHECK(x.empty());
  auto all = x.take_largest();
  CHECK(all.offset == 64);
  CHECK(all.size == 960);
  CHECK_FALSE(x.empty());
  CHECK(x.take_largest().size == 0);
  CHECK_FALSE(x.take(1));
  x.shrink(all, 100);
  CHECK(x.take(1) == 64 + 128);
  CHECK_FALSE(block_list(0, 0).take(1));
}

TEST_CASE("blocks never overlap, and leave nothing when given back",
          "[arena]") {
  constexpr size_t size = 64 * 1024;
  block_list x{4096, size};
  std::vector<block_list::block> taken;
  auto overlaps = [&](const block_list::block& next) {
    return std::ranges::any_of(taken, [&](auto& other) {
      return next.offset < other.offset + other.size
             && other.offset < next.offset + next.size;
    });
  };
  uint32_t random = 1;
  for (int i = 0; i < 100'000; ++i) {
    random = random * 1'664'525 + 1'013'904'223;
    size_t wanted = 1 + (random >> 8) % 20'000;
    auto offset = (random & 1) == 0 ? x.take(wanted) : std::nullopt;
    if (offset) {
      block_list::block next{*offset, wanted};
      REQUIRE(next.offset >= 4096);
      REQUIRE(next.offset + wanted <= 4096 + size);
      REQUIRE_FALSE(overlaps(next));
      taken.push_back(next);
    } else if (!taken.empty()) {
      auto victim =
        taken.begin() + static_cast<ptrdiff_t>((random >> 4) % taken.size());
      x.give_back(victim->offset, victim->size);
      taken.erase(victim);
    }
    REQUIRE(x.empty() == taken.empty());
  }
  for (auto& rest : taken)
    x.give_back(rest.offset, rest.size);
  CHECK(x.take_largest().size == size);
}

TEST_CASE("a reference beyond the arena refers to nowhere", "[arena]") {
  arena x{1 << 20};
  auto way = GENERATE(arena::way::to_snake, arena::way::to_host);
  auto size = x.capacity();
  auto begin = x.begin_of(way);
  auto end = begin + size;
  CHECK(size == 1 << 19);
  CHECK(x.find(way, {begin, size, 0, 0}));
  CHECK(x.find(way, {end, 0, 0, 0}));
  CHECK_FALSE(x.find(way, {begin - 1, 1, 0, 0}));
  CHECK_FALSE(x.find(way, {begin, size + 1, 0, 0}));
  CHECK_FALSE(x.find(way, {end, 1, 0, 0}));
  CHECK_FALSE(x.find(way, {end + 1, 0, 0, 0}));
  CHECK_FALSE(x.find(way, {begin + 1, ~uint64_t{0}, 0, 0}));
  CHECK_FALSE(x.find(way, {~uint64_t{0}, 1, 0, 0}));
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
  auto slot = GENERATE(0, 1024);
  // Otherwise it is somewhere where results are.
  auto offset = slot == 0 ? int64_t{1} << 40 : int64_t{600'000};
  pool_fixture f{with_arena(1)};
  auto got = python_wait(f.self, f.manager,
                         {"forging", "forge_reference", offset, 100, slot});
  CHECK(code_in(got) == errc::python_died);
}
