#pragma once

#include "book.hpp"
#include "customer.hpp"
#include "faults.hpp"
#include "plan.hpp"
#include "roll_call.hpp"
#include "session.hpp"

#include "venomous/pool.hpp"

#include <cstdint>
#include <ios>
#include <memory>
#include <string>
#include <vector>

namespace venomous::chaos {

/// The file where functions note their numbers.
class notebook {
public:
  explicit notebook(std::string path);

  const std::string& path() const {
    return path_;
  }

  /// Returns what was noted since the last time.
  std::vector<uint64_t> take();

private:
  std::string path_;
  std::streamoff read_ = 0;
};

/// A pool and those who ask it.
class epoch {
public:
  epoch(caf::actor_system& system, const epoch_plan& plan, notebook& notes,
        session& of);

  ~epoch();

  void perform(const round_plan& plan);

private:
  void do_steps(const round_plan& plan);

  std::vector<std::string> await_answers();

  void judge(const round_plan& plan, std::vector<std::string> faults);

  pool_options options_;
  notebook& notes_;
  session& session_;
  book records_;
  venomous::pool pool_;
  desk desk_;
  saboteur saboteur_;
  roll_call roll_call_;
  std::vector<std::unique_ptr<customer>> customers_;
};

} // namespace venomous::chaos
