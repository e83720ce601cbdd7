#include "python_bridge/memory/ledger.hpp"

#include "tests/catch.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <latch>
#include <thread>

using namespace venomous;

namespace {

struct both_ends {
  ledger host;
  unique_fd descriptor = host.release_descriptor();
  ledger snake{unique_fd{::dup(descriptor.get())}};
};

} // namespace

TEST_CASE("calls are begun in the order of their numbers", "[ledger]") {
  both_ends x;
  CHECK(x.host.last_begun() == 0);
  CHECK_FALSE(x.snake.begin(2));
  CHECK(x.snake.begin(1));
  CHECK(x.host.last_begun() == 1);
  CHECK_FALSE(x.snake.begin(1));
  CHECK(x.snake.begin(2));
  CHECK(x.host.last_begun() == 2);
}

TEST_CASE("calls that were taken back are never begun, later ones are",
          "[ledger]") {
  both_ends x;
  CHECK(x.snake.begin(1));
  CHECK(x.host.revoke(3) == 1);
  CHECK_FALSE(x.snake.begin(2));
  CHECK_FALSE(x.snake.begin(3));
  CHECK(x.snake.begin(4));
  CHECK(x.host.revoke(4) == 4);
}

TEST_CASE("each call is either begun or taken back", "[ledger]") {
  constexpr uint64_t n = 20'000;
  both_ends x;
  uint64_t begun = 0;
  std::latch start{2};
  std::thread other{[&] {
    start.arrive_and_wait();
    for (uint64_t id = 1; id <= n; ++id)
      begun += x.snake.begin(id) ? 1 : 0;
  }};
  start.arrive_and_wait();
  uint64_t taken_back = 0;
  for (uint64_t revoked = 0; revoked < n;) {
    auto next = std::min(n, std::max(revoked, x.host.last_begun()) + 10);
    auto last = std::max(revoked, x.host.revoke(next));
    taken_back += next - std::min(next, last);
    revoked = std::max(next, last);
  }
  other.join();
  CHECK(begun + taken_back == n);
}

TEST_CASE("the other end cannot take the memory away", "[ledger]") {
  both_ends x;
  CHECK(::ftruncate(x.descriptor.get(), 0) == -1);
  CHECK(errno == EPERM);
  CHECK(x.host.last_begun() == 0);
}
