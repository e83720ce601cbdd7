// Two calls on the same snake: the second one needs what the first one left in
// the memory of the Python process.

#include <venomous/venomous.hpp>

#include <iostream>

namespace {

int fail(const caf::error& err) {
  std::cerr << venomous::describe(err) << '\n';
  return 1;
}

int run(venomous::pool& pool) {
  caf::scoped_actor self{pool.system()};
  auto snake = venomous::retrieve_snake_wait(self, pool.manager());
  if (!snake)
    return fail(snake.error());
  // A lease ends with the first call unless one asks to keep it.
  venomous::python_options keep{.keep_snake = true};
  auto seeded = venomous::snake_run(self, *snake, {"random", "seed", 42}, keep);
  if (!seeded)
    return fail(seeded.error());
  auto number =
    venomous::snake_run<int>(self, *snake, {"random", "randint", 1, 100});
  if (!number)
    return fail(number.error());
  std::cout << "the first number after seed 42 is " << *number << '\n';
  // That call has given the snake back, so there is no lease any more.
  auto late = venomous::snake_run(self, *snake, {"random", "random"});
  if (!late)
    std::cout << "too late: " << venomous::describe(late.error()) << '\n';
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  return venomous::exec_main(argc, argv, run);
}
