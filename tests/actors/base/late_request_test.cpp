#include "actors/base/late_request.hpp"

#include "tests/actors/manager/manager_fixture.hpp"
#include "tests/catch.hpp"

using namespace venomous;
using namespace venomous::test;

namespace {

struct late_request_fixture : callers_fixture {
  passive_caller ended{system};

  caf::mailbox_element_ptr ask(compat::stages path = {}) {
    return compat::make_mail(alice.handle(), caf::make_message_id(7),
                             caf::make_message(1), std::move(path));
  }
};

} // namespace

TEST_CASE_METHOD(late_request_fixture, "a late request is answered once",
                 "[late_request]") {
  auto mail = ask();
  late_request{ended.handle(), *mail}.deliver(2);
  CHECK(alice.answer<int>() == 2);
  CHECK_FALSE(alice.answer<int>());
}

TEST_CASE_METHOD(late_request_fixture,
                 "another actor may answer a late request", "[late_request]") {
  auto mail = ask();
  late_request{ended.handle(), *mail}.delegate(
    caf::actor_cast<caf::actor>(bob.handle()), 3);
  CHECK_FALSE(alice.answer<int>());
  CHECK(bob.answer<int>() == 3);
}

TEST_CASE_METHOD(late_request_fixture,
                 "a late request without a sender gets "
                 "no answer",
                 "[late_request]") {
  auto mail =
    compat::make_mail(nullptr, caf::make_message_id(7), caf::make_message(1));
  late_request{ended.handle(), *mail}.deliver(2);
  CHECK_FALSE(alice.answer<int>());
}

#if VENOMOUS_CAF_017

TEST_CASE_METHOD(late_request_fixture,
                 "the answer to a late request goes through the actors that it "
                 "is composed with",
                 "[late_request]") {
  auto mail = ask({bob.handle()});
  late_request{ended.handle(), *mail}.deliver(2);
  CHECK_FALSE(alice.answer<int>());
  CHECK(bob.answer<int>() == 2);
}

#endif
