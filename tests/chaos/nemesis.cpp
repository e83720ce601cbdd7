#include "nemesis.hpp"

#include "history.hpp"

#include "tests/leftovers.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace venomous::chaos {

namespace {

using namespace std::chrono_literals;

bool is_of_pool(pid_t pid) {
  return test::variable_of(pid, "VENOMOUS_POOL")
    .starts_with(std::to_string(::getpid()) + "-");
}

/// Leaves this process only a few descriptors for a while.
void starve(const fault_op& op) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlim_t highest = 0;
  for (auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"})
    highest = std::max<rlim_t>(highest, std::stoul(entry.path().filename()));
  auto less = before;
  less.rlim_cur = highest + op.choice % 10;
  ::setrlimit(RLIMIT_NOFILE, &less);
  std::this_thread::sleep_for(std::min(op.length, 300ms));
  ::setrlimit(RLIMIT_NOFILE, &before);
}

} // namespace

// -- victim -------------------------------------------------------------------

victim::victim(pid_t pid)
  : fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {
  if (fd_ >= 0 && !is_of_pool(pid))
    ::close(std::exchange(fd_, -1));
}

victim::victim(victim&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {
  // nop
}

victim& victim::operator=(victim&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

victim::~victim() {
  if (fd_ >= 0)
    ::close(fd_);
}

bool victim::send(int signal) const {
  return fd_ >= 0
         && ::syscall(SYS_pidfd_send_signal, fd_, signal, nullptr, 0) == 0;
}

void victim::await_end() const {
  pollfd ended{fd_, POLLIN, 0};
  ::poll(&ended, 1, -1);
}

pid_t zygote() {
  for (auto pid : test::processes_of_pools())
    if (test::parent_process(pid) == ::getpid() && test::is_alive(pid))
      return pid;
  return 0;
}

// -- nemesis ------------------------------------------------------------------

nemesis::nemesis(caf::actor_system& system, snake_manager_actor manager)
  : self_(system), manager_(std::move(manager)) {
  // nop
}

nemesis::~nemesis() {
  heal();
}

void nemesis::inject(const fault_op& op) {
  if (apply(op))
    ++counts_[to_string(op.kind)];
}

bool nemesis::apply(const fault_op& op) {
  switch (op.kind) {
  case fault_kind::kill_snake:
    return send_to_snake(op, SIGKILL);
  case fault_kind::stop_snake:
    return send_to_snake(op, SIGSTOP);
  case fault_kind::kill_descendant: {
    auto all = test::processes_of_pools();
    std::erase(all, zygote());
    return !all.empty() && kill(all[op.choice % all.size()]);
  }
  case fault_kind::kill_zygote:
    return kill(zygote());
  case fault_kind::stop_zygote:
    return stop(zygote(), std::min(op.length, 900ms));
  case fault_kind::slay:
    return slay(op);
  case fault_kind::clean:
    return static_cast<bool>(clean_inactive_snakes(self_, manager_));
  case fault_kind::starve:
    starve(op);
    return true;
  case fault_kind::load:
    burn(op.length);
    return true;
  }
  return false;
}

void nemesis::tick() {
  std::erase_if(stopped_, [now = clock::now()](const stopped& x) {
    if (now < x.end)
      return false;
    x.process.send(SIGCONT);
    return true;
  });
}

void nemesis::heal() {
  for (auto& x : stopped_)
    x.process.send(SIGCONT);
  stopped_.clear();
  for (auto& x : killed_)
    x.await_end();
  killed_.clear();
  for (auto& x : burners_)
    x.join();
  burners_.clear();
}

std::vector<snake_info> nemesis::snakes() {
  auto all = list_alive_snakes(self_, manager_);
  return all ? *all : std::vector<snake_info>{};
}

bool nemesis::send_to_snake(const fault_op& op, int signal) {
  auto all = snakes();
  if (all.empty())
    return false;
  auto pid = all[op.choice % all.size()].os_pid;
  return signal == SIGSTOP ? stop(pid, op.length) : kill(pid);
}

bool nemesis::kill(pid_t pid) {
  victim process{pid};
  if (!process.send(SIGKILL))
    return false;
  killed_.push_back(std::move(process));
  return true;
}

bool nemesis::stop(pid_t pid, milliseconds length) {
  victim process{pid};
  if (!process.send(SIGSTOP))
    return false;
  stopped_.push_back({std::move(process), clock::now() + length});
  return true;
}

bool nemesis::slay(const fault_op& op) {
  auto all = snakes();
  if (all.empty())
    return false;
  auto style = op.choice / 64 % 2 == 0 ? termination_style::polite
                                       : termination_style::brutal;
  auto done =
    slay_python_worker(self_, manager_, all[op.choice % all.size()], style);
  return done && *done;
}

void nemesis::burn(milliseconds length) {
  for (auto n = std::thread::hardware_concurrency(); n > 0; --n)
    burners_.emplace_back([end = clock::now() + length] {
      while (clock::now() < end) {
      }
    });
}

} // namespace venomous::chaos
