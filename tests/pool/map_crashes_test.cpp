#include "tests/pool/maps.hpp"

#include <cstring>
#include <span>

/// @file
/// Items of maps that end their process, or write what they should not.

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

using Catch::Matchers::ContainsSubstring;

namespace {

/// A result as it stands in the body of a frame.
bytes result_entry(uint32_t first, uint8_t kind, uint32_t length,
                   std::string_view body) {
  std::string text(9, '\0');
  std::memcpy(text.data(), &first, 4);
  text[4] = static_cast<char>(kind);
  std::memcpy(text.data() + 5, &length, 4);
  text += body;
  auto raw = std::as_bytes(std::span{text});
  return {raw.begin(), raw.end()};
}

bytes word(uint64_t x) {
  auto raw = std::as_bytes(std::span{&x, 1});
  return {raw.begin(), raw.end()};
}

} // namespace

// -- items that end their process ---------------------------------------------

TEST_CASE("an item that ends its process costs no other, and none runs twice",
          "[map][concurrency]") {
  auto how = GENERATE(as<std::string>{}, "segfault", "kill", "exit");
  auto snakes = GENERATE(1, 3);
  pool_fixture f{small_pool(static_cast<size_t>(snakes))};
  temporary_folder folder;
  auto items = tasks(200, folder / "notes");
  for (size_t i : {0, 90, 91, 150, 199})
    items[i].action = how;
  auto got = checked(python_map(f.self, f.manager, work(items)));
  CHECK(has_numbers(got));
  CHECK(each_ran_once(folder / "notes", 200));
  REQUIRE(got.errors.size() == 5);
  CHECK(got.errors[0].index == 0);
  CHECK(got.errors[1].index == 90);
  CHECK(got.errors[2].index == 91);
  CHECK(got.errors[3].index == 150);
  CHECK(got.errors[4].index == 199);
  for (size_t i = 0; i < 5; ++i)
    CHECK(code_of_error(got, i) == errc::python_died);
  CHECK_THAT(describe(got.errors[0].why),
             ContainsSubstring("while it ran snakes.work"));
}

TEST_CASE("of items that end their processes in turn each costs itself only",
          "[map][concurrency]") {
  pool_fixture f{small_pool(1)};
  temporary_folder folder;
  auto items = tasks(40, folder / "notes");
  for (size_t i = 0; i < items.size(); i += 2)
    items[i].action = "kill";
  auto got = checked(python_map(f.self, f.manager, work(items)));
  CHECK(has_numbers(got));
  CHECK(got.errors.size() == 20);
  CHECK(each_ran_once(folder / "notes", 40));
}

TEST_CASE("a child that comes out of the import of a function runs no item",
          "[map]") {
  temporary_folder folder;
  folder.write("forking.py", "import os\nos.fork()\nfrom snakes import note\n");
  auto options = small_pool(1);
  options.module_paths.push_back(folder.path());
  pool_fixture f{options};
  auto notes = folder / "notes";
  std::vector<std::string> items(3, notes.string());
  auto got = checked(python_map(f.self, f.manager, {"forking", "note", items}));
  CHECK(got.errors.empty());
  f.stop();
  CHECK(lines_in(notes) == 3);
}

TEST_CASE("an item that takes too long costs no other", "[map][concurrency]") {
  pool_fixture f{small_pool(2)};
  temporary_folder folder;
  auto items = tasks(200, folder / "notes");
  items[100].action = "hang";
  items[160].action = "hang";
  auto got = checked(
    python_map(f.self, f.manager, work(items), with_timeout_of_item(500ms)));
  CHECK(has_numbers(got));
  CHECK(each_ran_once(folder / "notes", 200));
  REQUIRE(got.errors.size() == 2);
  CHECK(got.errors[0].index == 100);
  CHECK(code_of_error(got, 0) == errc::timeout);
  CHECK_THAT(describe(got.errors[0].why),
             ContainsSubstring("snakes.work ran for longer than 500 ms"));
  CHECK(got.errors[1].index == 160);
  CHECK(code_of_error(got, 1) == errc::timeout);
}

TEST_CASE("the timeout is that of one item", "[map]") {
  pool_fixture f{small_pool(1)};
  std::vector<double> items(60, 0.01);
  auto got = checked(python_map(f.self, f.manager,
                                {"snakes", "sleep_and_tell_pid", items},
                                with_timeout_of_item(500ms)));
  CHECK(got.errors.empty());
}

TEST_CASE("an item whose snake is slain costs no other", "[map][concurrency]") {
  pool_fixture f{small_pool(1)};
  temporary_folder folder;
  rendezvous here;
  auto items = tasks(100, folder / "notes");
  items[50].action = "meet";
  items[50].path = here.path();
  messages api{f};
  auto map = api.start_python_map(work(items));
  auto process = here.arrival();
  for (auto& victim : f.alive())
    if (victim.os_pid == process)
      CHECK(checked(slay_python_worker(f.self, f.manager, victim)));
  auto got = checked(map.get());
  here.close();
  CHECK(has_numbers(got));
  CHECK(each_ran_once(folder / "notes", 100));
  REQUIRE(got.errors.size() == 1);
  CHECK(got.errors[0].index == 50);
  CHECK_THAT(describe(got.errors[0].why), ContainsSubstring("was slain"));
}

// -- snakes that write what they should not -----------------------------------

TEST_CASE("nonsense in the memory of a snake that dies is no result",
          "[map][protocol]") {
  using piece = std::pair<uint64_t, bytes>;
  constexpr uint64_t items_word = 8;
  constexpr uint64_t published_word = 16;
  constexpr uint64_t results = 4096;
  std::vector<piece> pieces;
  SECTION("bytes of any kind, more of them than there is room for") {
    pieces = {{results, bytes(65'536, std::byte{0xff})},
              {published_word, word(~uint64_t{0})}};
  }
  SECTION("a result of a length that is none") {
    pieces = {{results, result_entry(0, 18, ~uint32_t{0}, "\x07")},
              {published_word, word(10)}};
  }
  SECTION("a result of a kind that is none") {
    pieces = {{results, result_entry(0, 99, 1, "\x07")},
              {published_word, word(10)}};
  }
  SECTION("a result of an item that is not begun") {
    pieces = {{results, result_entry(1'000, 18, 1, "\x07")},
              {published_word, word(10)}};
  }
  SECTION("the word that tells what is begun") {
    pieces = {{items_word, word(~uint64_t{0})}};
  }
  SECTION("more items begun than there are") {
    pieces = {{items_word + 3, bytes(1, std::byte{0x7f})}};
  }
  pool_fixture f{small_pool(1)};
  std::vector<std::vector<piece>> items(40);
  items[0] = pieces;
  auto got = checked(
    python_map(f.self, f.manager, {"forging", "write_to_ledger", items}));
  REQUIRE(got.errors.size() == 1);
  CHECK(got.errors[0].index == 0);
  CHECK(code_of_error(got, 0) == errc::python_died);
}

TEST_CASE("results of a chunk that do not follow those before end its snake",
          "[map][protocol]") {
  bytes forged;
  SECTION("with the number of another item") {
    forged = result_entry(3, 18, 1, "\x07");
  }
  SECTION("with more than the chunk has") {
    forged = result_entry(0, 18, 1, "\x07");
    auto again = forged;
    forged.insert(forged.end(), again.begin() + 4, again.end());
  }
  SECTION("cut off") {
    forged = result_entry(0, 18, 2, "\x07");
  }
  SECTION("that say that nothing is begun") {
    forged = bytes(4, std::byte{0});
  }
  pool_fixture f{small_pool(1)};
  std::vector<bytes> items(40);
  items[0] = forged;
  auto got =
    checked(python_map(f.self, f.manager, {"forging", "forge_results", items}));
  REQUIRE(got.errors.size() == 1);
  CHECK(got.errors[0].index == 0);
  CHECK(code_of_error(got, 0) == errc::python_died);
  CHECK_THAT(describe(got.errors[0].why),
             ContainsSubstring("broke the protocol"));
}
