#include "actors/base/snake_lifecycle.hpp"

#include "tests/catch.hpp"

#include <map>
#include <utility>
#include <vector>

using namespace venomous;

namespace {

using life_state = snake_lifecycle::state;
using life_transition = bool (snake_lifecycle::*)() noexcept;

/// Each transition by its name.
const std::vector<std::pair<const char*, life_transition>> life_transitions = {
  {"serve", &snake_lifecycle::serve},
  {"fail_start", &snake_lifecycle::fail_start},
  {"end", &snake_lifecycle::end},
  {"exit", &snake_lifecycle::exit},
};

/// Where they lead to, in that order.
const std::map<life_state, std::vector<life_state>> state_table = {
  {life_state::starting,
   {life_state::serving, life_state::ending, life_state::ending,
    life_state::ended}},
  {life_state::serving,
   {life_state::serving, life_state::serving, life_state::ending,
    life_state::ended}},
  {life_state::ending,
   {life_state::ending, life_state::ending, life_state::ending,
    life_state::ended}},
  {life_state::ended,
   {life_state::ended, life_state::ended, life_state::ended,
    life_state::ended}},
};

snake_lifecycle snake_in(life_state wanted) {
  snake_lifecycle result;
  if (wanted != life_state::starting)
    result.serve();
  if (wanted >= life_state::ending)
    result.end();
  if (wanted == life_state::ended)
    result.exit();
  return result;
}

} // namespace

TEST_CASE("each transition leads from each state to the one in the table",
          "[snake_lifecycle]") {
  for (auto& [from, targets] : state_table) {
    for (size_t i = 0; i < life_transitions.size(); ++i) {
      auto [name, step] = life_transitions[i];
      INFO(name << " in state " << static_cast<int>(from));
      auto snake = snake_in(from);
      REQUIRE(snake.current() == from);
      CHECK((snake.*step)() == (targets[i] != from));
      CHECK(snake.current() == targets[i]);
    }
  }
}

TEST_CASE("a snake begins its life by starting", "[snake_lifecycle]") {
  snake_lifecycle snake;
  CHECK(snake.is_starting());
  CHECK_FALSE(snake.is_serving());
  CHECK_FALSE(snake.is_ending());
  CHECK_FALSE(snake.has_served());
  CHECK_FALSE(snake.is_proved());
  CHECK_FALSE(snake.is_end_requested());
  CHECK(snake.fault().empty());
}

TEST_CASE("a snake that is gone is known to have served", "[snake_lifecycle]") {
  auto snake = snake_in(life_state::ended);
  CHECK(snake.is_ending());
  CHECK(snake.has_served());
}

TEST_CASE("a snake that ended before it was ready has not served",
          "[snake_lifecycle]") {
  snake_lifecycle snake;
  snake.end();
  CHECK_FALSE(snake.serve());
  snake.exit();
  CHECK_FALSE(snake.has_served());
}

TEST_CASE("the first answer of a snake proves it", "[snake_lifecycle]") {
  auto snake = snake_in(life_state::serving);
  CHECK(snake.prove());
  CHECK_FALSE(snake.prove());
  CHECK(snake.is_proved());
}

TEST_CASE("an end may be requested after it has begun", "[snake_lifecycle]") {
  auto snake = snake_in(life_state::ending);
  CHECK_FALSE(snake.is_end_requested());
  snake.request_end();
  CHECK(snake.is_end_requested());
  CHECK(snake.current() == life_state::ending);
}

TEST_CASE("a fault moves no snake to another state", "[snake_lifecycle]") {
  auto snake = snake_in(life_state::serving);
  snake.set_fault("broke the protocol");
  CHECK(snake.fault() == "broke the protocol");
  CHECK(snake.is_serving());
}
