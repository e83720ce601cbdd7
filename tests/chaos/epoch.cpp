#include "epoch.hpp"

#include "audit.hpp"

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
    desk_{system, pool_.manager(), records_, notes.path()},
    saboteur_(system, pool_.manager()),
    roll_call_(system, pool_.manager(), options_.max_children) {
  for (size_t i = 0; i < num_customers; ++i)
    customers_.push_back(i < num_blocking ? make_blocking_customer(desk_)
                                          : make_actor_customer(desk_));
  session_.require_none(roll_call_.take(false));
}

epoch::~epoch() {
  for (auto& [name, n] : saboteur_.counts())
    session_.counts.faults[name] += n;
}

void epoch::perform(const round_plan& plan) {
  do_steps(plan);
  auto late = await_answers();
  // This also waits for what was asked for by nobody, or by who is dead.
  if (late.empty() && plan.stop_at == 0ms)
    session_.require_none(roll_call_.take(plan.faulty));
  judge(plan, std::move(late));
  ++session_.counts.rounds;
}

void epoch::do_steps(const round_plan& plan) {
  std::future<void> stop;
  auto begin = clock::now();
  for (auto& x : plan.steps) {
    for (; clock::now() < begin + x.at; saboteur_.tick())
      std::this_thread::sleep_until(std::min(clock::now() + 5ms, begin + x.at));
    if (plan.stop_at > 0ms && x.at >= plan.stop_at && !stop.valid())
      stop = std::async(std::launch::async, [this] { pool_.stop(); });
    auto harm = std::get_if<fault_order>(&x.what);
    if (!harm)
      customers_[x.customer]->give(x.what);
    else if (session_.options.zygotes || harm->what != fault::kill_zygote)
      saboteur_.commit(*harm);
  }
  saboteur_.relent();
}

/// @returns what has none in the end.
std::vector<std::string> epoch::await_answers() {
  std::vector<std::string> pending;
  test::eventually([&] { return (pending = records_.pending()).empty(); },
                   120s);
  return pending;
}

/// @param faults What is wrong already.
void epoch::judge(const round_plan& plan, std::vector<std::string> faults) {
  circumstances when{plan.faulty, plan.stop_at > 0ms,
                     options_.max_queue < 1000 || options_.max_queue_mb == 1,
                     options_.max_ahead == 0
                       ? options_.max_children - 1
                       : (options_.max_ahead + 1) * options_.max_children};
  auto all = records_.take();
  auto notes = notes_.take();
  session_.counts.add(all);
  session_.counts.runs += notes.size();
  audit judged{all, notes, when};
  faults.insert(faults.begin(), judged.faults().begin(), judged.faults().end());
  for (auto& x : customers_)
    faults.push_back(x->check());
  std::erase(faults, "");
  session_.require_none(faults);
}

} // namespace venomous::chaos
