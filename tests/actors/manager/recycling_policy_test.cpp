#include "actors/manager/recycling_policy.hpp"

#include "tests/catch.hpp"

#include <set>
#include <string>

#include <unistd.h>

using namespace venomous;
using namespace std::chrono_literals;

namespace {

/// This process, as if it were a snake that has answered a call and takes more
/// than a megabyte.
struct this_process {
  this_process() {
    member.os_pid = ::getpid();
    member.calls_done = 1;
  }

  pool_member member;
  std::string ballast = std::string(4'000'000, 'x');
};

} // namespace

TEST_CASE("without limits no snake is ever replaced", "[recycling_policy]") {
  recycling_policy policy{pool_options{}};
  this_process own;
  auto& member = own.member;
  policy.set_limits(member);
  member.calls_done = 1'000'000'000;
  CHECK_FALSE(policy.needs_inspections());
  CHECK_FALSE(policy.is_due(member, 0s));
  CHECK_FALSE(recycling_policy::has_all_calls(member));
}

TEST_CASE("snakes may have 90 to 100 percent of max-calls, not all the same",
          "[recycling_policy]") {
  pool_options options;
  options.max_calls = 1000;
  recycling_policy policy{options};
  CHECK_FALSE(policy.needs_inspections());
  std::set<uint64_t> limits;
  for (int i = 0; i < 100; ++i) {
    pool_member member;
    policy.set_limits(member);
    REQUIRE(member.max_calls >= 900);
    REQUIRE(member.max_calls <= 1000);
    limits.insert(member.max_calls);
  }
  CHECK(limits.size() > 1);
}

TEST_CASE("calls that a snake has not answered yet count as well",
          "[recycling_policy]") {
  pool_member member;
  member.max_calls = 3;
  member.calls_done = 1;
  member.calls.resize(1);
  CHECK_FALSE(recycling_policy::has_all_calls(member));
  member.calls.resize(2);
  CHECK(recycling_policy::has_all_calls(member));
}

TEST_CASE("a snake is replaced at 90 to 100 percent of max-age-minutes",
          "[recycling_policy]") {
  pool_options options;
  options.max_age = 100h;
  recycling_policy policy{options};
  CHECK(policy.needs_inspections());
  pool_member member;
  auto before = recycling_policy::clock::now();
  policy.set_limits(member);
  auto after = recycling_policy::clock::now();
  CHECK(member.replace_at >= before + 90h);
  CHECK(member.replace_at <= after + 100h);
  CHECK_FALSE(policy.is_due(member, 0s));
  member.replace_at = after;
  CHECK(policy.is_due(member, 0s));
}

TEST_CASE("a snake that is too large is replaced once it was called",
          "[recycling_policy]") {
  pool_options options;
  options.max_memory_mb = 1;
  recycling_policy policy{options};
  this_process own;
  auto& member = own.member;
  member.calls_done = 0;
  CHECK_FALSE(policy.is_due(member, 0s));
  member.calls_done = 1;
  CHECK(policy.is_due(member, 0s));
}

TEST_CASE("the size of a snake is measured once in an interval",
          "[recycling_policy]") {
  pool_options options;
  options.max_memory_mb = 1;
  recycling_policy policy{options};
  this_process own;
  auto& member = own.member;
  CHECK(policy.is_due(member, 1h));
  CHECK_FALSE(policy.is_due(member, 1h));
  CHECK(policy.is_due(member, 0s));
}

TEST_CASE("a snake below max-memory-mb stays", "[recycling_policy]") {
  pool_options options;
  options.max_memory_mb = size_t{1} << 20;
  recycling_policy policy{options};
  this_process own;
  auto& member = own.member;
  CHECK_FALSE(policy.is_due(member, 0s));
}
