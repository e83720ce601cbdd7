#pragma once

#include "venomous/messages.hpp"
#include "venomous/options.hpp"
#include "venomous/shared_arena.hpp"

#include <memory>

// An installed package says where its Python side was put.
#ifndef VENOMOUS_PYTHON_FOLDER
#  define VENOMOUS_PYTHON_FOLDER nullptr
#endif

namespace venomous {

/// A running pool of snakes. Owns the pool thread; its end is the end of every
/// snake and of every process that a snake has started.
///
/// A pool that is still there when its actor system ends, because it was
/// declared ahead of that, ends with it. Nothing but its destructor may be
/// called then. See `spawn_manager` for pools without an object.
class pool {
public:
  // -- constructors, destructors ----------------------------------------------

  /// Starts a pool with the options that `system.config()` has, whatever its
  /// type: see `pool_options_of`.
  ///
  /// Returns at once: what keeps snakes from starting reaches the callers, as
  /// `start_failed`.
  /// @throws std::invalid_argument if options make no sense.
  /// @throws std::system_error if the system grants no descriptors or thread.
  explicit pool(caf::actor_system& system)
    : pool(system, nullptr, VENOMOUS_PYTHON_FOLDER) {
    // nop
  }

  /// Starts a pool with `options`, likewise.
  pool(caf::actor_system& system, pool_options options)
    : pool(system, &options, VENOMOUS_PYTHON_FOLDER) {
    // nop
  }

  pool(const pool&) = delete;

  pool& operator=(const pool&) = delete;

  /// Calls `stop`.
  ~pool();

  // -- properties -------------------------------------------------------------

  /// Whom to send requests to.
  const snake_manager_actor& manager() const noexcept;

  /// Lets a pool stand for its manager.
  operator const snake_manager_actor&() const noexcept {
    return manager();
  }

  /// Memory for arrays that snakes see in place, of `arena-mb`.
  const shared_arena& arena() const noexcept;

  /// The system that the pool was started with.
  caf::actor_system& system() const noexcept;

  // -- modifiers --------------------------------------------------------------

  /// Ends the pool: every waiting caller gets `shutting_down`, every snake is
  /// ended in the configured style. Returns when no process of the pool is
  /// left, or when the system has failed for some seconds to end some: standard
  /// error names them. The exit of the manager, e.g. by `caf::anon_send_exit`,
  /// does the same without waiting. May be called from any thread. On
  /// the pool's own it does not wait.
  void stop();

  /// Ends the pool as `stop` does, but when all that it has accepted is
  /// answered and all leases are over, or `patience` is. New requests answer
  /// `shutting_down` at once. May be called from any thread but the pool's own,
  /// also while another one is in here or in `stop`.
  /// @returns whether nothing was cut off; false, too, if the pool has ended
  ///          already.
  bool drain(caf::timespan patience);

private:
  /// @param options those of the configuration if null.
  /// @param installed_folder where the Python side of an installed library was
  ///                         put, null for one that was not installed.
  pool(caf::actor_system& system, const pool_options* options,
       const char* installed_folder);

  struct impl;
  std::unique_ptr<impl> impl_;
};

namespace detail {

snake_manager_actor spawn_manager(caf::actor_system& system,
                                  const pool_options* options,
                                  const char* installed_folder);

} // namespace detail

/// Starts a pool that ends with `system`, as actors of CAF do: when the
/// destructor of the system has awaited the actors of the program it has the
/// pool end, and waits for that. No snake is left then. `caf::anon_send_exit`
/// ends the pool earlier.
///
/// The options are those that `system.config()` has, whatever its type: see
/// `pool_options_of`.
/// @throws std::invalid_argument if options make no sense.
/// @throws std::system_error if the system grants no descriptors or thread.
inline snake_manager_actor spawn_manager(caf::actor_system& system) {
  return detail::spawn_manager(system, nullptr, VENOMOUS_PYTHON_FOLDER);
}

/// Starts such a pool with `options`.
inline snake_manager_actor spawn_manager(caf::actor_system& system,
                                         const pool_options& options) {
  return detail::spawn_manager(system, &options, VENOMOUS_PYTHON_FOLDER);
}

} // namespace venomous
