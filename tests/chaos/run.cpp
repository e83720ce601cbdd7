#include "run.hpp"

#include "epoch.hpp"
#include "session.hpp"

#include "tests/leftovers.hpp"
#include "tests/paths.hpp"

#include "venomous/config.hpp"

#include <malloc.h>

#include <chrono>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace venomous::chaos {

namespace {

using namespace std::chrono_literals;

using clock = std::chrono::steady_clock;

/// Finds what this process leaks: compares what it holds while it has no pool.
class leak_checker {
public:
  /// @returns the anomalies.
  std::vector<std::string> check() {
    std::vector<std::string> result;
    auto flat = test::eventually(
      [&] { return test::leftovers::now().nothing_new_since(before_); });
    if (!flat)
      result.push_back("left behind: " + text_of(before_) + " -> "
                       + text_of(test::leftovers::now()));
    // Caches are empty at first.
    if (++times_ <= 2)
      memory_ = memory();
    // Actors of the system may still hold their last messages.
    else if (!test::eventually(
               [&] { return memory() <= memory_ + max_growth; }))
      result.push_back("memory grows: " + std::to_string(memory_) + " -> "
                       + std::to_string(memory()) + " bytes");
    return result;
  }

  void print() const {
    std::cout << "before: " << before_ << "\nafter: " << test::leftovers::now()
              << "\nmemory in use: " << memory_ << " -> " << memory()
              << " bytes" << std::endl;
  }

private:
  static constexpr size_t max_growth = 64 << 10;

  static std::string text_of(const test::leftovers& x) {
    std::ostringstream out;
    out << x;
    return out.str();
  }

  /// Sanitizers do not report it.
  static size_t memory() {
    auto info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
  }

  test::leftovers before_ = test::leftovers::now();
  size_t memory_ = 0;
  size_t times_ = 0;
};

} // namespace

void run(const run_options& options) {
  if (options.length == 0s)
    return;
  config cfg;
  caf::actor_system system{cfg};
  leak_checker leaks;
  session of{options, {}};
  test::temporary_folder folder;
  notebook notes{folder / "notes"};
  planner plans{options.seed, options.epoch};
  for (auto end = clock::now() + options.length; clock::now() < end;
       ++of.options.epoch) {
    auto plan = plans.next_epoch();
    plan.options.module_paths = {test::modules_folder()};
    {
      epoch now{system, plan, notes, of};
      for (size_t i = 0; i < plan.rounds && clock::now() < end; ++i)
        now.perform(plans.next_round());
    }
    of.require_none(leaks.check());
  }
  of.counts.print();
  leaks.print();
}

} // namespace venomous::chaos
