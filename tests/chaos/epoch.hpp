#pragma once

#include "client.hpp"
#include "history.hpp"
#include "nemesis.hpp"
#include "plan.hpp"
#include "quiescence_checker.hpp"
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

  /// Returns the numbers noted since the last time.
  std::vector<uint64_t> take();

private:
  std::string path_;
  std::streamoff read_ = 0;
};

/// A pool and its clients.
class epoch {
public:
  epoch(caf::actor_system& system, const epoch_plan& plan, notebook& notes,
        session& of);

  ~epoch();

  void perform(const round_plan& plan);

private:
  void do_steps(const round_plan& plan);

  std::vector<std::string> await_answers();

  void check(const round_plan& plan, std::vector<std::string> anomalies);

  pool_options options_;
  notebook& notes_;
  session& session_;
  history_recorder recorder_;
  venomous::pool pool_;
  client_context context_;
  nemesis nemesis_;
  quiescence_checker quiescence_;
  std::vector<std::unique_ptr<client>> clients_;
};

} // namespace venomous::chaos
