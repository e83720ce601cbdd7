#pragma once

#include "measurement.hpp"

#include "venomous/calls.hpp"
#include "venomous/config.hpp"
#include "venomous/pool.hpp"

#include <stdexcept>
#include <utility>
#include <vector>

namespace measure {

/// The Python module with the functions to call.
inline constexpr const char* functions = "bench.functions";

/// Returns the result, or throws the error.
template <class T>
T get(caf::expected<T>&& result) {
  if (!result)
    throw std::runtime_error(venomous::describe(result.error()));
  return std::move(*result);
}

/// The defaults of the library, except for the number of snakes and the options
/// in `parameters`.
struct pool_config : venomous::config {
  /// @param max_children 0 for as many as are kept warm.
  pool_config(const parameters& params, size_t warm, size_t max_children) {
    if (auto err = parse(params.pool_options))
      throw std::runtime_error(venomous::describe(err));
    pool.perpetual_workers = warm;
    pool.max_children = max_children == 0 ? warm : max_children;
    pool.preload = params.preload;
    pool.module_paths = {BENCHMARK_DIR};
  }
};

/// A pool with ready snakes, and a caller.
class running_pool {
public:
  /// @param warm How many snakes to start at once.
  /// @param max_children 0 for no more than those.
  explicit running_pool(const parameters& params, size_t warm,
                        size_t max_children = 0)
    : config_(params, warm, max_children),
      system(config_),
      pool(system),
      self(system) {
    for (auto& x : lease(warm))
      get(venomous::release_snake(self, manager(), x));
  }

  const venomous::snake_manager_actor& manager() const {
    return pool.manager();
  }

  /// Makes a call that waits in the queue.
  template <class T = venomous::value>
  T call(venomous::snake_args args) {
    return get(venomous::python_wait<T>(self, manager(), std::move(args)));
  }

  /// Leases `n` snakes as soon as they are ready.
  std::vector<venomous::snake> lease(size_t n) {
    std::vector<venomous::snake> result;
    while (result.size() < n)
      result.push_back(get(venomous::retrieve_snake_wait(self, manager())));
    return result;
  }

  std::vector<venomous::snake_info> snakes() {
    return get(venomous::list_alive_snakes(self, manager()));
  }

private:
  pool_config config_;

public:
  caf::actor_system system;
  venomous::pool pool;
  caf::scoped_actor self;
};

/// An answer that is on its way, see `ask`.
using pending_answer = decltype(std::declval<caf::scoped_actor&>()->request(
  std::declval<const venomous::snake_manager_actor&>(), caf::infinite,
  venomous::python_atom_v, std::declval<venomous::snake_args>(),
  venomous::python_options{}));

/// Sends a call that waits in the queue, without waiting for its answer.
inline pending_answer ask(caf::scoped_actor& caller,
                          const venomous::snake_manager_actor& manager,
                          venomous::snake_args args) {
  return caller->request(
    manager, caf::infinite, venomous::python_atom_v, std::move(args),
    venomous::python_options{.busy = venomous::when_busy::wait});
}

/// Waits for an answer that must be a `T`.
template <class T>
T answer(pending_answer& pending) {
  T result{};
  pending.receive([&](const venomous::value& x) { result = get(x.as<T>()); },
                  [](const caf::error& err) {
                    throw std::runtime_error(venomous::describe(err));
                  });
  return result;
}

} // namespace measure
