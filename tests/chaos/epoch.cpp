#include "epoch.hpp"

#include "checker.hpp"

#include "tests/leftovers.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <future>
#include <thread>
#include <utility>

namespace venomous::chaos {

namespace {

using namespace std::chrono_literals;

using clock = std::chrono::steady_clock;

} // namespace

// -- notebook -----------------------------------------------------------------

notebook::notebook(std::string path) : path_(std::move(path)) {
  std::ofstream{path_};
}

std::vector<uint64_t> notebook::take() {
  std::ifstream in{path_};
  in.seekg(read_);
  std::vector<uint64_t> result;
  for (std::string line; std::getline(in, line);) {
    read_ += static_cast<std::streamoff>(line.size() + 1);
    result.push_back(std::stoull(line));
  }
  return result;
}

// -- epoch --------------------------------------------------------------------

epoch::epoch(caf::actor_system& system, const epoch_plan& plan, notebook& notes,
             session& of)
  : options_(plan.options),
    notes_(notes),
    session_(of),
    pool_(system, options_),
    context_{system, pool_.manager(), recorder_, notes.path()},
    nemesis_(system, pool_.manager()),
    quiescence_(system, pool_.manager(), options_.max_children) {
  for (size_t i = 0; i < num_clients; ++i)
    clients_.push_back(i < num_blocking ? make_blocking_client(context_)
                                        : make_actor_client(context_));
  session_.require_none(quiescence_.check(false));
}

epoch::~epoch() {
  for (auto& [name, n] : nemesis_.counts())
    session_.counts.faults[name] += n;
}

void epoch::perform(const round_plan& plan) {
  do_steps(plan);
  auto late = await_answers();
  // This also waits for anonymous requests and those of dead clients.
  if (late.empty() && plan.stop_at == 0ms)
    session_.require_none(quiescence_.check(plan.faulty));
  check(plan, std::move(late));
  ++session_.counts.rounds;
}

void epoch::do_steps(const round_plan& plan) {
  std::future<void> stop;
  auto begin = clock::now();
  for (auto& x : plan.steps) {
    for (; clock::now() < begin + x.at; nemesis_.tick())
      std::this_thread::sleep_until(std::min(clock::now() + 5ms, begin + x.at));
    if (plan.stop_at > 0ms && x.at >= plan.stop_at && !stop.valid())
      stop = std::async(std::launch::async, [this] { pool_.stop(); });
    auto fault = std::get_if<fault_op>(&x.op);
    if (!fault)
      clients_[x.client]->invoke(x.op);
    else if (session_.options.zygotes || fault->kind != fault_kind::kill_zygote)
      nemesis_.inject(*fault);
  }
  nemesis_.heal();
}

/// @returns the requests that never get one.
std::vector<std::string> epoch::await_answers() {
  std::vector<std::string> pending;
  test::eventually([&] { return (pending = recorder_.pending()).empty(); },
                   120s);
  return pending;
}

/// @param anomalies Those found so far.
void epoch::check(const round_plan& plan, std::vector<std::string> anomalies) {
  conditions given{plan.faulty, plan.stop_at > 0ms,
                   options_.max_queue < 1000 || options_.max_queue_mb == 1,
                   options_.max_ahead == 0
                     ? options_.max_children - 1
                     : (options_.max_ahead + 1) * options_.max_children};
  auto all = recorder_.take();
  auto notes = notes_.take();
  session_.counts.add(all);
  session_.counts.runs += notes.size();
  checker checked{all, notes, given};
  anomalies.insert(anomalies.begin(), checked.anomalies().begin(),
                   checked.anomalies().end());
  for (auto& x : clients_)
    anomalies.push_back(x->check());
  std::erase(anomalies, "");
  session_.require_none(anomalies);
}

} // namespace venomous::chaos
