#include "tests/pool/long_arrays.hpp"

#include "python_bridge/memory/host_arena.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

/// @file
/// Values do not change, however Python writes to the arrays in them.

using namespace venomous;
using namespace venomous::test;

namespace {

/// Short arrays travel otherwise than long ones, without a visible difference.
size_t short_or_long() {
  return GENERATE(size_t{1'000}, long_length);
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
  auto shared = checked(call(f, "added", ndarray::take(zeros(long_length))));
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
    REQUIRE(checked(checked(each.get()).as<double>()) == 2.0 * long_length);
  CHECK((content(checked(shared.as<ndarray>())) == ones(long_length)));
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
    auto result = checked(call(f, func, ndarray::take(long_numbers())));
    REQUIRE(result.attachments().size() == 1);
    return lies_in_argument(result);
  };
  CHECK(returned("identity"));
  CHECK(returned("added"));
  CHECK(returned("last_half"));
  CHECK_FALSE(returned("doubled"));
  CHECK_FALSE(returned("remember_and_return"));
}
