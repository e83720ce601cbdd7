// The cost of the event loop, compared to a bare loop around epoll: both send
// to an echo and wait for it.

#include "python_bridge/host/event_loop.hpp"

#include "benchmarks/echo.hpp"

#include <benchmark/benchmark.h>

#include <sys/epoll.h>

namespace {

constexpr int rounds = 10'000;

/// Sends `in_flight` requests at once, then another one after each answer.
class conversation {
public:
  conversation(echo& with, int in_flight) : with_(with) {
    for (int i = 0; i < in_flight; ++i)
      ask();
  }

  /// Handles an answer.
  /// @returns whether it was the last one.
  bool go_on() {
    with_.receive();
    if (asked_ < rounds)
      ask();
    return ++answered_ == rounds;
  }

private:
  void ask() {
    ++asked_;
    with_.send();
  }

  echo& with_;
  int asked_ = 0;
  int answered_ = 0;
};

void bare_epoll(benchmark::State& state) {
  echo child;
  auto poll = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event readable{EPOLLIN, {}};
  ::epoll_ctl(poll, EPOLL_CTL_ADD, child.socket(), &readable);
  for (auto _ : state) {
    conversation talk{child, static_cast<int>(state.range(0))};
    do
      ::epoll_wait(poll, &readable, 1, -1);
    while (!talk.go_on());
  }
  ::close(poll);
  state.SetItemsProcessed(state.iterations() * rounds);
}

void event_loop(benchmark::State& state) {
  for (auto _ : state) {
    echo child;
    venomous::event_loop loop;
    conversation talk{child, static_cast<int>(state.range(0))};
    venomous::event_loop::watch watch{loop, child.socket(), [&] {
                                        if (talk.go_on())
                                          loop.stop();
                                      }};
    loop.run();
    watch.reset();
  }
  state.SetItemsProcessed(state.iterations() * rounds);
}

BENCHMARK(bare_epoll)->Arg(1)->Arg(16)->UseRealTime();
BENCHMARK(event_loop)->Arg(1)->Arg(16)->UseRealTime();

} // namespace

BENCHMARK_MAIN();
