#pragma once

#include "venomous/messages.hpp"
#include "venomous/submit.hpp"

#include <caf/scoped_actor.hpp>

#include <functional>
#include <vector>

/// @file
/// Every request as a function that blocks until the answer is there, for
/// `caf::scoped_actor` and plain code. Actors send the messages of
/// `messages.hpp` instead.

namespace venomous {

namespace detail {

caf::expected<value> python(const snake_manager_actor& manager,
                            snake_args&& args, const python_options& options);

caf::expected<value> snake_run(caf::scoped_actor& self, const snake& on,
                               snake_args&& args,
                               const python_options& options);

caf::expected<map_results> python_map(
  caf::scoped_actor& self, const snake_manager_actor& manager, map_args&& args,
  map_options options, const std::function<void(size_t, size_t)>& progress);

} // namespace detail

// -- calls --------------------------------------------------------------------

/// Runs a Python function on any snake and returns its result as a `T`. Answers
/// `no_snake` at once if all are busy at `max-children`.
template <class T = value>
caf::expected<T> python(caf::scoped_actor&, const snake_manager_actor& manager,
                        snake_args args, python_options options = {}) {
  return detail::result_as<T>(
    detail::python(manager, std::move(args), options));
}

/// Like `python`, but waits in line for a snake, for `options.max_wait` at
/// most.
template <class T = value>
caf::expected<T> python_wait(caf::scoped_actor&,
                             const snake_manager_actor& manager,
                             snake_args args, python_options options = {}) {
  options.busy = when_busy::wait;
  return detail::result_as<T>(
    detail::python(manager, std::move(args), options));
}

/// Runs a Python function for each item of a vector, on as many snakes as there
/// may be, and returns the results in the order of the items. Waits in line for
/// snakes; others who wait get theirs in between.
///
/// An item that raises, runs for too long or ends its process has its error in
/// the results, and no other item suffers. None is run twice. The whole is an
/// error only if the map was: `bad_options`, `cancelled`, `shutting_down`, or
/// no snake could be had for any item.
/// @param progress Called by this thread, now and then and when all is done,
///                 with the number of items done and that of all. What it
///                 throws leaves this function and ends the map.
template <class T = value>
caf::expected<map_results_of<T>> python_map(
  caf::scoped_actor& self, const snake_manager_actor& manager, map_args args,
  map_options options = {},
  std::function<void(size_t done, size_t total)> progress = {}) {
  auto result = detail::python_map(self, manager, std::move(args),
                                   std::move(options), progress);
  if constexpr (std::is_same_v<T, value>)
    return result;
  else if (result)
    return results_as<T>(std::move(*result));
  else
    return std::move(result.error());
}

/// Takes back the call or map that bears `token`. It answers `cancelled`: a
/// call that runs as soon as it has ended, by `venomous.CallInterrupted` or,
/// after a second, with its snake. A lease that is waited for answers
/// `cancelled`, too, and one that was given goes back.
/// @returns whether the call was still waiting or running.
caf::expected<bool> cancel(caf::scoped_actor& self,
                           const snake_manager_actor& manager,
                           call_token token);

// -- leases -------------------------------------------------------------------

/// Leases a snake to `self`. Answers `no_snake` at once if all are busy at
/// `max-children`.
caf::expected<snake> retrieve_snake(caf::scoped_actor& self,
                                    const snake_manager_actor& manager,
                                    python_options options = {});

/// Like `retrieve_snake`, but waits in line for a snake, for `options.max_wait`
/// at most.
caf::expected<snake> retrieve_snake_wait(caf::scoped_actor& self,
                                         const snake_manager_actor& manager,
                                         python_options options = {});

/// Leases as many snakes as there are, up to `n`, to `self`.
caf::expected<std::vector<snake>> get_snakes_ready(
  caf::scoped_actor& self, const snake_manager_actor& manager, size_t n);

/// Runs a Python function on a leased snake. The lease ends with the call
/// unless `options.keep_snake` is set.
template <class T = value>
caf::expected<T> snake_run(caf::scoped_actor& self, const snake& on,
                           snake_args args, python_options options = {}) {
  return detail::result_as<T>(
    detail::snake_run(self, on, std::move(args), options));
}

/// Gives a lease back without a call.
/// @returns whether it still was one.
caf::expected<bool> release_snake(caf::scoped_actor& self,
                                  const snake_manager_actor& manager,
                                  const snake& leased);

// -- supervision --------------------------------------------------------------

/// Ends a snake, whatever it does; a call that it runs answers `python_died`.
/// One that is ending politely already can be hurried by the brutal style.
/// @returns whether it was alive and not ending yet.
caf::expected<bool> slay_python_worker(
  caf::scoped_actor& self, const snake_manager_actor& manager,
  const snake& victim, termination_style style = termination_style::polite);

/// Returns what is known of every living snake, in the order of their numbers.
caf::expected<std::vector<snake_info>> list_alive_snakes(
  caf::scoped_actor& self, const snake_manager_actor& manager);

/// Ends snakes that idle for longer than their time to live, as the cleaner
/// does by itself.
/// @returns how many.
caf::expected<size_t> clean_inactive_snakes(caf::scoped_actor& self,
                                            const snake_manager_actor& manager);

} // namespace venomous
