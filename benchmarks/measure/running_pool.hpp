#pragma once

#include "measurement.hpp"

#include "venomous/calls.hpp"
#include "venomous/config.hpp"
#include "venomous/pool.hpp"

#include <stdexcept>
#include <utility>
#include <vector>

namespace measure {

/// The Python module with the functions that are called.
inline constexpr const char* functions = "bench.functions";

/// Returns the result, or throws what went wrong.
template <class T>
T get(caf::expected<T>&& result) {
  if (!result)
    throw std::runtime_error(venomous::describe(result.error()));
  return std::move(*result);
}

/// The defaults of the library, but for the number of snakes and what
/// `parameters` asks for.
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

/// A pool with snakes that are ready, and somebody who asks it.
class running_pool {
public:
  /// @param warm How many snakes are started at once.
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

  /// Makes a call that waits in line.
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

/// An answer that is under way, see `ask`.
using pending_answer = decltype(std::declval<caf::scoped_actor&>()->request(
  std::declval<const venomous::snake_manager_actor&>(), caf::infinite,
  venomous::python_atom_v, std::declval<venomous::snake_args>(),
  venomous::python_options{}));

/// Sends a call that waits in line and does not wait for its answer.
inline pending_answer ask(caf::scoped_actor& caller,
                          const venomous::snake_manager_actor& manager,
                          venomous::snake_args args) {
  return caller->request(
    manager, caf::infinite, venomous::python_atom_v, std::move(args),
    venomous::python_options{.busy = venomous::when_busy::wait});
}

/// Waits for an answer that has to be a `T`.
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
