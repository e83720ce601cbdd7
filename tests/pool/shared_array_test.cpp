#include "venomous/shared_arena.hpp"

#include "tests/pool/long_arrays.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

/// @file
/// Long arrays lie in memory that the host shares with snakes.

using namespace venomous;
using namespace venomous::test;

using namespace std::chrono_literals;

using Catch::Matchers::ContainsSubstring;

// -- what passes --------------------------------------------------------------

TEST_CASE("a long array comes through whatever room there is",
          "[arrays][arena]") {
  auto megabytes = GENERATE(size_t{0}, size_t{1}, size_t{4}, size_t{256});
  INFO("arena of " << megabytes << " MB");
  pool_fixture f{with_arena(megabytes)};
  for (double first : {0.0, 1.0, 2.0})
    CHECK((content(checked(
             call<ndarray>(f, "identity", ndarray::take(long_numbers(first)))))
           == long_numbers(first)));
  CHECK((
    content(checked(call<ndarray>(f, "doubled", ndarray::take(long_numbers()))))
    == content(checked(
      call<ndarray>(f, "doubled_in_place", ndarray::take(long_numbers()))))));
}

TEST_CASE("several long arrays keep their order", "[arrays][arena]") {
  auto megabytes = GENERATE(size_t{0}, size_t{1}, size_t{256});
  pool_fixture f{with_arena(megabytes)};
  std::vector<ndarray> sent;
  for (int i = 0; i < 5; ++i)
    sent.push_back(ndarray::take(long_numbers(i)));
  auto got = checked(python_wait<std::vector<ndarray>>(
    f.self, f.manager,
    snake_args{"arrays", "reversed_list", sent}.kwargs({{"last", sent[2]}})));
  REQUIRE(got.size() == 6);
  for (int i = 0; i < 5; ++i)
    CHECK((content(got[static_cast<size_t>(i)]) == long_numbers(4 - i)));
  CHECK((content(got[5]) == long_numbers(2)));
}

TEST_CASE("a part of a value has the arrays that are in there",
          "[arrays][arena]") {
  std::vector<value> parts{ndarray::take(long_numbers(1)), 7,
                           ndarray::take(long_numbers(2))};
  value all{parts};
  CHECK(all.attachments().size() == 2);
  auto back = checked(all.as<std::vector<value>>());
  CHECK(back[0].attachments().size() == 1);
  CHECK(back[1].attachments().empty());
  CHECK((content(checked(back[2].as<ndarray>())) == long_numbers(2)));
  CHECK(back == parts);
  CHECK(back[0] != back[2]);
}

TEST_CASE("an array lies where it is until somebody decodes it",
          "[arrays][arena]") {
  auto array = ndarray::take(long_numbers());
  value x{array};
  CHECK(checked(checked(x.as<ndarray>()).span<double>()).data()
        == checked(array.span<double>()).data());
}

TEST_CASE("a value with long arrays is no item of a map", "[arrays]") {
  std::vector<value> items{ndarray::take(long_numbers())};
  CHECK_THROWS_AS((map_args{"arrays", "total", items}), std::invalid_argument);
}

TEST_CASE("long arrays are items of a map", "[arrays]") {
  pool_fixture f{with_arena(16)};
  std::vector<ndarray> items{ndarray::take(long_numbers()),
                             ndarray::take(long_numbers(1))};
  auto got =
    checked(python_map<double>(f.self, f.manager, {"arrays", "total", items}));
  CHECK(got.errors.empty());
}

// -- memory of the pool -------------------------------------------------------

TEST_CASE("Python writes into memory of the pool", "[arrays][arena]") {
  pool_fixture f{with_arena(16)};
  shared_arena memory{16 << 20};
  auto from = checked(memory.allocate<double>({long_length}));
  auto to = checked(memory.allocate<double>({long_length}));
  std::ranges::copy(long_numbers(),
                    checked(from.mutable_span<double>()).begin());
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
          == checked(to.span<double>()).data() + long_length / 2);
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
  auto all = checked(memory.allocate<double>({long_length}));
  std::ranges::copy(long_numbers(),
                    checked(all.mutable_span<double>()).begin());
  auto part = all.slice(long_length / 4, long_length);
  for (int i = 0; i < 20; ++i) {
    auto got = checked(python_wait<std::vector<ndarray>>(
      f.self, f.manager,
      snake_args{"arrays", "reversed_list", std::vector{all, part, all}}.kwargs(
        {{"last", part}})));
    REQUIRE(got.size() == 4);
    CHECK((content(got[0]) == long_numbers()));
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
      array = memory.allocate<double>({long_length});
      return static_cast<bool>(array);
    }));
    CHECK(call<ndarray>(f, "identity", *array));
  }
}

TEST_CASE("memory of the pool that Python keeps beyond the call is free soon "
          "after, too",
          "[arrays][arena]") {
  pool_fixture f{with_arena(16)};
  shared_arena memory{1 << 20};
  rendezvous here;
  {
    auto array = checked(memory.allocate<double>({long_length}));
    CHECK(call(f, "keep_until", array, here.path()));
  }
  here.arrival();
  CHECK_FALSE(memory.allocate<double>({long_length}));
  here.close();
  CHECK(eventually(
    [&] { return static_cast<bool>(memory.allocate<double>({long_length})); },
    5s));
}

TEST_CASE("memory of the pool has an end", "[arrays][arena]") {
  shared_arena memory{1 << 20};
  auto first = checked(memory.allocate<double>({long_length}));
  auto second = memory.allocate<double>({long_length});
  CHECK(code_in(second) == errc::arena_full);
  CHECK_THAT(text_in(second), ContainsSubstring("arena-mb"));
  first = ndarray{};
  CHECK(memory.allocate<double>({long_length}));
  CHECK(code_in(shared_arena{0}.allocate<double>({1})) == errc::arena_full);
  CHECK(code_in(memory.allocate<double>({~size_t{0}, 8})) == errc::bad_options);
}

TEST_CASE("each snake sees memory of the pool", "[arrays][arena]") {
  pool_fixture f{with_arena(16, 3)};
  shared_arena memory{16 << 20};
  auto array = checked(memory.allocate<double>({long_length}));
  std::ranges::copy(long_numbers(),
                    checked(array.mutable_span<double>()).begin());
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
  auto result = checked(snake_run(
    f.self, snakes[0], {"arrays", "numbers", int64_t{long_length}}, keep));
  REQUIRE(result.attachments().size() == 1);
  auto place = result.attachments()[0].data.get();
  for (size_t i = 0; i < 3; ++i) {
    auto back = checked(
      snake_run(f.self, snakes[i], {"arrays", "identity", result}, keep));
    REQUIRE(back.attachments().size() == 1);
    CHECK(back.attachments()[0].data.get() == place);
  }
  CHECK((content(checked(result.as<ndarray>())) == long_numbers()));
}

TEST_CASE("a result outlives its snake, with other snakes too",
          "[arrays][arena]") {
  pool_fixture f{with_arena(16, 2)};
  auto snakes = checked(get_snakes_ready(f.self, f.manager, 2));
  REQUIRE(snakes.size() == 2);
  auto keep = python_options{.keep_snake = true};
  auto result = checked(snake_run(
    f.self, snakes[0], {"arrays", "numbers", int64_t{long_length}}, keep));
  CHECK(snake_run(f.self, snakes[1], {"arrays", "remember", result}, keep));
  auto pid = checked(snake_run<int>(f.self, snakes[0], {"os", "getpid"}, keep));
  CHECK(checked(slay_python_worker(f.self, f.manager, snakes[0])));
  CHECK(goes_away(pid));
  CHECK((content(checked(result.as<ndarray>())) == long_numbers()));
  result = {};
  auto remembered = checked(
    snake_run<ndarray>(f.self, snakes[1], {"arrays", "remembered"}, keep));
  CHECK((content(remembered) == long_numbers()));
}

TEST_CASE("a snake sees arrays of more snakes than it maps at a time",
          "[arrays][arena]") {
  auto options = with_arena(4, 2);
  options.max_calls = 2;
  pool_fixture f{options};
  std::vector<value> results;
  for (int i = 0; i < 60; ++i)
    results.push_back(checked(call(f, "numbers", int64_t{long_length})));
  for (auto& x : results)
    REQUIRE((content(checked(call<ndarray>(f, "doubled", x)))[7] == 14.0));
  std::vector<value> all{results.begin(), results.begin() + 40};
  CHECK(checked(call<int>(f, "count", all)) == 40);
}

// -- as long as somebody sees it ----------------------------------------------

TEST_CASE("memory is not used again while Python shows it", "[arrays][arena]") {
  // There is room for two of them.
  pool_fixture f{with_arena(4)};
  CHECK(call(f, "remember", ndarray::take(long_numbers(1))));
  for (int i = 0; i < 20; ++i)
    CHECK((content(checked(
             call<ndarray>(f, "identity", ndarray::take(long_numbers(i)))))
           == long_numbers(i)));
  CHECK((content(checked(call<ndarray>(f, "remembered"))) == long_numbers(1)));
  SECTION("not even if only a part is shown") {
    CHECK(call(f, "remember_part", ndarray::take(long_numbers(5))));
    for (int i = 0; i < 20; ++i)
      CHECK(call(f, "doubled_in_place", ndarray::take(long_numbers(i))));
    CHECK(checked(call<std::vector<double>>(f, "remembered"))
          == std::vector<double>{5, 6, 7});
  }
}

TEST_CASE("memory is used again when Python shows it no more",
          "[arrays][arena]") {
  pool_fixture f{with_arena(2)};
  auto address = [&] {
    return checked(call<uint64_t>(f, "address", ndarray::take(long_numbers())));
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
  auto total = checked(call<double>(f, "total", ndarray::take(long_numbers())));
  CHECK(
    checked(call<double>(f, "total_in_child", ndarray::take(long_numbers())))
    == total);
  CHECK(call(f, "remember", ndarray::take(long_numbers(3))));
  CHECK(
    checked(call<double>(f, "total_in_child", ndarray::take(long_numbers())))
    == total);
  CHECK((content(checked(call<ndarray>(f, "remembered"))) == long_numbers(3)));
}

TEST_CASE("what a snake forks keeps its arguments when the call is over",
          "[arrays][arena]") {
  pool_fixture f{with_arena(16)};
  rendezvous here;
  temporary_folder folder;
  auto file = (folder / "seen").string();
  auto all = [](double x) {
    return ndarray::take(std::vector<double>(long_length, x));
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
  CHECK(call(f, "doubled", ndarray::take(long_numbers())));
  CHECK(code_in(call(f, "numbers", int64_t{2 * long_length}))
        == errc::unencodable);
  std::vector<double> longer(2 * long_length);
  CHECK(code_in(call(f, "total", ndarray::take(std::move(longer))))
        == errc::unencodable);
  CHECK(call(f, "doubled", ndarray::take(long_numbers())));
}
