#include "run.hpp"

#include "epoch.hpp"
#include "session.hpp"

#include "tests/leftovers.hpp"

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

/// What this process leaves behind when it has no pool.
class scales {
public:
  /// @returns what is wrong.
  std::vector<std::string> weigh() {
    std::vector<std::string> result;
    auto flat = test::eventually(
      [&] { return test::leftovers::now().nothing_new_since(before_); });
    if (!flat)
      result.push_back("left behind: " + told(before_) + " -> "
                       + told(test::leftovers::now()));
    // The first pools find caches empty.
    if (++times_ <= 2)
      memory_ = memory();
    // Actors of the system may not have let go of their last messages.
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

  static std::string told(const test::leftovers& what) {
    std::ostringstream out;
    out << what;
    return out.str();
  }

  /// Sanitizers do not tell.
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
  scales all;
  session of{options, {}};
  test::temporary_folder folder;
  notebook notes{folder / "notes"};
  planner plans{options.seed, options.epoch};
  for (auto end = clock::now() + options.length; clock::now() < end;
       ++of.options.epoch) {
    auto plan = plans.next_epoch();
    plan.options.module_paths = {TEST_DIR "/modules"};
    {
      epoch now{system, plan, notes, of};
      for (size_t i = 0; i < plan.rounds && clock::now() < end; ++i)
        now.perform(plans.next_round());
    }
    of.require_none(all.weigh());
  }
  of.counts.print();
  all.print();
}

} // namespace venomous::chaos
