#include "quiescence_checker.hpp"

#include "nemesis.hpp"

#include "tests/leftovers.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

namespace venomous::chaos {

namespace {

using namespace std::chrono_literals;

std::string folder_of(pid_t pid) {
  return "/proc/" + std::to_string(pid);
}

/// Whether a process of a pool is a snake, by the process table alone:
/// processes that snakes start are in the group of a snake or in another
/// session.
bool is_snake(pid_t pid, pid_t zygote) {
  return test::parent_process(pid) == zygote && ::getpgid(pid) == pid
         && ::getsid(pid) == ::getsid(zygote);
}

/// Whether the process was started by one of `snakes`, whose number it has.
bool belongs_to(pid_t pid, const std::vector<snake_info>& snakes) {
  auto mark = test::variable_of(pid, "VENOMOUS_SNAKE");
  return std::ranges::any_of(snakes, [&](auto& x) {
    return std::strtoull(mark.c_str(), nullptr, 16) == x.id;
  });
}

std::string describe_process(pid_t pid) {
  return std::to_string(pid) + " (snake "
         + test::variable_of(pid, "VENOMOUS_SNAKE") + ", parent "
         + std::to_string(test::parent_process(pid)) + ", group "
         + std::to_string(::getpgid(pid)) + ", session "
         + std::to_string(::getsid(pid)) + ")";
}

std::string list(const std::set<pid_t>& pids) {
  std::string result;
  for (auto pid : pids)
    result += " " + std::to_string(pid);
  return result;
}

} // namespace

quiescence_checker::resources quiescence_checker::resources::now() {
  return {test::names_in("/proc/self/fd").size(),
          test::names_in("/proc/self/task").size(),
          test::names_in(folder_of(zygote()) + "/fd").size()};
}

quiescence_checker::quiescence_checker(caf::actor_system& system,
                                       snake_manager_actor manager, size_t size)
  : self_(system), manager_(std::move(manager)), size_(size) {
  // nop
}

std::vector<std::string> quiescence_checker::check(bool disturbed) {
  std::vector<std::string> result{hold_all(disturbed)};
  if (result[0].empty())
    result = {compare(), compare_resources(), release_all()};
  std::erase(result, "");
  return result;
}

std::string quiescence_checker::hold_all(bool disturbed) {
  auto end = std::chrono::steady_clock::now() + 60s;
  while (held_.size() < size_) {
    auto why = hold_one();
    if (why.empty())
      continue;
    if (!disturbed || std::chrono::steady_clock::now() > end)
      return "only " + std::to_string(held_.size()) + " of "
             + std::to_string(size_) + " snakes can be leased: " + why
             + "; statuses:" + statuses();
    // A failed start delays the next one.
    std::this_thread::sleep_for(10ms);
  }
  return {};
}

std::string quiescence_checker::statuses() {
  std::string result;
  if (auto alive = list_alive_snakes(self_, manager_))
    for (auto& x : *alive)
      result += " " + std::to_string(x.id) + " " + to_string(x.status);
  return result;
}

std::string quiescence_checker::hold_one() {
  auto got = retrieve_snake_wait(self_, manager_, {.max_wait = 30s});
  if (!got)
    return describe(got.error());
  auto pid = snake_run<pid_t>(self_, *got, {"os", "getpid"},
                              {.timeout = 30s, .keep_snake = true});
  if (!pid)
    return describe(pid.error());
  held_.push_back(*got);
  return {};
}

/// Compares the pool's list of snakes with the process table.
std::string quiescence_checker::compare() {
  std::string result;
  test::eventually([&] {
    auto alive = list_alive_snakes(self_, manager_);
    if (!alive)
      return result = describe(alive.error()), false;
    auto parent = zygote();
    std::set<pid_t> known;
    for (auto& x : *alive)
      known.insert(x.os_pid);
    std::set<pid_t> found;
    std::string unknown;
    for (auto pid : test::processes_of_pools()) {
      if (is_snake(pid, parent))
        found.insert(pid);
      else if (pid != parent && !belongs_to(pid, *alive))
        unknown += " " + describe_process(pid);
    }
    result.clear();
    if (known != found || known.size() != size_)
      result = "the pool has the snakes" + list(known) + ", the system"
               + list(found) + "; ";
    if (!unknown.empty())
      result += "processes without a snake:" + unknown;
    return result.empty();
  });
  return result;
}

std::string quiescence_checker::compare_resources() {
  if (!first_)
    first_ = resources::now();
  resources last;
  auto flat = test::eventually([&] {
    last = resources::now();
    return last.descriptors <= first_->descriptors
           && last.threads <= first_->threads
           && last.descriptors_of_zygote <= first_->descriptors_of_zygote;
  });
  auto growth = [](const char* name, size_t before, size_t after) {
    return std::string{name} + std::to_string(before) + " -> "
           + std::to_string(after);
  };
  return flat ? ""
              : growth("descriptors ", first_->descriptors, last.descriptors)
                  + growth(", threads ", first_->threads, last.threads)
                  + growth(", descriptors of the zygote ",
                           first_->descriptors_of_zygote,
                           last.descriptors_of_zygote);
}

std::string quiescence_checker::release_all() {
  for (auto& leased : std::exchange(held_, {})) {
    auto done = release_snake(self_, manager_, leased);
    if (!done || !*done)
      return "a lease was lost in a quiescent pool";
  }
  return {};
}

} // namespace venomous::chaos
