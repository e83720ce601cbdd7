#include "tests/pool_fixture.hpp"

/// @file
/// Starts that fail: who is told, of what, and what happens next.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

using Catch::Matchers::Contains;

namespace {

using answer = caf::expected<value>;

} // namespace

TEST_CASE("a bridge for another Python is told of to everybody who waits",
          "[start_failed][concurrency]") {
  namespace fs = std::filesystem;
  temporary_folder folder;
  auto copy = folder / "python";
  fs::copy(VENOMOUS_PYTHON_FOLDER, copy, fs::copy_options::recursive);
  fs::path bridge;
  for (auto& entry : fs::directory_iterator{copy / "venomous"})
    if (entry.path().extension() == ".so")
      bridge = entry.path();
  REQUIRE_FALSE(bridge.empty());
  std::string text;
  SECTION("if it is of another version") {
    fs::rename(bridge, copy / "venomous" / "_bridge.cpython-39-other.so");
    text = "cannot load the bridge, which was built for cpython-39";
  }
  SECTION("if it is missing") {
    fs::remove(bridge);
    text = "finds no bridge in " + (copy / "venomous").string();
  }
  auto options = small_pool(2);
  options.python_folder = copy.string();
  pool_fixture f{options};
  caller other{f};
  auto begin = std::chrono::steady_clock::now();
  std::vector<std::future<answer>> calls;
  for (int i = 0; i < 5; ++i)
    calls.push_back(
      other.start<value>(f.manager, python_atom_v, snake_args{"os", "getpid"},
                         python_options{.busy = when_busy::wait}));
  auto lease = other.start<snake>(f.manager, retrieve_snake_atom_v,
                                  python_options{.busy = when_busy::wait});
  for (auto& x : calls) {
    auto got = x.get();
    CHECK(code_in(got) == errc::start_failed);
    CHECK_THAT(text_in(got),
               Contains("ImportError: Python 3.") && Contains(text));
  }
  auto got = lease.get();
  CHECK(code_in(got) == errc::start_failed);
  CHECK_THAT(text_in(got), Contains(text));
  // The interpreter speaks for itself, nobody had to lose patience with it.
  CHECK(std::chrono::steady_clock::now() - begin < options.start_timeout);
}

TEST_CASE("who asks for many snakes is told why there are none",
          "[start_failed]") {
  auto options = small_pool(2);
  options.python_executable = "/bin/false";
  pool_fixture f{options};
  SECTION("from a blocking function") {
    auto none = get_snakes_ready(f.self, f.manager, 2);
    CHECK(code_in(none) == errc::start_failed);
    CHECK_THAT(text_in(none), Contains("/bin/false"));
  }
  SECTION("from an actor") {
    auto none =
      f.ask<std::vector<snake>>(f.manager, get_snakes_ready_atom_v, size_t{5});
    CHECK(code_in(none) == errc::start_failed);
    CHECK_THAT(text_in(none), Contains("/bin/false"));
  }
  SECTION("at once while it is too early for another attempt") {
    for (int i = 0; i < 10; ++i)
      CHECK(code_in(get_snakes_ready(f.self, f.manager, 2))
            == errc::start_failed);
  }
}
