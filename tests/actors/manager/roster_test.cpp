#include "tests/actors/manager/manager_fixture.hpp"
#include "tests/catch.hpp"

#include <algorithm>

using namespace venomous;
using namespace venomous::test;

namespace {

struct roster_fixture : callers_fixture {
  roster_fixture() {
    snakes.add_caller(alice.address());
    snakes.add_caller(bob.address());
  }

  pool_member& add_serving() {
    auto& member = *snakes.find(snakes.add());
    snakes.serve(member);
    return member;
  }

  pool_member& add_ready() {
    auto& member = add_serving();
    snakes.make_ready(member);
    return member;
  }

  /// Adds a snake that has `n` calls and may have `window`.
  pool_member& add_busy(size_t n, uint32_t window) {
    auto& member = add_serving();
    snakes.finish_calls(member, 0, window);
    for (; n > 0; --n)
      snakes.add_call(member, {++last_position, {}, 0});
    return member;
  }

  roster snakes;
  place last_position = 0;
};

std::vector<snake_id> in_order(std::vector<snake_id> ids) {
  std::ranges::sort(ids);
  return ids;
}

} // namespace

// -- ready snakes -------------------------------------------------------------

TEST_CASE("the ready snake that was used last is taken first", "[roster]") {
  roster_fixture f;
  auto& one = f.add_ready();
  auto& two = f.add_ready();
  auto& three = f.add_ready();
  f.snakes.take_ready(one);
  f.snakes.make_ready(one);
  CHECK(&f.snakes.take_ready() == &one);
  CHECK(&f.snakes.take_ready() == &three);
  CHECK(&f.snakes.take_ready() == &two);
  CHECK(f.snakes.ready().empty());
}

TEST_CASE("any ready snake can be taken, and none twice", "[roster]") {
  roster_fixture f;
  auto& one = f.add_ready();
  auto& two = f.add_ready();
  f.snakes.take_ready(one);
  f.snakes.take_ready(one);
  CHECK(f.snakes.ready() == std::list{two.id});
}

TEST_CASE("snakes that get no more calls are not ready", "[roster]") {
  roster_fixture f;
  auto& member = f.add_ready();
  SECTION("because they are spent") {
    f.snakes.set_spent(member, true);
    f.snakes.make_ready(member);
    CHECK(member.status == snake_status::spent);
  }
  SECTION("because they end") {
    f.snakes.retire(member);
  }
  SECTION("because they are gone") {
    f.snakes.remove(member.id);
  }
  CHECK(f.snakes.ready().empty());
}

// -- numbers ------------------------------------------------------------------

TEST_CASE("snakes are counted by what they can still do", "[roster]") {
  roster_fixture f;
  f.snakes.add();
  f.add_ready();
  auto& spent = f.add_ready();
  f.snakes.set_spent(spent, true);
  auto& ending = f.add_ready();
  f.snakes.retire(ending);
  CHECK(f.snakes.size() == 4);
  CHECK(f.snakes.count(snake_phase::starting) == 1);
  CHECK(f.snakes.count(snake_phase::serving) == 2);
  CHECK(f.snakes.count(snake_phase::ending) == 1);
  CHECK(f.snakes.in_service() == 1);
  CHECK(f.snakes.staying() == 2);
  CHECK(f.snakes.find_serving(spent.id) == &spent);
  CHECK(f.snakes.find_serving(ending.id) == nullptr);
  f.snakes.remove(spent.id);
  f.snakes.remove(ending.id);
  CHECK(f.snakes.in_service() == 1);
  CHECK(f.snakes.staying() == 2);
}

TEST_CASE("the number of a snake that is gone is not used again", "[roster]") {
  roster_fixture f;
  auto first = f.snakes.add();
  f.snakes.remove(first);
  CHECK(f.snakes.add() != first);
}

TEST_CASE("a pool is in use while a snake is leased or has a call",
          "[roster]") {
  roster_fixture f;
  auto& member = f.add_ready();
  CHECK_FALSE(f.snakes.in_use());
  f.snakes.lease(member, f.alice.address(), 0);
  CHECK(f.snakes.in_use());
  f.snakes.make_ready(member);
  CHECK_FALSE(f.snakes.in_use());
  f.snakes.add_call(member, {1, f.alice.address(), 0});
  CHECK(f.snakes.in_use());
  f.snakes.retire(member);
  CHECK(f.snakes.in_use());
}

// -- calls --------------------------------------------------------------------

TEST_CASE("of the busy snakes with room the one with the fewest calls is found",
          "[roster]") {
  roster_fixture f;
  f.add_ready();
  f.add_busy(1, 1);
  auto& three = f.add_busy(3, 4);
  auto& two = f.add_busy(2, 4);
  CHECK(f.snakes.find_room() == &two);
  f.snakes.finish_calls(three, 2, 4);
  CHECK(f.snakes.find_room() == &three);
  f.snakes.finish_calls(three, 0, 1);
  CHECK(f.snakes.find_room() == &two);
  f.snakes.set_spent(two, true);
  CHECK(f.snakes.find_room() == nullptr);
}

TEST_CASE("a leased snake has no room for the calls of others", "[roster]") {
  roster_fixture f;
  auto& member = f.add_busy(0, 4);
  f.snakes.lease(member, f.alice.address(), 0);
  f.snakes.add_call(member, {0, f.alice.address(), 0});
  CHECK(f.snakes.find_room() == nullptr);
  CHECK_FALSE(member.has_room());
}

TEST_CASE(
  "of the snakes with a backlog the one with the longest calls is found",
  "[roster]") {
  roster_fixture f;
  f.add_busy(1, 2);
  CHECK(f.snakes.find_backlog() == nullptr);
  auto& quick = f.add_busy(2, 32);
  CHECK(f.snakes.find_backlog() == &quick);
  auto& slow = f.add_busy(2, 2);
  CHECK(f.snakes.find_backlog() == &slow);
  f.snakes.drop_call(slow, slow.calls.back().position);
  CHECK(f.snakes.find_backlog() == &quick);
}

TEST_CASE("a call is found by its token until it is done", "[roster]") {
  roster_fixture f;
  auto& member = f.add_ready();
  f.snakes.add_call(member, {1, f.alice.address(), 7});
  f.snakes.add_call(member, {2, f.alice.address(), 8});
  f.snakes.add_call(member, {3, f.alice.address(), 9});
  CHECK(f.snakes.find_call(9) == &member);
  f.snakes.drop_call(member, 2);
  f.snakes.finish_calls(member, 1, 4);
  CHECK(f.snakes.find_call(7) == nullptr);
  CHECK(f.snakes.find_call(8) == nullptr);
  CHECK(f.snakes.find_call(9) == &member);
  CHECK(member.calls_done == 1);
  CHECK(member.status == snake_status::busy);
  f.snakes.finish_calls(member, 1, 4);
  CHECK(f.snakes.find_call(9) == nullptr);
  CHECK(member.status == snake_status::retrieved);
}

TEST_CASE("a call that moved is found at the snake that has it now",
          "[roster]") {
  roster_fixture f;
  auto& before = f.add_ready();
  auto& now = f.add_ready();
  f.snakes.add_call(before, {1, f.alice.address(), 7});
  f.snakes.add_call(now, {1, f.alice.address(), 7});
  f.snakes.drop_call(before, 1);
  CHECK(f.snakes.find_call(7) == &now);
}

TEST_CASE("each lease has a number of its own, and is found by its token",
          "[roster]") {
  roster_fixture f;
  auto& member = f.add_ready();
  f.snakes.lease(member, f.alice.address(), 7);
  auto first = member.leased();
  CHECK(first.id == member.id);
  CHECK(f.snakes.find_lease(7) == &member);
  f.snakes.make_ready(member);
  CHECK(f.snakes.find_lease(7) == nullptr);
  f.snakes.lease(member, f.alice.address(), 0);
  CHECK(member.leased().lease != first.lease);
}

// -- callers ------------------------------------------------------------------

TEST_CASE("a caller that goes has the snakes that it leased or that have its "
          "calls",
          "[roster]") {
  roster_fixture f;
  auto alice = f.alice.address();
  auto& leased = f.add_ready();
  auto& busy = f.add_ready();
  auto& done = f.add_ready();
  auto& other = f.add_ready();
  f.snakes.lease(leased, alice, 0);
  f.snakes.add_call(leased, {0, alice, 0});
  f.snakes.add_call(busy, {1, f.bob.address(), 0});
  f.snakes.add_call(busy, {2, alice, 0});
  f.snakes.add_call(done, {3, alice, 0});
  f.snakes.finish_calls(done, 1, 1);
  f.snakes.add_call(other, {4, f.bob.address(), 0});
  CHECK(in_order(f.snakes.remove_caller(alice))
        == std::vector{leased.id, busy.id});
  CHECK_FALSE(leased.holder);
  CHECK_FALSE(busy.calls[1].caller);
  CHECK(f.snakes.remove_caller(alice).empty());
  CHECK(in_order(f.snakes.remove_caller(f.bob.address()))
        == std::vector{busy.id, other.id});
}

TEST_CASE("a snake that is gone is nobody's", "[roster]") {
  roster_fixture f;
  auto& member = f.add_busy(2, 4);
  f.snakes.add_call(member, {9, f.alice.address(), 7});
  f.snakes.remove(member.id);
  CHECK(f.snakes.size() == 0);
  CHECK(f.snakes.find_call(7) == nullptr);
  CHECK(f.snakes.find_room() == nullptr);
  CHECK(f.snakes.find_backlog() == nullptr);
  CHECK(f.snakes.remove_caller(f.alice.address()).empty());
}

TEST_CASE("only a new caller is to be monitored", "[roster]") {
  roster_fixture f;
  CHECK_FALSE(f.snakes.add_caller(f.alice.address()));
  f.snakes.remove_caller(f.alice.address());
  CHECK(f.snakes.add_caller(f.alice.address()));
  CHECK(f.snakes.clear().size() == 2);
  CHECK(f.snakes.add_caller(f.alice.address()));
}
