#pragma once

#include "venomous/config.hpp"
#include "venomous/error.hpp"
#include "venomous/pool.hpp"

#include <chrono>
#include <concepts>
#include <condition_variable>
#include <exception>
#include <functional>
#include <iostream>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>

namespace venomous {

namespace detail {

/// Has SIGTERM drain a pool as long as this lives. If it lives for longer than
/// the patience after that, or SIGTERM comes again, that ends the process.
/// Leaves the signal alone if the program ignores it or handles it itself.
class drain_on_sigterm {
public:
  /// @throws std::system_error if the system grants no descriptor or thread.
  drain_on_sigterm(pool& snakes, std::chrono::milliseconds patience);

  drain_on_sigterm(const drain_on_sigterm&) = delete;

  ~drain_on_sigterm();

private:
  void run(pool& snakes, std::chrono::milliseconds patience);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_;
};

} // namespace detail

/// What `exec_main` returns when the options make no sense.
inline constexpr int bad_options_status = 2;

/// The body of a `main` function: reads the options, starts an actor system
/// with a pool, calls `f` and ends both again.
///
/// SIGTERM drains the pool, see `pool::drain`: what was accepted is finished
/// within the option `drain-ms`, and what `f` asks for from then on answers
/// `shutting_down`. Then `f` has as long again to return. After that, or if
/// SIGTERM comes a second time, the signal ends the process. `f` may handle the
/// signal itself instead.
///
/// @tparam Config Derives from `config`. It may set options of the pool in its
///                constructor, and shadow `parse` to take its own options out
///                of `remainder`.
/// @param f Takes the pool, and the configuration if it wants to. What it
///          returns is the exit status, if it returns anything. If it does not
///          take the configuration, arguments that nobody knows are an error.
/// @param default_file See `config::parse`.
/// @returns the status of `f`; 0 after `--help`; `bad_options_status` if the
///          options make no sense, and 1 if no pool can be started, with the
///          reason on the standard error.
template <std::derived_from<config> Config = config, class F>
requires std::invocable<F&, pool&> || std::invocable<F&, pool&, const Config&>
int exec_main(int argc, char** argv, F f,
              const char* default_file = config::default_file_name) {
  constexpr bool takes_config = std::invocable<F&, pool&, const Config&>;
  Config cfg;
  auto err = cfg.parse(argc, argv, default_file);
  if (!err && !takes_config && !cfg.cli_helptext_printed
      && !cfg.remainder.empty())
    err = caf::make_error(errc::bad_options,
                          "unknown argument: " + cfg.remainder.front());
  if (err) {
    std::cerr << describe(err) << std::endl;
    return bad_options_status;
  }
  if (cfg.cli_helptext_printed)
    return 0;
  caf::actor_system system{cfg};
  std::optional<pool> snakes;
  std::optional<detail::drain_on_sigterm> draining;
  try {
    snakes.emplace(system);
    draining.emplace(*snakes, cfg.pool.drain);
  } catch (const std::exception& ex) {
    std::cerr << "no pool can be started: " << ex.what() << std::endl;
    return 1;
  }
  // As in CAF's own main, actors that still run are waited for.
  struct awaiter {
    caf::actor_system& system;
    ~awaiter() {
      system.await_all_actors_done();
    }
  } wait_for_actors{system};
  auto run = [&] {
    if constexpr (takes_config)
      return std::invoke(f, *snakes, std::as_const(cfg));
    else
      return std::invoke(f, *snakes);
  };
  if constexpr (std::is_void_v<decltype(run())>) {
    run();
    return 0;
  } else {
    return run();
  }
}

} // namespace venomous
