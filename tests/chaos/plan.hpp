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
/// What is going to be done, all of it drawn from a seed before anything is
/// done: the same seed makes the same plan.

namespace venomous::chaos {

using std::chrono::milliseconds;

// -- calls --------------------------------------------------------------------

/// What a function does, see tests/modules/chaos.py.
enum class deed : uint8_t {
  // Those up to here return.
  return_,
  sleep,
  burn,
  flood,
  daemon,
  family,
  // Those up to here leave their snake alive.
  raise,
  unencodable,
  // Those up to here end their snake.
  segv,
  exit,
  killed,
  cut_off,
  crash_with_family,
  // These have to be ended.
  hang,
  deaf,
};

std::string to_string(deed what);

inline bool returns(deed what) {
  return what <= deed::family;
}

inline bool ends_snake(deed what) {
  return what >= deed::segv && what <= deed::crash_with_family;
}

inline bool hangs(deed what) {
  return what >= deed::hang;
}

/// One run of a function.
struct call_plan {
  /// Unique, and in the order of the plan. Also its token.
  uint64_t number = 0;
  deed what = deed::return_;
  milliseconds length{0};
  size_t ballast = 0;
  milliseconds timeout{0};
  /// 0 for none.
  milliseconds soft_timeout{0};
  when_busy busy = when_busy::wait;
  /// 0 for as long as it takes.
  milliseconds max_wait{0};
};

// -- orders -------------------------------------------------------------------

struct call_order {
  call_plan call;
  /// Whether it is of those whose order is checked.
  bool probe = false;
  /// Whether nobody waits for the answer.
  bool anonymous = false;
};

struct lease_order {
  /// Its timeout means nothing.
  call_plan lease;
  std::vector<call_plan> runs;
  /// Whether the runs are sent at once.
  bool together = false;
  /// Whether it is given back rather than ended by its last run.
  bool release = false;
};

struct batch_order {
  call_plan batch;
  /// One for each snake, to be got.
  std::vector<call_plan> runs;
};

struct map_order {
  /// What holds for all.
  call_plan map;
  std::vector<call_plan> items;
  size_t snakes = 0;
};

struct cancel_order {
  call_plan cancel;
  uint64_t target = 0;
};

struct list_order {
  call_plan list;
};

/// Ends the actor that gets it.
struct die_order {};

enum class fault : uint8_t {
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

std::string to_string(fault what);

struct fault_order {
  fault what = fault::kill_snake;
  /// Whom it hits of those there are.
  uint64_t choice = 0;
  milliseconds length{0};
};

using order = std::variant<call_order, lease_order, batch_order, map_order,
                           cancel_order, list_order, die_order, fault_order>;

struct step {
  /// Since the begin of its round.
  milliseconds at{0};
  size_t customer = 0;
  order what;
};

/// A few seconds of load.
struct round_plan {
  /// Without faults there are no excuses.
  bool faulty = false;
  /// When the pool is to be stopped, 0 for not in this round.
  milliseconds stop_at{0};
  std::vector<step> steps;
};

/// A pool with rounds of its own.
struct epoch_plan {
  pool_options options;
  size_t rounds = 0;
  bool stop_under_load = false;
};

// -- whom orders are for ------------------------------------------------------

/// Customers of each kind, by number: first those that block a thread, then
/// actors, at last the actor that sends probes.
inline constexpr size_t num_blocking = 8;
inline constexpr size_t num_actors = 32;
inline constexpr size_t prober = num_blocking + num_actors;
inline constexpr size_t num_customers = prober + 1;

// -- the planner --------------------------------------------------------------

class planner {
public:
  /// @param epoch The first one.
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

  deed draw_deed();

  call_plan draw_call();

  void shorten_timeout(call_plan& what);

  void add_call(milliseconds at, size_t customer);

  void add_lease(milliseconds at, size_t customer);

  void add_batch(milliseconds at, size_t customer);

  void add_map(milliseconds at, size_t customer);

  void add_probes(milliseconds at);

  void add_fault(milliseconds at);

  void add_order(milliseconds at);

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
