#include "venomous/calls.hpp"

#include "actors/base/pool_thread.hpp"

namespace venomous {

namespace {

caf::error would_block_pool() {
  return caf::make_error(
    errc::bad_options, std::string{"a handler on the thread of a pool must not "
                                   "wait for one"});
}

/// Waits for the answer, however long it takes: there always is one.
template <class T, class Handle, class... Ts>
caf::expected<T> ask(caf::scoped_actor& self, const Handle& actor, Ts&&... xs) {
  if (is_pool_thread())
    return would_block_pool();
  caf::expected<T> result{caf::error{}};
  compat::request(*self, actor, caf::infinite, std::forward<Ts>(xs)...)
    .receive([&](T& answer) { result = std::move(answer); },
             [&](caf::error& err) { result = std::move(err); });
  return result;
}

} // namespace

// -- calls --------------------------------------------------------------------

caf::expected<value> detail::python(const snake_manager_actor& manager,
                                    snake_args&& args,
                                    const python_options& options) {
  if (is_pool_thread())
    return would_block_pool();
  return submit_for_later<value>(manager, std::move(args), options).get();
}

caf::expected<map_results> detail::python_map(
  caf::scoped_actor& self, const snake_manager_actor& manager, map_args&& args,
  map_options options, const std::function<void(size_t, size_t)>& progress) {
  if (!progress)
    return ask<map_results>(self, manager, python_map_atom_v, std::move(args),
                            options);
  if (is_pool_thread())
    return would_block_pool();
  // Its end, should the function throw, is the end of the map.
  caf::scoped_actor caller{self->home_system()};
  options.observer = caf::actor{caller};
  compat::send(*caller, manager, python_map_atom_v, std::move(args), options);
  std::optional<caf::expected<map_results>> result;
  caller->receive_while([&] { return !result; })(
    [&](map_progress_atom, call_token, uint64_t done, uint64_t total) {
      progress(done, total);
    },
    [&](map_results& x) { result.emplace(std::move(x)); },
    [&](caf::error& err) { result.emplace(std::move(err)); });
  return std::move(*result);
}

caf::expected<bool> cancel(caf::scoped_actor& self,
                           const snake_manager_actor& manager,
                           call_token token) {
  return ask<bool>(self, manager, cancel_atom_v, token);
}

// -- leases -------------------------------------------------------------------

caf::expected<snake> retrieve_snake(caf::scoped_actor& self,
                                    const snake_manager_actor& manager,
                                    python_options options) {
  return ask<snake>(self, manager, retrieve_snake_atom_v, options);
}

caf::expected<snake> retrieve_snake_wait(caf::scoped_actor& self,
                                         const snake_manager_actor& manager,
                                         python_options options) {
  options.busy = when_busy::wait;
  return ask<snake>(self, manager, retrieve_snake_atom_v, options);
}

caf::expected<std::vector<snake>> get_snakes_ready(
  caf::scoped_actor& self, const snake_manager_actor& manager, size_t n) {
  return ask<std::vector<snake>>(self, manager, get_snakes_ready_atom_v, n);
}

caf::expected<value> detail::snake_run(caf::scoped_actor& self, const snake& on,
                                       snake_args&& args,
                                       const python_options& options) {
  if (!on.worker)
    return caf::make_error(errc::snake_gone,
                           std::string{"this is not a snake"});
  return ask<value>(self, on.worker, snake_run_atom_v, on, std::move(args),
                    options);
}

caf::expected<bool> release_snake(caf::scoped_actor& self,
                                  const snake_manager_actor& manager,
                                  const snake& leased) {
  return ask<bool>(self, manager, release_snake_atom_v, leased);
}

// -- supervision --------------------------------------------------------------

caf::expected<bool> slay_python_worker(caf::scoped_actor& self,
                                       const snake_manager_actor& manager,
                                       const snake& victim,
                                       termination_style style) {
  return ask<bool>(self, manager, slay_python_worker_atom_v, victim, style);
}

caf::expected<std::vector<snake_info>> list_alive_snakes(
  caf::scoped_actor& self, const snake_manager_actor& manager) {
  return ask<std::vector<snake_info>>(self, manager, list_alive_snakes_atom_v);
}

caf::expected<size_t> clean_inactive_snakes(
  caf::scoped_actor& self, const snake_manager_actor& manager) {
  return ask<size_t>(self, manager, clean_inactive_snakes_atom_v);
}

} // namespace venomous
