#include "venomous/shared_arena.hpp"

#include "tests/pool_fixture.hpp"

#include "python_bridge/memory/host_arena.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <string>
#include <vector>

/// @file
/// Long arrays lie in memory that the host shares with snakes.

using namespace venomous;
using namespace venomous::test;

namespace {

constexpr size_t many = 100'000;

/// Numbers from `first` on, 800 KB of them.
std::vector<double> numbers(double first = 0) {
  std::vector<double> result(many);
  std::iota(result.begin(), result.end(), first);
  return result;
}

std::vector<double> content(const ndarray& x) {
  return checked(x.to_vector<double>());
}

pool_options with_arena(size_t megabytes, size_t snakes = 1) {
  auto result = small_pool(snakes);
  result.arena_mb = megabytes;
  return result;
}

template <class T = value, class... Ts>
caf::expected<T> call(pool_fixture& f, const char* func, const Ts&... args) {
  return python_wait<T>(f.self, f.manager, {"arrays", func, args...});
}

} // namespace

// -- what passes --------------------------------------------------------------

TEST_CASE("a long array comes through whatever room there is",
          "[arrays][arena]") {
  auto megabytes = GENERATE(size_t{0}, size_t{1}, size_t{4}, size_t{256});
  INFO("arena of " << megabytes << " MB");
  pool_fixture f{with_arena(megabytes)};
  for (double first : {0.0, 1.0, 2.0})
    CHECK((content(checked(
             call<ndarray>(f, "identity", ndarray::take(numbers(first)))))
           == numbers(first)));
  CHECK((content(checked(call<ndarray>(f, "doubled", ndarray::take(numbers()))))
         == content(checked(
           call<ndarray>(f, "doubled_in_place", ndarray::take(numbers()))))));
}

TEST_CASE("several long arrays keep their order", "[arrays][arena]") {
  auto megabytes = GENERATE(size_t{0}, size_t{1}, size_t{256});
  pool_fixture f{with_arena(megabytes)};
  std::vector<ndarray> sent;
  for (int i = 0; i < 5; ++i)
    sent.push_back(ndarray::take(numbers(i)));
  auto got = checked(python_wait<std::vector<ndarray>>(
    f.self, f.manager,
    snake_args{"arrays", "reversed_list", sent}.kwargs({{"last", sent[2]}})));
  REQUIRE(got.size() == 6);
  for (int i = 0; i < 5; ++i)
    CHECK((content(got[static_cast<size_t>(i)]) == numbers(4 - i)));
  CHECK((content(got[5]) == numbers(2)));
}

TEST_CASE("a part of a value has the arrays that are in there",
          "[arrays][arena]") {
  std::vector<value> parts{ndarray::take(numbers(1)), 7,
                           ndarray::take(numbers(2))};
  value all{parts};
  CHECK(all.attachments().size() == 2);
  auto back = checked(all.as<std::vector<value>>());
  CHECK(back[0].attachments().size() == 1);
  CHECK(back[1].attachments().empty());
  CHECK((content(checked(back[2].as<ndarray>())) == numbers(2)));
  CHECK(back == parts);
  CHECK(back[0] != back[2]);
}

TEST_CASE("an array lies where it is until somebody decodes it",
          "[arrays][arena]") {
  auto array = ndarray::take(numbers());
  value x{array};
  CHECK(checked(checked(x.as<ndarray>()).span<double>()).data()
        == checked(array.span<double>()).data());
}

TEST_CASE("a value with long arrays is no item of a map", "[arrays]") {
  std::vector<value> items{ndarray::take(numbers())};
  CHECK_THROWS_AS((map_args{"arrays", "total", items}), std::invalid_argument);
}

TEST_CASE("long arrays are items of a map", "[arrays]") {
  pool_fixture f{with_arena(16)};
  std::vector<ndarray> items{ndarray::take(numbers()),
                             ndarray::take(numbers(1))};
  auto got =
    checked(python_map<double>(f.self, f.manager, {"arrays", "total", items}));
  CHECK(got.errors.empty());
}

// -- memory of the pool -------------------------------------------------------

TEST_CASE("Python writes into memory of the pool", "[arrays][arena]") {
  pool_fixture f{with_arena(16)};
  shared_arena memory{16 << 20};
  auto from = checked(memory.allocate<double>({many}));
  auto to = checked(memory.allocate<double>({many}));
  std::ranges::copy(numbers(), checked(from.mutable_span<double>()).begin());
  std::ranges::fill(checked(to.mutable_span<double>()), 0.0);
  CHECK(call(f, "double_into", from, to));
  CHECK((content(to) == content(checked(call<ndarray>(f, "doubled", from)))));
  SECTION("and returns it without a copy") {
    auto back = checked(call<ndarray>(f, "identity", to));
    CHECK(checked(back.span<double>()).data()
          == checked(to.span<double>()).data());
  }
  SECTION("and returns a part of it without a copy") {
    auto back = checked(call<ndarray>(f, "last_half", to));
    CHECK(checked(back.span<double>()).data()
          == checked(to.span<double>()).data() + many / 2);
  }
}

TEST_CASE("Python writes into short arrays of the pool, too",
          "[arrays][arena]") {
  pool_fixture f{with_arena(16)};
  shared_arena memory{1 << 20};
  auto from = checked(memory.allocate<double>({3}));
  auto to = checked(memory.allocate<double>({3}));
  std::ranges::copy(std::vector<double>{1, 2, 3},
                    checked(from.mutable_span<double>()).begin());
  CHECK(call(f, "double_into", from, to));
  CHECK((content(to) == std::vector<double>{2, 4, 6}));
}

TEST_CASE("an array may be passed twice, and be a part of another",
          "[arrays][arena]") {
  pool_fixture f{with_arena(16)};
  shared_arena memory{16 << 20};
  auto all = checked(memory.allocate<double>({many}));
  std::ranges::copy(numbers(), checked(all.mutable_span<double>()).begin());
  auto part = all.slice(many / 4, many);
  for (int i = 0; i < 20; ++i) {
    auto got = checked(python_wait<std::vector<ndarray>>(
      f.self, f.manager,
      snake_args{"arrays", "reversed_list", std::vector{all, part, all}}.kwargs(
        {{"last", part}})));
    REQUIRE(got.size() == 4);
    CHECK((content(got[0]) == numbers()));
    CHECK((content(got[1]) == content(part)));
    CHECK((content(got[3]) == content(part)));
  }
}

TEST_CASE("memory of the pool is free soon after Python has dropped it",
          "[arrays][arena]") {
  pool_fixture f{with_arena(16)};
  shared_arena memory{1 << 20};
  for (int i = 0; i < 5; ++i) {
    caf::expected<ndarray> array = caf::error{};
    CHECK(eventually([&] {
      array = memory.allocate<double>({many});
      return static_cast<bool>(array);
    }));
    CHECK(call<ndarray>(f, "identity", *array));
  }
}

TEST_CASE("memory of the pool has an end", "[arrays][arena]") {
  shared_arena memory{1 << 20};
  auto first = checked(memory.allocate<double>({many}));
  auto second = memory.allocate<double>({many});
  CHECK(code_in(second) == errc::arena_full);
  CHECK_THAT(text_in(second), Catch::Contains("arena-mb"));
  first = ndarray{};
  CHECK(memory.allocate<double>({many}));
  CHECK(code_in(shared_arena{0}.allocate<double>({1})) == errc::arena_full);
  CHECK(code_in(memory.allocate<double>({~size_t{0}, 8})) == errc::bad_options);
}

TEST_CASE("each snake sees memory of the pool", "[arrays][arena]") {
  pool_fixture f{with_arena(16, 3)};
  shared_arena memory{16 << 20};
  auto array = checked(memory.allocate<double>({many}));
  std::ranges::copy(numbers(), checked(array.mutable_span<double>()).begin());
  auto snakes = checked(get_snakes_ready(f.self, f.manager, 3));
  REQUIRE(snakes.size() == 3);
  for (size_t i = 0; i < 3; ++i)
    CHECK(snake_run(f.self, snakes[i],
                    {"arrays", "set_at", array, int64_t(i), 0.5}));
  for (size_t i = 0; i < 4; ++i)
    CHECK(content(array)[i] == (i < 3 ? 0.5 : 3.0));
}

// -- results shared on --------------------------------------------------------

TEST_CASE("a result goes to other snakes without a copy", "[arrays][arena]") {
  pool_fixture f{with_arena(16, 3)};
  auto snakes = checked(get_snakes_ready(f.self, f.manager, 3));
  REQUIRE(snakes.size() == 3);
  auto keep = python_options{.keep_snake = true};
  auto result = checked(
    snake_run(f.self, snakes[0], {"arrays", "numbers", int64_t{many}}, keep));
  REQUIRE(result.attachments().size() == 1);
  auto place = result.attachments()[0].data.get();
  for (size_t i = 0; i < 3; ++i) {
    auto back = checked(
      snake_run(f.self, snakes[i], {"arrays", "identity", result}, keep));
    REQUIRE(back.attachments().size() == 1);
    CHECK(back.attachments()[0].data.get() == place);
  }
  CHECK((content(checked(result.as<ndarray>())) == numbers()));
}

TEST_CASE("a result outlives its snake, with other snakes too",
          "[arrays][arena]") {
  pool_fixture f{with_arena(16, 2)};
  auto snakes = checked(get_snakes_ready(f.self, f.manager, 2));
  REQUIRE(snakes.size() == 2);
  auto keep = python_options{.keep_snake = true};
  auto result = checked(
    snake_run(f.self, snakes[0], {"arrays", "numbers", int64_t{many}}, keep));
  CHECK(snake_run(f.self, snakes[1], {"arrays", "remember", result}, keep));
  auto pid = checked(snake_run<int>(f.self, snakes[0], {"os", "getpid"}, keep));
  CHECK(checked(slay_python_worker(f.self, f.manager, snakes[0])));
  CHECK(goes_away(pid));
  CHECK((content(checked(result.as<ndarray>())) == numbers()));
  result = {};
  auto remembered = checked(
    snake_run<ndarray>(f.self, snakes[1], {"arrays", "remembered"}, keep));
  CHECK((content(remembered) == numbers()));
}

TEST_CASE("a snake sees arrays of more snakes than it maps at a time",
          "[arrays][arena]") {
  auto options = with_arena(4, 2);
  options.max_calls = 2;
  pool_fixture f{options};
  std::vector<value> results;
  for (int i = 0; i < 60; ++i)
    results.push_back(checked(call(f, "numbers", int64_t{many})));
  for (auto& x : results)
    REQUIRE((content(checked(call<ndarray>(f, "doubled", x)))[7] == 14.0));
  std::vector<value> all{results.begin(), results.begin() + 40};
  CHECK(checked(call<int>(f, "count", all)) == 40);
}

// -- values do not change -----------------------------------------------------

namespace {

/// Short arrays travel otherwise than long ones, without a visible difference.
size_t short_or_long() {
  return GENERATE(size_t{1'000}, many);
}

std::vector<double> zeros(size_t n) {
  return std::vector<double>(n);
}

std::vector<double> ones(size_t n) {
  return std::vector<double>(n, 1);
}

} // namespace

TEST_CASE("Python writes to what C++ sends it, wherever that comes from",
          "[arrays][arena]") {
  auto n = short_or_long();
  auto megabytes = GENERATE(size_t{0}, size_t{1}, size_t{16});
  pool_fixture f{with_arena(megabytes)};
  auto of_program = ndarray::take(zeros(n));
  auto of_snake = checked(call(f, "identity", of_program));
  auto changed = checked(call(f, "added", of_snake));
  for (auto& x : {value{of_program}, of_snake, changed}) {
    auto before = content(checked(x.as<ndarray>()));
    auto after = ones(n);
    for (auto& each : after)
      each += before[0];
    for (int i = 0; i < 3; ++i)
      CHECK((content(checked(call<ndarray>(f, "added", x))) == after));
    CHECK((content(checked(x.as<ndarray>())) == before));
  }
}

TEST_CASE("a value stays what it is, however Python writes to it",
          "[arrays][arena]") {
  auto n = short_or_long();
  std::string func =
    GENERATE("added", "added_to_part", "added_by_memoryview", "added_from_file",
             "added_and_undone", "remember_and_return");
  INFO(func << " of " << n << " numbers");
  pool_fixture f{with_arena(16, 2)};
  auto snakes = checked(get_snakes_ready(f.self, f.manager, 2));
  REQUIRE(snakes.size() == 2);
  auto keep = python_options{.keep_snake = true};
  auto run = [&](const snake& on, const snake_args& args) {
    return checked(snake_run(f.self, on, args, keep));
  };
  auto first = run(snakes[0], {"arrays", func, ndarray::take(zeros(n))});
  auto before = content(checked(first.as<ndarray>()));
  for (auto& on : snakes)
    for (int i = 0; i < 2; ++i) {
      auto again = run(on, {"arrays", "added", first});
      CHECK(content(checked(again.as<ndarray>())).back() == before.back() + 1);
      run(on, {"arrays", func, first});
      CHECK((content(checked(first.as<ndarray>())) == before));
    }
}

TEST_CASE("a value stays what it is though it is within another",
          "[arrays][arena]") {
  auto n = short_or_long();
  pool_fixture f{with_arena(16)};
  auto array = checked(call(f, "added", ndarray::take(zeros(n))));
  std::vector<value> list{array, array};
  std::map<std::string, value> dict{{"a", list}, {"b", array}};
  auto all = checked(call(f, "identity", dict));
  for (int i = 0; i < 3; ++i) {
    auto changed =
      checked(call<std::vector<std::vector<ndarray>>>(f, "added_all", all));
    REQUIRE(changed.size() == 2);
    for (auto& part : changed)
      for (auto& each : part)
        CHECK((content(each) == std::vector<double>(n, 2)));
    CHECK((content(checked(array.as<ndarray>())) == ones(n)));
  }
}

TEST_CASE("an array that is passed twice is two arrays", "[arrays][arena]") {
  auto n = short_or_long();
  pool_fixture f{with_arena(16)};
  auto of_program = ndarray::take(zeros(n));
  auto of_snake = checked(call(f, "identity", of_program));
  for (auto& x : {value{of_program}, of_snake})
    for (int i = 0; i < 2; ++i) {
      auto both = checked(call<std::vector<ndarray>>(f, "added_to_one", x, x));
      REQUIRE(both.size() == 2);
      CHECK((content(both[0]) == ones(n)));
      CHECK((content(both[1]) == zeros(n)));
    }
}

TEST_CASE("callers who share a value do not see what others do to it",
          "[arrays][arena][concurrency]") {
  pool_fixture f{with_arena(16, 3)};
  auto shared = checked(call(f, "added", ndarray::take(zeros(many))));
  std::vector<caller> callers;
  for (int i = 0; i < 4; ++i)
    callers.emplace_back(f);
  std::vector<std::future<caf::expected<value>>> calls;
  for (int i = 0; i < 25; ++i)
    for (auto& by : callers)
      calls.push_back(
        by.start<value>(f.manager, python_atom_v,
                        snake_args{"arrays", "total_of_added", shared},
                        python_options{.busy = when_busy::wait}));
  for (auto& each : calls)
    REQUIRE(checked(checked(each.get()).as<double>()) == 2.0 * many);
  CHECK((content(checked(shared.as<ndarray>())) == ones(many)));
}

TEST_CASE("a value stays what it is though Python keeps what it has returned",
          "[arrays][arena]") {
  auto n = short_or_long();
  pool_fixture f{with_arena(16)};
  value sent = ndarray::take(zeros(n));
  SECTION("which came from the program") {
    // Nothing to do.
  }
  SECTION("which came from a snake") {
    sent = checked(call(f, "identity", sent));
  }
  auto result = checked(call(f, "remember_and_return", sent));
  CHECK(call(f, "add_to_remembered"));
  CHECK((content(checked(result.as<ndarray>())) == zeros(n)));
  auto later = checked(call(f, "remembered"));
  CHECK((content(checked(later.as<ndarray>())) == ones(n)));
  CHECK(call(f, "add_to_remembered"));
  CHECK((content(checked(later.as<ndarray>())) == ones(n)));
}

TEST_CASE("a value stays what it is though Python keeps a part of it",
          "[arrays][arena]") {
  auto n = short_or_long();
  pool_fixture f{with_arena(16)};
  auto results = checked(call<std::vector<value>>(f, "remember_part_and_return",
                                                  ndarray::take(zeros(n))));
  REQUIRE(results.size() == 2);
  CHECK(call(f, "add_to_remembered"));
  for (auto& each : results)
    CHECK((content(checked(each.as<ndarray>())) == zeros(n)));
}

TEST_CASE("a value stays what it is though a thread goes on to write",
          "[arrays][arena]") {
  auto n = short_or_long();
  pool_fixture f{with_arena(16)};
  rendezvous here;
  auto later = f.call_later(
    {"arrays", "add_in_thread", ndarray::take(zeros(n)), here.path()});
  here.arrival();
  auto result = checked(later.get());
  here.release();
  here.arrival();
  CHECK((content(checked(result.as<ndarray>())) == zeros(n)));
  here.close();
}

TEST_CASE("what a forked process writes to an argument is its own affair",
          "[arrays][arena]") {
  auto n = short_or_long();
  pool_fixture f{with_arena(16)};
  auto result = checked(call(f, "add_in_child", ndarray::take(zeros(n))));
  CHECK((content(checked(result.as<ndarray>())) == zeros(n)));
  auto again = checked(call(f, "add_in_child", result));
  CHECK((content(checked(again.as<ndarray>())) == zeros(n)));
}

TEST_CASE("an argument that nobody else has is returned without a copy",
          "[arrays][arena]") {
  pool_fixture f{with_arena(16)};
  auto lies_in_argument = [](const value& x) {
    auto block = std::get_deleter<arena_block>(x.attachments()[0].data);
    return block != nullptr && block->direction == arena::way::to_snake;
  };
  auto returned = [&](const char* func) {
    auto result = checked(call(f, func, ndarray::take(numbers())));
    REQUIRE(result.attachments().size() == 1);
    return lies_in_argument(result);
  };
  CHECK(returned("identity"));
  CHECK(returned("added"));
  CHECK(returned("last_half"));
  CHECK_FALSE(returned("doubled"));
  CHECK_FALSE(returned("remember_and_return"));
}

// -- as long as somebody sees it ----------------------------------------------

TEST_CASE("memory is not used again while Python shows it", "[arrays][arena]") {
  // There is room for two of them.
  pool_fixture f{with_arena(4)};
  CHECK(call(f, "remember", ndarray::take(numbers(1))));
  for (int i = 0; i < 20; ++i)
    CHECK(
      (content(checked(call<ndarray>(f, "identity", ndarray::take(numbers(i)))))
       == numbers(i)));
  CHECK((content(checked(call<ndarray>(f, "remembered"))) == numbers(1)));
  SECTION("not even if only a part is shown") {
    CHECK(call(f, "remember_part", ndarray::take(numbers(5))));
    for (int i = 0; i < 20; ++i)
      CHECK(call(f, "doubled_in_place", ndarray::take(numbers(i))));
    CHECK(checked(call<std::vector<double>>(f, "remembered"))
          == std::vector<double>{5, 6, 7});
  }
}

TEST_CASE("memory is used again when Python shows it no more",
          "[arrays][arena]") {
  pool_fixture f{with_arena(2)};
  auto address = [&] {
    return checked(call<uint64_t>(f, "address", ndarray::take(numbers())));
  };
  auto first = address();
  for (int i = 0; i < 50; ++i)
    CHECK(address() == first);
}

TEST_CASE("a thousand arrays that are kept are all right", "[arrays][arena]") {
  pool_fixture f{with_arena(256)};
  std::vector<value> kept;
  for (int i = 0; i < 1'500; ++i) {
    std::vector<double> small(8'192, i);
    kept.push_back(
      checked(call(f, "doubled", ndarray::take(std::move(small)))));
  }
  for (int i = 0; i < 1'500; ++i)
    REQUIRE(content(checked(kept[static_cast<size_t>(i)].as<ndarray>()))[9]
            == 2.0 * i);
}

TEST_CASE("what a snake forks may read its arguments", "[arrays][arena]") {
  pool_fixture f{with_arena(16)};
  auto total = checked(call<double>(f, "total", ndarray::take(numbers())));
  CHECK(checked(call<double>(f, "total_in_child", ndarray::take(numbers())))
        == total);
  CHECK(call(f, "remember", ndarray::take(numbers(3))));
  CHECK(checked(call<double>(f, "total_in_child", ndarray::take(numbers())))
        == total);
  CHECK((content(checked(call<ndarray>(f, "remembered"))) == numbers(3)));
}

TEST_CASE("what a snake forks keeps its arguments when the call is over",
          "[arrays][arena]") {
  pool_fixture f{with_arena(16)};
  rendezvous here;
  temporary_folder folder;
  auto file = (folder / "seen").string();
  auto all = [](double x) {
    return ndarray::take(std::vector<double>(many, x));
  };
  REQUIRE(call(f, "look_later", all(1), here.path(), file));
  auto process = here.arrival();
  // These would have the place of the first one.
  for (int i = 2; i < 5; ++i)
    REQUIRE(call(f, "total", all(i)));
  here.release();
  REQUIRE(goes_away(process));
  CHECK(text_of(file) == "True 1.0");
  // The place of the first one is free again.
  for (int i = 0; i < 40; ++i)
    REQUIRE(call(f, "total", all(i)));
}

// -- memory -------------------------------------------------------------------

namespace {

size_t pages_behind(const unique_fd& fd) {
  struct stat status {};
  REQUIRE(::fstat(fd.get(), &status) == 0);
  return static_cast<size_t>(status.st_blocks) * 512 / 4096;
}

void* map(const unique_fd& fd, int access) {
  auto result = ::mmap(nullptr, 4096, access, MAP_SHARED, fd.get(), 0);
  return result == MAP_FAILED ? nullptr : result;
}

} // namespace

TEST_CASE("pages of an arena go back though others have it mapped", "[arena]") {
  auto memory = std::make_shared<host_arena>(1 << 20);
  auto theirs = memory->foreign_descriptor();
  auto block = memory->take(1 << 19);
  REQUIRE(block);
  std::fill_n(block.get(), 1 << 19, 'x');
  memory.reset();
  CHECK(pages_behind(theirs) >= 128);
  block.reset();
  CHECK(pages_behind(theirs) <= 1);
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
  auto before = pages_behind(theirs);
  block.reset();
  CHECK_FALSE(memory->discard());
  CHECK(pages_behind(theirs) <= before - 62);
  CHECK(std::all_of(kept.get(), kept.get() + 100'000,
                    [](char c) { return c == 'x'; }));
  kept.reset();
  CHECK(memory->discard());
  CHECK(pages_behind(theirs) <= 1);
}

TEST_CASE(
  "a snake that idles gives back pages that held results, though others "
  "are used",
  "[arena]") {
  // The longest wait of all tests: memory is warm for ten seconds.
  pool_fixture f{with_arena(64)};
  auto kept = checked(call(f, "numbers", int64_t{many}));
  auto memory = arena_of(kept.attachments()[0].data)->descriptor();
  CHECK(call(f, "numbers", int64_t{20 * many}));
  CHECK(pages_behind(memory) > 4'000);
  CHECK(eventually([&] { return pages_behind(memory) < 400; },
                   std::chrono::seconds(30)));
  CHECK((content(checked(kept.as<ndarray>())) == numbers()));
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
    CHECK(snake_run(f.self, each, {"arrays", "numbers", int64_t{many}}, keep));
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

// -- limits -------------------------------------------------------------------

TEST_CASE("what many arrays need beside their bytes counts for max-frame-mb",
          "[arrays][limits]") {
  auto options = with_arena(1);
  options.max_frame_mb = 128;
  pool_fixture f{options};
  // Each is a bit longer than what goes beside: the bytes alone would do.
  CHECK(code_in(call(f, "many", int64_t{2'046})) == errc::unencodable);
  CHECK(checked(call<std::vector<ndarray>>(f, "many", int64_t{2'000})).size()
        == 2'000);
}

TEST_CASE("arrays count for max-frame-mb", "[arrays][limits]") {
  auto options = with_arena(16);
  options.max_frame_mb = 1;
  pool_fixture f{options};
  CHECK(call(f, "doubled", ndarray::take(numbers())));
  CHECK(code_in(call(f, "numbers", int64_t{2 * many})) == errc::unencodable);
  std::vector<double> longer(2 * many);
  CHECK(code_in(call(f, "total", ndarray::take(std::move(longer))))
        == errc::unencodable);
  CHECK(call(f, "doubled", ndarray::take(numbers())));
}
