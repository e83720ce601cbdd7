// A coroutine that awaits calls of Python, started by a plain thread. It goes
// on where each answer arrives, on the thread of the pool.

#include <venomous/venomous.hpp>

#include <coroutine>
#include <exception>
#include <future>
#include <iostream>

namespace {

/// A coroutine that nobody waits for: it tells by itself when it is done.
struct detached {
  struct promise_type {
    detached get_return_object() {
      return {};
    }
    std::suspend_never initial_suspend() noexcept {
      return {};
    }
    std::suspend_never final_suspend() noexcept {
      return {};
    }
    void return_void() {}
    void unhandled_exception() {
      std::terminate();
    }
  };
};

const venomous::function<double(double)> square_root{"math", "sqrt"};

detached fourth_root(const venomous::snake_manager_actor& manager, double x,
                     std::promise<caf::expected<double>> result) {
  auto root = co_await square_root.await(manager, x);
  if (root)
    root = co_await square_root.await(manager, *root);
  result.set_value(std::move(root));
}

int run(venomous::pool& pool) {
  for (auto x : {16.0, -16.0}) {
    std::promise<caf::expected<double>> promise;
    auto result = promise.get_future();
    fourth_root(pool, x, std::move(promise));
    if (auto root = result.get())
      std::cout << "the fourth root of " << x << " is " << *root << '\n';
    else
      std::cout << venomous::describe(root.error()) << '\n';
  }
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  return venomous::exec_main(argc, argv, run);
}
