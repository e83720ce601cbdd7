#include "actors/base/bounced_request.hpp"

#include "tests/actors/manager/manager_fixture.hpp"
#include "tests/catch.hpp"

using namespace venomous;
using namespace venomous::test;

namespace {

struct bounced_request_fixture : callers_fixture {
  passive_caller ended{system};

  caf::mailbox_element_ptr ask(compat::forwarding_stack stages = {}) {
    return compat::make_mail(alice.handle(), caf::make_message_id(7),
                             caf::make_message(1), std::move(stages));
  }
};

} // namespace

TEST_CASE_METHOD(bounced_request_fixture, "a bounced request is answered once",
                 "[bounced_request]") {
  auto mail = ask();
  bounced_request{ended.handle(), *mail}.deliver(2);
  CHECK(alice.answer<int>() == 2);
  CHECK_FALSE(alice.answer<int>());
}

TEST_CASE_METHOD(bounced_request_fixture,
                 "another actor may answer a bounced request",
                 "[bounced_request]") {
  auto mail = ask();
  bounced_request{ended.handle(), *mail}.delegate(
    caf::actor_cast<caf::actor>(bob.handle()), 3);
  CHECK_FALSE(alice.answer<int>());
  CHECK(bob.answer<int>() == 3);
}

TEST_CASE_METHOD(bounced_request_fixture,
                 "a bounced request without a sender gets "
                 "no answer",
                 "[bounced_request]") {
  auto mail =
    compat::make_mail(nullptr, caf::make_message_id(7), caf::make_message(1));
  bounced_request{ended.handle(), *mail}.deliver(2);
  CHECK_FALSE(alice.answer<int>());
}

#if VENOMOUS_CAF_017

TEST_CASE_METHOD(bounced_request_fixture,
                 "a value goes through the actors that the receiver is "
                 "composed with",
                 "[bounced_request]") {
  auto mail = ask({bob.handle()});
  bounced_request{ended.handle(), *mail}.deliver(2);
  CHECK_FALSE(alice.answer<int>());
  CHECK(bob.answer<int>() == 2);
}

TEST_CASE_METHOD(bounced_request_fixture,
                 "an error does not go through the actors that the receiver "
                 "is composed with",
                 "[bounced_request]") {
  auto mail = ask({bob.handle()});
  bounced_request{ended.handle(), *mail}.deliver(
    caf::make_error(errc::shutting_down));
  CHECK(alice.refusal() == errc::shutting_down);
  CHECK_FALSE(bob.refusal());
}

TEST_CASE_METHOD(bounced_request_fixture,
                 "an actor that answers instead knows the actors that the "
                 "receiver is composed with",
                 "[bounced_request]") {
  auto mail = ask({bob.handle()});
  caf::mailbox_element_ptr passed_on;
  caf::actor other = system.spawn<caf::actor_companion, caf::hidden>();
  caf::actor_cast<caf::actor_companion*>(other)->on_enqueue(
    [&](caf::mailbox_element_ptr x) { passed_on = std::move(x); });
  bounced_request{ended.handle(), *mail}.delegate(other, 3);
  REQUIRE(passed_on);
  CHECK(passed_on->sender == alice.handle());
  CHECK(passed_on->stages == compat::forwarding_stack{bob.handle()});
  caf::actor_cast<caf::actor_companion*>(other)->on_enqueue(nullptr);
}

#endif
