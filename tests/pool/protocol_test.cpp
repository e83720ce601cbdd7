#include "tests/pool_fixture.hpp"

#include "python_bridge/wire/frame.hpp"

#include <signal.h>

#include <cstring>
#include <numeric>

/// @file
/// Snakes that write to their socket what they should not, and what processes
/// share without the host's knowledge.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

using Catch::Matchers::ContainsSubstring;

namespace {

/// A frame that lacks the id of a call.
std::string frame(int kind, const std::string& body, uint8_t in_arena = 0,
                  uint16_t attachments = 0) {
  frame_header header;
  header.body_length = static_cast<uint32_t>(body.size());
  header.kind = static_cast<frame_kind>(kind);
  header.in_arena = in_arena;
  header.attachments = attachments;
  std::string result(sizeof(header), '\0');
  std::memcpy(result.data(), &header, sizeof(header));
  return result + body;
}

/// A result with an attachment that is said to be at `where`.
std::string result_with(const memory_reference& reference,
                        uint64_t content_size = 1) {
  std::string body = "\x07";
  body.append(reinterpret_cast<const char*>(&reference), sizeof(reference));
  body.append(reinterpret_cast<const char*>(&content_size),
              sizeof(content_size));
  return frame(18, body, 0, 1);
}

} // namespace

TEST_CASE("a reply with a foreign id is nobody's", "[protocol]") {
  pool_fixture f{small_pool(1)};
  std::vector<uint64_t> foreign{0, 1, 2, 3, uint64_t{1} << 63};
  CHECK(checked(python<int>(f.self, f.manager,
                            {"forging", "forge_replies", foreign, 7}))
        == 7);
  for (int i = 0; i < 3; ++i)
    CHECK(checked(python<int>(f.self, f.manager, {"snakes", "echo", i})) == i);
}

TEST_CASE("a second reply to a call is nobody's", "[protocol]") {
  pool_fixture f{small_pool(1)};
  CHECK(checked(python<int>(f.self, f.manager,
                            {"forging", "forge_own_replies", 3, 7}))
        == 99);
  for (int i = 0; i < 3; ++i)
    CHECK(checked(python<int>(f.self, f.manager, {"snakes", "echo", i})) == i);
}

TEST_CASE("a thread that outlives its call cannot answer the next one",
          "[protocol]") {
  pool_fixture f{small_pool(1)};
  rendezvous thread;
  rendezvous call;
  std::vector<uint64_t> guesses(1000);
  std::iota(guesses.begin(), guesses.end(), 0);
  CHECK(python(f.self, f.manager,
               {"forging", "forge_replies_later", guesses, thread.path()}));
  thread.arrival();
  auto forge = [&] {
    call.arrival();
    thread.release();
    thread.arrival();
    call.release("genuine");
  };
  SECTION("if it is a call") {
    auto got = f.call_later(call.call());
    forge();
    CHECK(checked(checked(got.get()).as<std::string>()) == "genuine");
  }
  SECTION("if it is a run of a lease") {
    auto leased = checked(retrieve_snake(f.self, f.manager));
    auto got = f.ask_later<value>(leased.worker, snake_run_atom_v, leased,
                                  call.call(), python_options{});
    forge();
    CHECK(checked(checked(got.get()).as<std::string>()) == "genuine");
  }
  SECTION("if it is a map") {
    map_args items{"snakes", "meet", std::vector{call.path()}};
    auto got = f.ask_later<map_results>(f.manager, python_map_atom_v, items,
                                        map_options{});
    forge();
    auto all = checked(got.get());
    REQUIRE(all.errors.empty());
    CHECK(checked(all.values.at(0).as<std::string>()) == "genuine");
  }
}

TEST_CASE("a snake that ends in the middle of a reply has died", "[protocol]") {
  pool_fixture f{small_pool(1)};
  auto got =
    python(f.self, f.manager, {"forging", "announce_and_exit", 1000, 10},
           {.timeout = forever});
  CHECK(code_in(got) == errc::python_died);
  CHECK_THAT(text_in(got), ContainsSubstring("exited with code 0"));
  CHECK(python_wait(f.self, f.manager, {"os", "getpid"}));
}

TEST_CASE("a lock that died with its snake holds up those only who want it",
          "[protocol][concurrency]") {
  temporary_folder folder;
  folder.write("locks.py", "import multiprocessing\n"
                           "import snakes\n"
                           "lock = multiprocessing.get_context('fork').Lock()\n"
                           "def hold(path):\n"
                           "  with lock: snakes.meet(path)\n"
                           "def take():\n"
                           "  with lock: return 1\n");
  auto options = small_pool(2);
  options.module_paths.push_back(folder.path());
  options.preload = {"locks"};
  pool_fixture f{options};
  rendezvous here;
  CHECK(checked(python<int>(f.self, f.manager, {"locks", "take"})) == 1);
  auto holder = f.call_later({"locks", "hold", here.path()});
  ::kill(here.arrival(), SIGKILL);
  CHECK(code_in(holder.get()) == errc::python_died);
  auto kept = f.call_later({"locks", "take"},
                           {.timeout = 500ms, .busy = when_busy::wait});
  for (int i = 0; i < 10; ++i)
    CHECK(checked(python_wait<int>(f.self, f.manager, {"snakes", "echo", i}))
          == i);
  CHECK(code_in(kept.get()) == errc::timeout);
}

TEST_CASE("a snake that notes calls which it was not sent is ended at once",
          "[protocol]") {
  pool_fixture f{small_pool(1)};
  rendezvous here;
  python_options patient{.timeout = forever, .busy = when_busy::wait};
  SECTION("in a call") {
    CHECK(python(f.self, f.manager, {"forging", "note_begun", 9}, patient));
  }
  SECTION("between two calls") {
    snake_args later{"forging", "note_begun_later", 9, here.path()};
    CHECK(python(f.self, f.manager, later, patient));
    here.arrival();
    here.release();
    here.arrival();
  }
  CHECK(checked(python<int>(f.self, f.manager, {"snakes", "echo", 1}, patient))
        == 1);
}

TEST_CASE("a snake that speaks nonsense is ended at once", "[protocol]") {
  pool_fixture f{small_pool(1)};
  python_options patient;
  patient.timeout = forever;
  auto got =
    python(f.self, f.manager, {"snakes", "write_to_sockets", "?"}, patient);
  CHECK(code_in(got) == errc::python_died);
  CHECK(python(f.self, f.manager, {"os", "getpid"}));
}

TEST_CASE("what is no answer ends the snake that has sent it, and tells",
          "[protocol]") {
  struct speech {
    std::string title;
    std::string bytes;
  };
  std::vector<speech> speeches{
    {"zeroes", std::string(100, '\0')},
    {"bytes that are all ones", std::string(100, '\xff')},
    {"an attachment that is nowhere", frame(18, "\x07", 0, 1)},
    {"an attachment of no bytes", result_with({0, 0, 0, body_segment})},
    {"more attachments than bytes", frame(18, "\x07", 0, 0xffff)},
    {"an attachment behind the arena", result_with({1 << 30, 1, 0, 0})},
    {"an attachment of the whole space", result_with({4096, ~0ull, 0, 0})},
    {"an attachment in the control page", result_with({0, 64, 0, 0})},
    {"an attachment where arguments are", result_with({4096, 64, 0, 0})},
    {"an attachment of no slot", result_with({1 << 28, 64, 1024, 0})},
    {"an attachment in a foreign segment", result_with({4096, 64, 0, 1})},
    {"an attachment in an argument that is none",
     result_with({0, 1, 0, argument_segment})},
    {"an attachment beyond the body", result_with({0, 99, 0, body_segment})},
    {"MessagePack beyond the body", result_with({0, 1, 0, body_segment}, 99)},
    {"MessagePack of the whole space",
     result_with({0, 1, 0, body_segment}, ~0ull)},
    {"an attachment of an exception", frame(19, std::string(40, '\0'), 0, 1)},
    {"a place that is neither", frame(18, "\x07", 2)},
    {"half a reference", frame(18, std::string(12, '\0'), 1)},
    {"no kept object where one is announced",
     frame(23, "\x07" + std::string(8, '\0'))},
    {"more kept objects than there are bytes",
     frame(23, "\x07" + std::string(8, '\0') + std::string(8, '\x20'))},
    {"an exception that is none", frame(19, "\x07")},
    {"an exception with a part too few", frame(19, "\x92\xa1x\xa1y")},
    {"results of a call that is no map",
     frame(22,
           std::string(4, '\0') + "\x12\x01" + std::string(3, '\0') + "\x07")},
  };
  // Those in between are answers.
  for (int kind : {0, 1, 2, 3, 15, 16, 17, 23, 24, 99, 128, 255})
    speeches.push_back({"kind " + std::to_string(kind), frame(kind, "\x07")});
  for (auto& [title, said] : speeches) {
    INFO(title);
    auto begin = reinterpret_cast<const std::byte*>(said.data());
    std::vector<std::byte> spoken{begin, begin + said.size()};
    pool_fixture f{small_pool(1)};
    auto got = python_wait(f.self, f.manager, {"forging", "speak", spoken});
    CHECK(code_in(got) == errc::python_died);
    CHECK_THAT(text_in(got), ContainsSubstring("broke the protocol"));
    CHECK(checked(python_wait<int>(f.self, f.manager, {"snakes", "echo", 1}))
          == 1);
  }
}
