#include "tests/actors/manager/manager_fixture.hpp"
#include "tests/catch.hpp"

#include "actors/manager/running_maps.hpp"

using namespace venomous;
using namespace venomous::test;

namespace {

snake_mapper_actor as_mapper(const passive_caller& x) {
  return caf::actor_cast<snake_mapper_actor>(x.handle());
}

map_args large_map(char content) {
  return {"m", "f", std::vector{std::string(700'000, content)}};
}

} // namespace

TEST_CASE("a map is found by its token until its mapper is gone",
          "[running_maps]") {
  callers_fixture f;
  running_maps maps{1};
  maps.add(as_mapper(f.alice), 7, large_map('x'));
  CHECK(maps.find(7) == as_mapper(f.alice));
  CHECK_FALSE(maps.find(8));
  maps.remove(f.bob.address());
  CHECK_FALSE(maps.empty());
  maps.remove(f.alice.address());
  CHECK(maps.empty());
  CHECK_FALSE(maps.find(7));
}

TEST_CASE("the items of a map count until its mapper is gone",
          "[running_maps]") {
  callers_fixture f;
  running_maps maps{1};
  auto first = large_map('x');
  auto second = large_map('y');
  CHECK(maps.refusal(first).empty());
  maps.add(as_mapper(f.alice), 0, first);
  CHECK_FALSE(maps.refusal(second).empty());
  maps.remove(f.alice.address());
  CHECK(maps.refusal(second).empty());
}

TEST_CASE("all mappers are named at the end", "[running_maps]") {
  callers_fixture f;
  running_maps maps{1};
  maps.add(as_mapper(f.alice), 0, large_map('x'));
  maps.add(as_mapper(f.bob), 0, large_map('x'));
  CHECK(maps.clear().size() == 2);
  CHECK(maps.empty());
}
