#include "python_bridge/host/zygote_messages.hpp"

#include "tests/catch.hpp"

using namespace venomous;

TEST_CASE("what a zygote tells of a snake is read", "[zygote_messages]") {
  auto forked = parse_event(R"({"event": "forked", "id": 7, "pid": 1234})");
  REQUIRE(forked);
  CHECK(forked->kind == zygote_event::type::forked);
  CHECK(forked->id == 7);
  CHECK(forked->pid == 1234);
  auto exited = parse_event(
    R"({"event": "exited", "id": 7, "code": null, "signal": "SIGSEGV"})");
  REQUIRE(exited);
  CHECK(exited->kind == zygote_event::type::exited);
  CHECK_FALSE(exited->status.code);
  CHECK(exited->status.signal == "SIGSEGV");
}

TEST_CASE("a zygote tells which protocol it speaks, or none",
          "[zygote_messages]") {
  auto hello =
    parse_event(R"({"event": "hello", "protocol": 3, "version": "1.2.3"})");
  REQUIRE(hello);
  CHECK(hello->kind == zygote_event::type::hello);
  CHECK(hello->protocol == 3);
  CHECK(hello->text == "1.2.3");
  hello = parse_event(R"({"event": "hello"})");
  REQUIRE(hello);
  CHECK(hello->kind == zygote_event::type::hello);
  CHECK(hello->protocol == 0);
}

TEST_CASE("why a zygote cannot start is read with its traceback, if any",
          "[zygote_messages]") {
  auto failed = parse_event(
    R"({"event": "failed", "exception": "ValueError", "error": "no"})");
  REQUIRE(failed);
  CHECK(failed->kind == zygote_event::type::failed);
  CHECK(failed->text == "ValueError: no");
  failed = parse_event(R"({"event": "failed", "exception": "ValueError",
                           "error": "no", "backtrace": "line 1"})");
  REQUIRE(failed);
  CHECK(failed->text == "ValueError: no\nline 1");
}

TEST_CASE("an event that the host does not know is no fault",
          "[zygote_messages]") {
  auto event = parse_event(R"({"event": "yawned"})");
  REQUIRE(event);
  CHECK(event->kind == zygote_event::type::other);
}

TEST_CASE("what is no event is refused", "[zygote_messages]") {
  for (auto text : {"", "{", "7", "{}", R"({"event": 7})",
                    R"({"event": "hello", "protocol": "one"})",
                    R"({"event": "forked", "id": 7})",
                    R"({"event": "forked", "id": "seven", "pid": 1})",
                    R"({"event": "exited", "id": 7, "code": "no"})"}) {
    INFO(text);
    CHECK_FALSE(parse_event(text));
  }
}

TEST_CASE("a request to fork has the form that the zygote knows by its letters",
          "[zygote_messages]") {
  CHECK(fork_request(7) == R"({"id":7,"op":"fork"})");
}
