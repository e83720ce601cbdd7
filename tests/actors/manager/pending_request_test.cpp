#include "tests/actors/manager/manager_fixture.hpp"
#include "tests/catch.hpp"

using namespace venomous;
using namespace venomous::test;

namespace {

using snakes_answer = std::vector<snake>;

pending_request part_of(const std::shared_ptr<lease_batch>& batch) {
  return {.promise = {}, .demand = batch};
}

} // namespace

TEST_CASE("a refused call or lease is answered with the error",
          "[pending_request]") {
  callers_fixture f;
  auto request =
    GENERATE(false, true) ? make_call(f.alice) : make_lease(f.alice);
  CHECK(request.caller() == f.alice.address());
  request.refuse(errc::no_snake, "all are busy");
  CHECK(f.alice.refusal() == errc::no_snake);
}

TEST_CASE("a granted lease is answered with the snake", "[pending_request]") {
  callers_fixture f;
  auto request = make_lease(f.alice);
  request.grant({3, 5, {}, 0});
  auto answer = f.alice.answer<snake>();
  REQUIRE(answer);
  CHECK(answer->lease == 5);
}

TEST_CASE("leases of a batch are answered together, with the last one",
          "[pending_request]") {
  callers_fixture f;
  auto batch = std::make_shared<lease_batch>(f.alice.promise());
  auto granted = part_of(batch);
  std::optional refused{part_of(batch)};
  batch.reset();
  CHECK(granted.caller() == f.alice.address());
  granted.grant({3, 5, {}, 0});
  granted = make_call(f.bob);
  refused->refuse(errc::start_failed, "no interpreter");
  CHECK_FALSE(f.alice.answer<snakes_answer>());
  refused.reset();
  auto answer = f.alice.answer<snakes_answer>();
  REQUIRE(answer);
  CHECK(answer->size() == 1);
}

TEST_CASE("a batch that gets no snake is empty if all are busy",
          "[pending_request]") {
  callers_fixture f;
  part_of(std::make_shared<lease_batch>(f.alice.promise()))
    .refuse(errc::no_snake, "all are busy");
  auto answer = f.alice.answer<snakes_answer>();
  REQUIRE(answer);
  CHECK(answer->empty());
}

TEST_CASE("a batch that gets no snake because none starts tells so",
          "[pending_request]") {
  callers_fixture f;
  part_of(std::make_shared<lease_batch>(f.alice.promise()))
    .refuse(errc::start_failed, "no interpreter");
  CHECK(f.alice.refusal() == errc::start_failed);
}
