#include "tests/actors/manager/manager_fixture.hpp"
#include "tests/catch.hpp"

using namespace venomous;
using namespace venomous::test;

namespace {

pending_request at(place position, const passive_caller& from,
                   call_token token = 0) {
  auto result = make_call(from, {.token = token});
  result.ticket.position = position;
  return result;
}

std::vector<place> positions(const request_queue& queue) {
  std::vector<place> result;
  for (auto& [position, request] : queue.requests())
    result.push_back(position);
  return result;
}

} // namespace

TEST_CASE("requests leave the queue in the order of their positions",
          "[request_queue]") {
  callers_fixture f;
  request_queue queue;
  for (place position : {1, 2, 3})
    queue.push(at(position, f.alice));
  auto first = queue.pop();
  CHECK(first.ticket.position == 1);
  CHECK(queue.front().ticket.position == 2);
  queue.push(std::move(first));
  CHECK(positions(queue) == std::vector<place>{1, 2, 3});
}

TEST_CASE("a request is found by its token while it waits", "[request_queue]") {
  callers_fixture f;
  request_queue queue;
  queue.push(at(1, f.alice, 7));
  queue.push(at(2, f.alice));
  queue.push(at(3, f.bob, 8));
  CHECK(queue.find(7) == place{1});
  CHECK_FALSE(queue.find(0));
  queue.pop();
  CHECK_FALSE(queue.find(7));
  CHECK(queue.take(3).options.token == 8);
  CHECK_FALSE(queue.find(8));
  CHECK(positions(queue) == std::vector<place>{2});
}

TEST_CASE("a token that is used twice names the later request",
          "[request_queue]") {
  callers_fixture f;
  request_queue queue;
  queue.push(at(1, f.alice, 7));
  queue.push(at(2, f.alice, 7));
  queue.pop();
  CHECK(queue.find(7) == place{2});
}

TEST_CASE("with a caller go its requests, and no others", "[request_queue]") {
  callers_fixture f;
  request_queue queue;
  queue.push(at(1, f.alice, 7));
  queue.push(at(2, f.bob));
  queue.push(at(3, f.alice));
  queue.push({.promise = {}, .demand = job{}, .ticket = {4, {}, 0}});
  queue.drop(f.alice.address());
  queue.drop(f.alice.address());
  CHECK(positions(queue) == std::vector<place>{2, 4});
  CHECK_FALSE(queue.find(7));
  CHECK_FALSE(f.alice.refusal());
}

TEST_CASE("a request that leaves the queue gives its memory back",
          "[request_queue]") {
  callers_fixture f;
  memory_quota quota{1};
  snake_args args{"m", "f", std::string(700'000, 'x')};
  auto request = make_call(f.alice, {}, args);
  request.memory = quota.take(*request.call());
  snake_args others{"m", "f", std::string(700'000, 'y')};
  request_queue queue;
  queue.push(std::move(request));
  CHECK_FALSE(quota.refusal(job{others}).empty());
  auto left = queue.pop();
  CHECK(quota.refusal(job{others}).empty());
}
