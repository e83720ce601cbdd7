#pragma once

#include "venomous/detail/compat.hpp"

#if !VENOMOUS_CAF_017
#  include <caf/default_enum_inspect.hpp>
#endif

#include <concepts>
#include <cstdint>
#include <vector>

/// @file
/// The handles of a pool, and the type IDs of all that callers and the pool
/// send each other. `messages.hpp` defines those types.

namespace venomous {

class map_args;
class snake_args;
class value;

enum class errc : uint8_t;
enum class snake_status : uint8_t;
enum class termination_style : uint8_t;
enum class when_busy : uint8_t;

struct map_error;
struct map_options;
struct process_exit;
struct python_options;
struct snake;
struct snake_error;
struct snake_info;
struct value_mismatch;

template <class T>
struct map_results_of;

using call_token = uint64_t;
using map_results = map_results_of<value>;

#if !VENOMOUS_CAF_017

/// The enums in messages. CAF 0.17 inspects any enum.
template <class T>
concept message_enum =
  std::same_as<T, errc> || std::same_as<T, snake_status> || std::same_as<
    T, termination_style> || std::same_as<T, when_busy>;

template <class Inspector, message_enum Enum>
bool inspect(Inspector& f, Enum& x) {
  return caf::default_enum_inspect(f, x);
}

#endif

/// The type IDs of this library are the 200 from `first_custom_type_id + 1000`
/// on. Those below and above are free for the program that uses it.
constexpr caf::type_id_t first_type_id = caf::first_custom_type_id + 1000;

} // namespace venomous

CAF_BEGIN_TYPE_ID_BLOCK(venomous, venomous::first_type_id)

// -- names of requests ------------------------------------------------------

CAF_ADD_ATOM(venomous, venomous, python_atom, "python")
CAF_ADD_ATOM(venomous, venomous, python_map_atom, "python_map")
CAF_ADD_ATOM(venomous, venomous, map_progress_atom, "map_prog")
CAF_ADD_ATOM(venomous, venomous, retrieve_snake_atom, "retrieve")
CAF_ADD_ATOM(venomous, venomous, get_snakes_ready_atom, "get_ready")
CAF_ADD_ATOM(venomous, venomous, release_snake_atom, "release")
CAF_ADD_ATOM(venomous, venomous, snake_run_atom, "snake_run")
CAF_ADD_ATOM(venomous, venomous, slay_python_worker_atom, "slay")
CAF_ADD_ATOM(venomous, venomous, list_alive_snakes_atom, "list_alive")
CAF_ADD_ATOM(venomous, venomous, clean_inactive_snakes_atom, "clean")
CAF_ADD_ATOM(venomous, venomous, cancel_atom, "cancel")
CAF_ADD_ATOM(venomous, venomous, drain_atom, "drain")

// -- data -------------------------------------------------------------------

CAF_ADD_TYPE_ID(venomous, (venomous::errc))
CAF_ADD_TYPE_ID(venomous, (venomous::value))
CAF_ADD_TYPE_ID(venomous, (venomous::snake_args))
CAF_ADD_TYPE_ID(venomous, (venomous::snake_error))
CAF_ADD_TYPE_ID(venomous, (venomous::process_exit))
CAF_ADD_TYPE_ID(venomous, (venomous::value_mismatch))
CAF_ADD_TYPE_ID(venomous, (venomous::python_options))
CAF_ADD_TYPE_ID(venomous, (venomous::map_args))
CAF_ADD_TYPE_ID(venomous, (venomous::map_options))
CAF_ADD_TYPE_ID(venomous, (venomous::map_error))
CAF_ADD_TYPE_ID(venomous, (venomous::map_results))
CAF_ADD_TYPE_ID(venomous, (venomous::when_busy))
CAF_ADD_TYPE_ID(venomous, (venomous::snake_status))
CAF_ADD_TYPE_ID(venomous, (venomous::termination_style))
CAF_ADD_TYPE_ID(venomous, (venomous::snake))
CAF_ADD_TYPE_ID(venomous, (venomous::snake_info))
CAF_ADD_TYPE_ID(venomous, (std::vector<venomous::snake>))
CAF_ADD_TYPE_ID(venomous, (std::vector<venomous::snake_info>))

// -- actors -----------------------------------------------------------------

namespace venomous {

/// Owns one Python process. Run calls on it while it is leased:
///
/// - `(snake_run_atom, snake, snake_args, python_options) -> value`:
///   `snake_gone` unless the lease still is one.
using snake_worker_actor =
  compat::typed_actor<value(snake_run_atom, snake, snake_args, python_options)>;

/// The actor that callers talk to:
///
/// - `(python_atom, snake_args, python_options) -> value`: runs a function on
///   any snake.
/// - `(python_map_atom, map_args, map_options) -> map_results`: runs a function
///   for each item of a vector, on any snakes. Waits in line for them.
/// - `(retrieve_snake_atom, python_options) -> snake`: leases a snake to the
///   sender. A caller that gives up waiting must say so, by `max_wait` or
///   `cancel_atom`: the pool does not learn of a timeout of `request`, and the
///   lease would go to an actor that does not know of it.
/// - `(get_snakes_ready_atom, size_t n) -> std::vector<snake>`: leases as many
///   as there are, up to `n`.
/// - `(release_snake_atom, snake) -> bool`: gives a lease back without a call.
///   Tells whether it still was one.
/// - `(slay_python_worker_atom, snake, termination_style) -> bool`: ends a
///   snake, whatever it does. Tells whether it was not ending yet.
/// - `(list_alive_snakes_atom) -> std::vector<snake_info>`: tells about every
///   living snake, in the order of their numbers.
/// - `(clean_inactive_snakes_atom) -> size_t`: ends what idles for longer than
///   its time to live, as the cleaner does. Tells how many.
/// - `(cancel_atom, call_token) -> bool`: takes a call back. Tells whether it
///   was still waiting or running. If it runs `venomous.CallInterrupted` is
///   raised in it; if it goes on for a second after that its snake is ended.
///   Of a lease it ends the wait, or the lease; of a map it ends what runs, and
///   what is done is lost.
/// - `(drain_atom, caf::timespan) -> bool`: has the pool end when all that it
///   has accepted is answered and all leases are over, or after that time.
///   Until then new requests answer `shutting_down`. Tells whether nothing was
///   cut off.
using snake_manager_actor =
  compat::typed_actor<value(python_atom, snake_args, python_options),
                      map_results(python_map_atom, map_args, map_options),
                      snake(retrieve_snake_atom, python_options),
                      std::vector<snake>(get_snakes_ready_atom, size_t),
                      bool(release_snake_atom, snake),
                      bool(slay_python_worker_atom, snake, termination_style),
                      std::vector<snake_info>(list_alive_snakes_atom),
                      size_t(clean_inactive_snakes_atom),
                      bool(cancel_atom, call_token),
                      bool(drain_atom, caf::timespan)>;

} // namespace venomous

CAF_ADD_TYPE_ID(venomous, (venomous::snake_worker_actor))
CAF_ADD_TYPE_ID(venomous, (venomous::snake_manager_actor))

CAF_END_TYPE_ID_BLOCK(venomous)
