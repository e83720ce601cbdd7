#include "tests/pool/long_arrays.hpp"

#include "python_bridge/memory/host_arena.hpp"
#include "python_bridge/os/page_size.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string_view>

/// @file
/// What arenas take of the memory of the machine, and who may map them.

using namespace venomous;
using namespace venomous::test;

namespace {

/// Returns how many bytes the pages take that were touched.
size_t bytes_behind(const unique_fd& fd) {
  struct stat status {};
  REQUIRE(::fstat(fd.get(), &status) == 0);
  return static_cast<size_t>(status.st_blocks) * 512;
}

void* map(const unique_fd& fd, int access) {
  auto result = ::mmap(nullptr, page_size(), access, MAP_SHARED, fd.get(), 0);
  return result == MAP_FAILED ? nullptr : result;
}

} // namespace

TEST_CASE("both halves of an arena begin and end with a page of the machine",
          "[arena]") {
  auto size = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  arena memory{5 * size};
  CHECK(memory.capacity() == 2 * size);
  CHECK(memory.begin_of(arena::way::to_snake) == size);
  CHECK(memory.begin_of(arena::way::to_host) == 3 * size);
  CHECK(memory.bytes().size() == 5 * size);
}

TEST_CASE("pages of an arena go back though others have it mapped", "[arena]") {
  auto memory = std::make_shared<host_arena>(1 << 20);
  auto theirs = memory->foreign_descriptor();
  auto block = memory->take(1 << 19);
  REQUIRE(block);
  std::fill_n(block.get(), 1 << 19, 'x');
  memory.reset();
  CHECK(bytes_behind(theirs) >= 1 << 19);
  block.reset();
  CHECK(bytes_behind(theirs) <= page_size());
}

TEST_CASE("pages of an arena that nobody uses go back though others are used",
          "[arena]") {
  auto memory = std::make_shared<host_arena>(1 << 20);
  auto theirs = memory->foreign_descriptor();
  auto kept = memory->take(100'000);
  auto block = memory->take(1 << 18);
  REQUIRE(block);
  std::fill_n(kept.get(), 100'000, 'x');
  std::fill_n(block.get(), 1 << 18, 'x');
  auto before = bytes_behind(theirs);
  block.reset();
  CHECK_FALSE(memory->discard());
  CHECK(bytes_behind(theirs) <= before - ((1 << 18) - 2 * page_size()));
  CHECK(std::all_of(kept.get(), kept.get() + 100'000,
                    [](char c) { return c == 'x'; }));
  kept.reset();
  CHECK(memory->discard());
  CHECK(bytes_behind(theirs) <= page_size());
}

TEST_CASE(
  "a snake that idles gives back pages that held results, though others "
  "are used",
  "[arena]") {
  // The longest wait of all tests: memory is warm for ten seconds.
  pool_fixture f{with_arena(64)};
  auto kept = checked(call(f, "numbers", int64_t{long_length}));
  auto memory = arena_of(kept.attachments()[0].data)->descriptor();
  CHECK(call(f, "numbers", int64_t{20 * long_length}));
  CHECK(bytes_behind(memory) > 16'000'000);
  CHECK(eventually([&] { return bytes_behind(memory) < 1'600'000; },
                   std::chrono::seconds(30)));
  CHECK((content(checked(kept.as<ndarray>())) == long_numbers()));
  CHECK((content(checked(call<ndarray>(f, "doubled", kept)))[7] == 14));
}

TEST_CASE("handles of snakes that are gone keep nothing of them",
          "[arena][snakes]") {
  auto mapped = [](std::string_view name) {
    auto maps = text_of("/proc/self/maps");
    size_t count = 0;
    for (auto at = maps.find(name); at != std::string::npos;
         at = maps.find(name, at + 1))
      ++count;
    return count;
  };
  auto arenas = mapped("venomous-arena");
  auto ledgers = mapped("venomous-ledger");
  auto descriptors = leftovers::now().descriptors;
  pool_fixture f{with_arena(16, 3)};
  auto leases = checked(get_snakes_ready(f.self, f.manager, 3));
  auto infos = f.alive();
  REQUIRE(infos.size() == 3);
  CHECK(mapped("venomous-ledger") == ledgers + 3);
  auto before = leftovers::now().descriptors;
  auto keep = python_options{.keep_snake = true};
  for (auto& each : leases) {
    CHECK(snake_run(f.self, each, {"arrays", "numbers", int64_t{long_length}},
                    keep));
    CHECK(checked(slay_python_worker(f.self, f.manager, each)));
  }
  // The arena of the pool stays.
  CHECK(eventually([&] {
    return mapped("venomous-ledger") == ledgers
           && mapped("venomous-arena") == arenas + 1;
  }));
  CHECK(before - leftovers::now().descriptors >= 3 * 3);
  CHECK(leftovers::now().descriptors > descriptors);
}

TEST_CASE("an arena is shown to other snakes to be read", "[arena]") {
  auto memory = std::make_shared<host_arena>(1 << 20);
  CHECK(map(memory->descriptor(), PROT_READ | PROT_WRITE));
  CHECK(map(memory->foreign_descriptor(), PROT_READ));
  CHECK_FALSE(map(memory->foreign_descriptor(), PROT_READ | PROT_WRITE));
  auto all =
    std::make_shared<host_arena>(1 << 20, host_arena::access::all_snakes);
  CHECK(map(all->foreign_descriptor(), PROT_READ | PROT_WRITE));
}
