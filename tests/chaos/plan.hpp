#pragma once

#include "venomous/options.hpp"
#include "venomous/snake.hpp"

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <variant>
#include <vector>

/// @file
/// The plan of a run, drawn from a seed in advance: the same seed makes the
/// same plan.

namespace venomous::chaos {

using std::chrono::milliseconds;

// -- calls --------------------------------------------------------------------

/// What a function does, see tests/modules/chaos.py.
enum class action_kind : uint8_t {
  // Actions that return.
  return_,
  sleep,
  burn,
  flood,
  daemon,
  family,
  // Others that leave their snake alive.
  raise,
  unencodable,
  // Actions that end their snake.
  segv,
  exit,
  killed,
  cut_off,
  crash_with_family,
  // Actions that have to be ended from outside.
  hang,
  deaf,
};

std::string to_string(action_kind x);

inline bool returns(action_kind x) {
  return x <= action_kind::family;
}

inline bool ends_snake(action_kind x) {
  return x >= action_kind::segv && x <= action_kind::crash_with_family;
}

inline bool hangs(action_kind x) {
  return x >= action_kind::hang;
}

/// One run of a function.
struct call_plan {
  /// Unique, and in the order of the plan. Also its token.
  uint64_t number = 0;
  action_kind action = action_kind::return_;
  milliseconds length{0};
  size_t ballast = 0;
  milliseconds timeout{0};
  /// 0 for none.
  milliseconds soft_timeout{0};
  when_busy busy = when_busy::wait;
  /// 0 for no limit.
  milliseconds max_wait{0};
};

// -- operations ---------------------------------------------------------------

struct call_op {
  call_plan call;
  /// Whether its order is checked.
  bool probe = false;
  /// Whether nobody waits for the answer.
  bool anonymous = false;
};

struct lease_op {
  /// Its timeout has no meaning.
  call_plan lease;
  std::vector<call_plan> runs;
  /// Whether all runs are sent at once.
  bool together = false;
  /// Whether the client gives it back, rather than its last run ending it.
  bool release = false;
};

struct batch_op {
  call_plan batch;
  /// One for each snake to lease.
  std::vector<call_plan> runs;
};

struct map_op {
  /// Options of the map as a whole.
  call_plan map;
  std::vector<call_plan> items;
  size_t snakes = 0;
};

struct cancel_op {
  call_plan cancel;
  uint64_t target = 0;
};

struct list_op {
  call_plan list;
};

/// Kills the actor that receives it.
struct die_op {};

enum class fault_kind : uint8_t {
  kill_snake,
  stop_snake,
  kill_descendant,
  kill_zygote,
  stop_zygote,
  slay,
  clean,
  starve,
  load,
};

inline constexpr size_t num_faults = 9;

std::string to_string(fault_kind x);

struct fault_op {
  fault_kind kind = fault_kind::kill_snake;
  /// Picks its target among the candidates.
  uint64_t choice = 0;
  milliseconds length{0};
};

using operation = std::variant<call_op, lease_op, batch_op, map_op, cancel_op,
                               list_op, die_op, fault_op>;

struct step {
  /// Since the start of its round.
  milliseconds at{0};
  size_t client = 0;
  operation op;
};

/// A few seconds of load.
struct round_plan {
  /// Fewer errors are permitted in a round without faults.
  bool faulty = false;
  /// When the pool is stopped, 0 for not in this round.
  milliseconds stop_at{0};
  std::vector<step> steps;
};

/// One pool, which runs several rounds.
struct epoch_plan {
  pool_options options;
  size_t rounds = 0;
  bool stop_under_load = false;
};

// -- clients ------------------------------------------------------------------

/// Clients by number: first those that block a thread, then actors, and last
/// the actor that sends probes.
inline constexpr size_t num_blocking = 8;
inline constexpr size_t num_actors = 32;
inline constexpr size_t prober = num_blocking + num_actors;
inline constexpr size_t num_clients = prober + 1;

// -- the planner --------------------------------------------------------------

class planner {
public:
  /// @param epoch Number of the first epoch.
  planner(uint64_t seed, uint64_t epoch) : seed_(seed), epoch_(epoch - 1) {
    // nop
  }

  epoch_plan next_epoch();

  round_plan next_round();

private:
  uint64_t draw(uint64_t n) {
    return random_() % n;
  }

  bool chance(uint64_t percent) {
    return draw(100) < percent;
  }

  template <class T>
  T one_of(std::initializer_list<T> all) {
    return all.begin()[draw(all.size())];
  }

  milliseconds between(uint64_t min, uint64_t max) {
    return milliseconds(min + draw(max - min + 1));
  }

  void reseed(uint64_t a, uint64_t b);

  action_kind draw_action();

  call_plan draw_call();

  void shorten_timeout(call_plan& plan);

  void add_call(milliseconds at, size_t client);

  void add_lease(milliseconds at, size_t client);

  void add_batch(milliseconds at, size_t client);

  void add_map(milliseconds at, size_t client);

  void add_probes(milliseconds at);

  void add_fault(milliseconds at);

  void add_operation(milliseconds at);

  void cancel_some(milliseconds at, const call_plan& target, uint64_t percent);

  uint64_t seed_;
  std::mt19937_64 random_;
  uint64_t epoch_;
  uint64_t round_ = 0;
  uint64_t last_number_ = 0;
  epoch_plan current_;
  round_plan next_;
};

} // namespace venomous::chaos
