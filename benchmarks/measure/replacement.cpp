// A snake that is killed in a call while another caller waits.

#include "child.hpp"
#include "measurement.hpp"
#include "running_pool.hpp"
#include "timing.hpp"

#include <optional>

namespace measure {

namespace {

figures floor_replacement(const parameters& params) {
  std::optional<child> only{std::in_place};
  only->wait();
  return {{"replacement", times_of(params.samples, 0, [&] {
             only->kill();
             only.emplace().wait();
           })}};
}

/// Returns the process of the only snake once it runs a call.
pid_t busy_process(running_pool& p) {
  for (;;) {
    auto alive = p.snakes();
    if (alive.size() == 1 && alive[0].status == venomous::snake_status::busy)
      return alive[0].os_pid;
  }
}

double time_of_replacement(running_pool& p) {
  caf::scoped_actor victim{p.system};
  auto killed = ask(victim, p.manager(), {"time", "sleep", 3600});
  busy_process(p);
  auto waiting = ask(p.self, p.manager(), {"time", "monotonic_ns"});
  // The answer comes after the call has joined the queue. The pause lets the
  // snake fall asleep.
  auto process = busy_process(p);
  std::this_thread::sleep_for(std::chrono::milliseconds{5});
  auto begin = monotonic_ns();
  ::kill(process, SIGKILL);
  auto start = answer<int64_t>(waiting);
  killed.receive(
    [](const venomous::value&) {
      throw std::runtime_error("a killed snake answered");
    },
    [](const caf::error&) {});
  return static_cast<double>(start - begin) * 1e-9;
}

figures library_replacement(const parameters& params) {
  running_pool p{params, 1};
  figures result;
  for (size_t i = 0; i < params.samples; ++i)
    result["replacement"].push_back(time_of_replacement(p));
  return result;
}

} // namespace

void add_replacement(registry& all) {
  all["floor replacement"] = floor_replacement;
  all["library replacement"] = library_replacement;
}

} // namespace measure
