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

/// What `exec_main` returns if the options are invalid.
inline constexpr int bad_options_status = 2;

namespace detail {

/// Makes SIGTERM drain a pool while this is alive. If it is still alive when
/// the patience is over, or SIGTERM comes again, the signal ends the process.
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

/// Flushes standard output.
/// @returns `status`, or 1 if that is 0 and the output is incomplete, with the
///          reason on standard error.
int flushed(int status);

template <class Config, class F>
int run_program(int argc, char** argv, F& f, const char* default_file) {
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
  // Like CAF's own main, this waits for actors that still run.
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

} // namespace detail

/// The body of a `main` function: reads the options, starts an actor system
/// with a pool, calls `f` and ends both again.
///
/// SIGTERM drains the pool, see `pool::drain`: accepted requests finish within
/// the option `drain-ms`, and new requests of `f` get `shutting_down`. Then `f`
/// has as long again to return. After that, or if SIGTERM comes a second time,
/// the signal ends the process. `f` may handle the signal itself instead.
///
/// @tparam Config Derives from `config`. It may set options of the pool in its
///                constructor, and shadow `parse` to take its own options out
///                of `remainder`.
/// @param f Takes the pool, and optionally the configuration. Its result, if
///          any, is the exit status. If it does not take the configuration,
///          unknown arguments are an error.
/// @param default_file See `config::parse`.
/// @returns the status of `f`; 0 after `--help`; `bad_options_status` if the
///          options are invalid, and 1 if no pool can be started or standard
///          output is incomplete, with the reason on standard error.
template <std::derived_from<config> Config = config, class F>
requires std::invocable<F&, pool&> || std::invocable<F&, pool&, const Config&>
int exec_main(int argc, char** argv, F f,
              const char* default_file = config::default_file_name) {
  return detail::flushed(
    detail::run_program<Config>(argc, argv, f, default_file));
}

} // namespace venomous
