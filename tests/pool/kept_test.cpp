#include "tests/facades.hpp"
#include "tests/through_network.hpp"

#include "venomous/kept.hpp"

#include <csignal>
#include <map>
#include <string>
#include <thread>
#include <vector>

/// @file
/// Objects that stay in their snake while C++ refers to them.

using namespace venomous;
using namespace venomous::test;
using namespace std::literals;

using Catch::Matchers::ContainsSubstring;

namespace {

snake_args make() {
  return {"keeping", "make"};
}

/// Returns how many objects the only snake of a pool keeps.
template <class Api>
int count(Api& api) {
  return checked(api.template python_wait<int>({"keeping", "count"}));
}

/// Has each of these snakes keep an object, and gives it back.
template <class Api>
std::vector<kept> keep_on_each(Api& api, const std::vector<snake>& leased) {
  std::vector<kept> result;
  for (auto& lease : leased)
    result.push_back(checked(api.template snake_run<kept>(lease, make())));
  return result;
}

} // namespace

BOTH_WAYS("a kept object is the very object in later calls", "[kept]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto model =
    checked(api.template python_wait<kept>({"keeping", "remember", "a"}));
  CHECK(model);
  CHECK(model.type() == "keeping.Model");
  CHECK(model.snake() == 1);
  CHECK(checked(api.template python_wait<bool>({"keeping", "is_last", model})));
  for (auto i = 1; i <= 3; ++i)
    CHECK(checked(api.template python_wait<int>({"keeping", "ask", model, i}))
          == i);
}

BOTH_WAYS("kept objects may be anywhere in arguments and results", "[kept]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto all = checked(api.python_wait({"keeping", "several", 3}));
  auto fields = checked(all.template as<std::map<std::string, value>>());
  auto models = checked(fields["all"].template as<std::vector<kept>>());
  REQUIRE(models.size() == 3);
  std::swap(models[0], models[2]);
  using strings = std::vector<std::string>;
  CHECK(checked(api.template python_wait<strings>({"keeping", "names", models}))
        == strings{"2", "1", "0"});
  CHECK(checked(api.template python_wait<strings>(
          {"keeping", "names", fields["all"]}))
        == strings{"0", "1", "2"});
  auto by_keyword =
    snake_args{"keeping", "name_by_keyword"}.kwargs({{"model", models[0]}});
  CHECK(checked(api.template python_wait<std::string>(by_keyword)) == "2");
  CHECK(to_string(value{models}).substr(0, 21) == "[<kept keeping.Model>");
  CHECK(models[0] == checked(value{models[0]}.template as<kept>()));
  CHECK(models[0] != models[1]);
}

BOTH_WAYS("kept objects travel with long arrays", "[kept]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  for (auto size : {10, 100'000}) {
    auto result = checked(api.python_wait({"keeping", "with_array", size}));
    auto fields = checked(result.template as<std::map<std::string, value>>());
    CHECK(checked(api.template python_wait<std::string>(
            {"keeping", "sum_by", fields["model"], fields["array"],
             fields["other"]}))
          == "model " + (size == 10 ? "10"s : "100000"s) + " other");
  }
}

BOTH_WAYS("a reference to nothing is None", "[kept]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  CHECK(!kept{});
  CHECK(kept{} == kept{});
  CHECK(kept{}.snake() == 0);
  CHECK(kept{}.type().empty());
  CHECK(
    checked(api.template python_wait<std::string>({"snakes", "show", kept{}}))
    == "NoneType None");
}

BOTH_WAYS("only a kept object decodes as one", "[kept]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto number = api.template python_wait<kept>({"snakes", "identity", 1});
  CHECK(code_in(number) == errc::undecodable);
  CHECK_THAT(text_in(number),
             ContainsSubstring("expected kept object, got int"));
}

BOTH_WAYS("an object is let go with the last copy of its reference", "[kept]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto model = checked(api.template python_wait<kept>(make()));
  auto copy = model;
  CHECK(count(api) == 1);
  model = {};
  CHECK(count(api) == 1);
  value inside{std::vector{copy}};
  copy = {};
  CHECK(count(api) == 1);
  inside = {};
  CHECK(count(api) == 0);
}

BOTH_WAYS("a result that nobody looks into lets its objects go", "[kept]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  for (auto n : {1, 100, 20'000}) {
    checked(api.python_wait({"keeping", "several", n}));
    CHECK(count(api) == 0);
  }
}

BOTH_WAYS("any thread may drop the last copy", "[kept]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto all = checked(api.python_wait({"keeping", "several", 100}));
  auto fields = checked(all.template as<std::map<std::string, value>>());
  auto models = checked(fields["all"].template as<std::vector<kept>>());
  all = {};
  fields.clear();
  CHECK(count(api) == 100);
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < 4; ++i)
    threads.emplace_back([&models, i] {
      for (auto k = i; k < models.size(); k += 4)
        models[k] = {};
    });
  threads.clear();
  CHECK(count(api) == 0);
}

BOTH_WAYS("ten thousand objects that come and go leave nothing", "[kept]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  for (auto i = 0; i < 100; ++i)
    checked(api.python_wait({"keeping", "several", 100}));
  CHECK(count(api) == 0);
}

BOTH_WAYS("a call that fails keeps nothing of its result", "[kept]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  CHECK(code_in(api.python_wait({"keeping", "half_way"})) == errc::unencodable);
  CHECK(count(api) == 0);
}

BOTH_WAYS("what a call returns after it was taken back is let go", "[kept]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  rendezvous here;
  auto token = new_call_token();
  auto late = api.start_python_wait({"keeping", "make_late", here.path()},
                                    with_token(token));
  here.arrival();
  CHECK(checked(api.cancel(token)));
  CHECK(code_in(late.get()) == errc::cancelled);
  CHECK(count(api) == 0);
}

BOTH_WAYS("an item of a map can neither keep an object nor have one",
          "[kept]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto results =
    checked(api.python_map({"keeping", "keep_item", std::vector{1, 2}}));
  REQUIRE(results.errors.size() == 2);
  CHECK(code_of(results.errors[0].why) == errc::unencodable);
  CHECK_THAT(describe(results.errors[0].why),
             ContainsSubstring("only the result of a call"));
  auto model = checked(api.template python_wait<kept>(make()));
  CHECK_THROWS_AS((map_args{"keeping", "pid_of", std::vector{model}}),
                  std::invalid_argument);
  CHECK(count(api) == 1);
}

BOTH_WAYS("a reference is lost on the way through a network", "[kept]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto model = checked(api.python_wait(make()));
  value lost;
  REQUIRE_FALSE(through_network(&f.system, model, lost));
  auto decoded = lost.template as<kept>();
  CHECK(code_in(decoded) == errc::undecodable);
  CHECK_THAT(text_in(decoded), ContainsSubstring("lost on its way"));
  auto passed = api.python_wait({"keeping", "ask", lost, 1});
  CHECK(code_in(passed) == errc::undecodable);
  CHECK_THAT(text_in(passed), ContainsSubstring("args[0]: a kept object whose "
                                                "reference was lost"));
  std::vector mixed{lost, model};
  auto both = checked(value{mixed}.template as<std::vector<value>>());
  CHECK(both[0].kept().empty());
  CHECK(both[1].kept().size() == 1);
}

BOTH_WAYS("a reference that was made up is an error", "[kept]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto model = checked(api.python_wait(make()));
  std::string bytes{model.bytes().begin(), model.bytes().end()};
  // Behind the head of an extension of 16 + 13 bytes there are key and number.
  ++bytes[3 + 8];
  auto number =
    api.python_wait({"keeping", "ask", value::from_bytes(bytes), 1});
  CHECK(code_in(number) == errc::undecodable);
  CHECK_THAT(text_in(number), ContainsSubstring("that is not here"));
  auto cut =
    api.python_wait({"keeping", "ask", value::from_bytes("\xc7\x01\x13x"), 1});
  CHECK_THAT(text_in(cut), ContainsSubstring("a kept object that is cut off"));
  CHECK(count(api) == 1);
}

BOTH_WAYS("an object that raises as it is let go ends nothing", "[kept]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  checked(api.python_wait({"keeping", "mourned", "raises"}));
  CHECK(count(api) == 0);
  CHECK(checked(api.list_alive_snakes())[0].id == 1);
}

BOTH_WAYS("an object that ends its process as it is let go ends no call",
          "[kept]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto before = checked(api.template python_wait<int>({"os", "getpid"}));
  checked(api.python_wait({"keeping", "mourned", "dies"}));
  CHECK(checked(api.template python_wait<int>({"os", "getpid"})) != before);
}

BOTH_WAYS("references may outlive their pool", "[kept]") {
  kept model;
  value inside;
  {
    pool_fixture f{small_pool(1)};
    TestType api{f};
    model = checked(api.template python_wait<kept>(make()));
    inside = checked(api.python_wait(make()));
  }
  std::jthread{[&inside] {
    inside = {};
  }};
  pool_fixture f{small_pool(1)};
  TestType api{f};
  checked(api.template python_wait<int>({"os", "getpid"}));
  auto other = api.python_wait({"keeping", "ask", model, 1});
  CHECK(code_in(other) == errc::snake_gone);
  CHECK(checked(api.template python_wait<int>({"snakes", "identity", 1})) == 1);
}

BOTH_WAYS("a lease runs what has its objects, and nothing of others",
          "[kept]") {
  pool_fixture f{small_pool(2)};
  TestType api{f};
  auto leased = checked(api.get_snakes_ready(2));
  REQUIRE(leased.size() == 2);
  auto model =
    checked(api.template snake_run<kept>(leased[0], make(), keep_snake()));
  CHECK(checked(api.template snake_run<int>(
          leased[0], {"keeping", "ask", model, 1}, keep_snake()))
        == 1);
  CHECK(code_in(
          api.snake_run(leased[1], {"keeping", "ask", model, 1}, keep_snake()))
        == errc::snake_gone);
}

// -- where calls go -----------------------------------------------------------

BOTH_WAYS("a call goes to the snake that keeps its arguments", "[kept]") {
  pool_fixture f{small_pool(3)};
  TestType api{f};
  auto leased = checked(api.get_snakes_ready(3));
  REQUIRE(leased.size() == 3);
  auto models = keep_on_each(api, leased);
  for (auto round = 0; round < 3; ++round)
    for (size_t i = 0; i < 3; ++i)
      CHECK(checked(api.template python<int>(
              {"keeping", "pid_of", std::vector{models[i]}}))
            == leased[i].os_pid);
}

BOTH_WAYS("a call with objects of two snakes is refused", "[kept]") {
  pool_fixture f{small_pool(2)};
  TestType api{f};
  auto leased = checked(api.get_snakes_ready(2));
  REQUIRE(leased.size() == 2);
  auto models = keep_on_each(api, leased);
  auto both = api.python_wait({"keeping", "pid_of", models[0], models[1]});
  CHECK(code_in(both) == errc::unencodable);
  CHECK_THAT(text_in(both),
             ContainsSubstring("kept by snake 1 and snake 2")
               || ContainsSubstring("kept by snake 2 and snake 1"));
}

BOTH_WAYS("a call waits for its snake while others do not wait for it",
          "[kept]") {
  pool_fixture f{small_pool(2)};
  TestType api{f};
  auto leased = checked(api.retrieve_snake());
  auto model =
    checked(api.template snake_run<kept>(leased, make(), keep_snake()));
  snake_args call{"keeping", "pid_of", model};
  auto refused = api.python(call);
  CHECK(code_in(refused) == errc::no_snake);
  CHECK_THAT(text_in(refused),
             ContainsSubstring("snake 1, which keeps an argument, is busy"));
  auto waiting = api.start_python_wait(call);
  auto other = checked(api.template python_wait<int>(tell_pid()));
  CHECK(other != leased.os_pid);
  CHECK(checked(api.template python<int>(tell_pid())) == other);
  CHECK(waiting.wait_for(0s) == std::future_status::timeout);
  CHECK(checked(api.release_snake(leased)));
  auto pid = waiting.get();
  CHECK(checked(checked(std::move(pid)).template as<int>()) == leased.os_pid);
}

BOTH_WAYS("a call that waits for its snake can be taken back", "[kept]") {
  pool_fixture f{small_pool(1)};
  TestType api{f};
  auto leased = checked(api.retrieve_snake());
  auto model =
    checked(api.template snake_run<kept>(leased, make(), keep_snake()));
  auto token = new_call_token();
  auto waiting =
    api.start_python_wait({"keeping", "pid_of", model}, with_token(token));
  CHECK(eventually([&] { return checked(api.cancel(token)); }));
  CHECK(code_in(waiting.get()) == errc::cancelled);
  python_options brief;
  brief.max_wait = 10ms;
  CHECK(code_in(api.python_wait({"keeping", "pid_of", model}, brief))
        == errc::no_snake);
}

BOTH_WAYS("calls that wait for a snake that ends are told", "[kept]") {
  pool_fixture f{small_pool(2)};
  TestType api{f};
  auto leased = checked(api.retrieve_snake());
  auto model =
    checked(api.template snake_run<kept>(leased, make(), keep_snake()));
  auto token = new_call_token();
  auto waiting =
    api.start_python_wait({"keeping", "pid_of", model}, with_token(token));
  REQUIRE(::kill(leased.os_pid, SIGKILL) == 0);
  auto result = waiting.get();
  CHECK(code_in(result) == errc::snake_gone);
  CHECK_THAT(text_in(result),
             ContainsSubstring("snake 1, which keeps an argument, is gone"));
  CHECK(code_in(api.python_wait({"keeping", "pid_of", model}))
        == errc::snake_gone);
  CHECK(code_in(api.python({"keeping", "pid_of", model})) == errc::snake_gone);
  model = {};
  CHECK(checked(api.template python_wait<int>(tell_pid())) != leased.os_pid);
}

BOTH_WAYS("the cleaner spares a snake that keeps objects", "[kept]") {
  auto options = small_pool(1);
  options.snake_ttl = 1ms;
  options.cleaner_interval = 1h;
  pool_fixture f{options};
  TestType api{f};
  auto model = checked(api.template python_wait<kept>(make()));
  std::this_thread::sleep_for(2ms);
  CHECK(checked(api.clean_inactive_snakes()) == 0);
  model = {};
  CHECK(eventually([&] { return checked(api.clean_inactive_snakes()) == 1; }));
}

BOTH_WAYS("a snake that has had its calls goes though it keeps objects",
          "[kept]") {
  auto options = small_pool(1);
  options.max_calls = 1;
  pool_fixture f{options};
  TestType api{f};
  auto model = checked(api.template python_wait<kept>(make()));
  CHECK(code_in(api.python_wait({"keeping", "ask", model, 1}))
        == errc::snake_gone);
}

BOTH_WAYS("many calls on kept objects are all answered", "[kept]") {
  pool_fixture f{small_pool(2)};
  TestType api{f};
  auto leased = checked(api.get_snakes_ready(2));
  REQUIRE(leased.size() == 2);
  auto models = keep_on_each(api, leased);
  std::vector<std::future<caf::expected<value>>> asked;
  for (auto i = 0; i < 60; ++i) {
    auto& model = models[static_cast<size_t>(i % 2)];
    asked.push_back(i % 3 == 0
                      ? api.start_python_wait(tell_pid())
                      : api.start_python_wait({"keeping", "ask", model, i}));
  }
  for (auto& each : asked)
    CHECK(each.get());
}
