// Faults that were found by review and by attack, each with its scenario.

#include "tests/pool_fixture.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <thread>

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

using Catch::Matchers::Contains;

namespace {

size_t lines_in(const std::filesystem::path& file) {
  std::ifstream in{file};
  std::string line;
  size_t result = 0;
  while (std::getline(in, line))
    ++result;
  return result;
}

/// Options with an encoder made of `text`, a function `start()` in Python.
pool_options with_encoder(const temporary_folder& folder,
                          const std::string& text, pool_options options) {
  folder.write("beginning.py", text);
  options.module_paths.push_back(folder.path());
  options.encoder = encoder_call{"beginning", "start", {}};
  return options;
}

/// The zygote of the only pool, which may have to start one for that: a pool
/// does without until somebody needs a snake.
pid_t zygote_of(pool_fixture& f) {
  pid_t result = 0;
  REQUIRE(eventually([&] {
    REQUIRE(python_wait(f.self, f.manager, {"os", "getpid"}));
    for (auto pid : processes_of_pools())
      if (parent_of(pid) == ::getpid() && is_alive(pid))
        result = pid;
    return result != 0;
  }));
  return result;
}

/// Options that preload a module made of `text`.
pool_options with_preload(const temporary_folder& folder,
                          const std::string& text) {
  auto options = small_pool(2);
  folder.write("preloaded.py", text);
  options.module_paths.push_back(folder.path());
  options.preload = {"preloaded"};
  return options;
}

} // namespace

// -- starts -------------------------------------------------------------------

TEST_CASE("snakes that die idle are not started again and again without pause",
          "[regression]") {
  temporary_folder folder;
  auto log = folder / "starts";
  auto options = small_pool(4);
  options.perpetual_workers = 4;
  auto begin = std::chrono::steady_clock::now();
  pool_fixture f{with_encoder(folder,
                              "import os, threading\n"
                              "def start():\n"
                              "  with open('"
                                + log.string()
                                + "', 'a') as log: log.write('x\\n')\n"
                                  "  threading.Timer(0.01, os._exit, [1])"
                                  ".start()\n",
                              options)};
  REQUIRE(eventually([&] { return lines_in(log) >= 12; }));
  // Three rounds of four: at least 50 ms lie between the first two of them, and
  // 100 ms between the next.
  CHECK(std::chrono::steady_clock::now() - begin >= 150ms);
}

TEST_CASE("one start that fails does not refuse those who wait for another",
          "[regression][concurrency]") {
  temporary_folder folder;
  rendezvous here;
  // The first start fails, the second one takes its time.
  pool_fixture f{with_encoder(folder,
                              "import os, snakes\n"
                              "def start():\n"
                              "  number = 0\n"
                              "  while True:\n"
                              "    try: os.mkdir(f'"
                                + folder.path()
                                + "/{number}')\n"
                                  "    except FileExistsError: number += 1\n"
                                  "    else: break\n"
                                  "  if number == 0: raise LookupError\n"
                                  "  if number == 1: snakes.meet('"
                                + here.path() + "')\n",
                              small_pool(2))};
  auto one = f.call_later({"os", "getpid"});
  auto other = f.call_later({"os", "getpid"});
  here.arrival();
  REQUIRE(eventually([&] { return processes_of_pools().size() == 2; }));
  CHECK(one.wait_for(20ms) == std::future_status::timeout);
  here.release();
  CHECK(one.get());
  CHECK(other.get());
}

TEST_CASE("a start for which descriptors lack fails, and nothing else does",
          "[regression]") {
  pool_fixture f{small_pool(2)};
  rendezvous here;
  auto running = f.call_later(here.call());
  here.arrival();
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  for (auto spare : {0, 1, 2, 3}) {
    rlimit scarce{static_cast<rlim_t>(leftovers::now().descriptors + spare),
                  before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &scarce);
    auto refused = python(f.self, f.manager, {"os", "getpid"});
    ::setrlimit(RLIMIT_NOFILE, &before);
    CHECK(code_in(refused) == errc::start_failed);
    CHECK_THAT(text_in(refused), Contains("Too many open files"));
  }
  CHECK(eventually([&] {
    return bool(python(f.self, f.manager, {"os", "getpid"}));
  }));
  here.release();
  CHECK(running.get());
}

// -- the zygote ---------------------------------------------------------------

TEST_CASE("a call is never told that its snake is gone", "[regression]") {
  pool_fixture f;
  for (int round = 0; round < 20; ++round) {
    auto zygote = zygote_of(f);
    std::vector<std::future<caf::expected<value>>> calls;
    for (int i = 0; i < 20; ++i) {
      calls.push_back(f.call_later({"os", "getpid"}));
      if (i == 10)
        ::kill(zygote, SIGKILL);
    }
    for (auto& call : calls) {
      auto got = call.get();
      INFO("round " << round);
      if (!got)
        CHECK_THAT(text_in(got), Catch::StartsWith("python_died"));
    }
  }
}

TEST_CASE("threads of a preload do not keep the zygote from seeing ends",
          "[regression]") {
  temporary_folder folder;
  pool_fixture f{with_preload(
    folder, "import threading\n"
            "threading.Thread(target=threading.Event().wait, daemon=True)"
            ".start()\n")};
  for (int i = 0; i < 5; ++i)
    CHECK_THAT(text_in(python(f.self, f.manager, {"os", "_exit", 3})),
               Contains("exited with code 3"));
}

TEST_CASE("a preload that ignores SIGCHLD does not keep the zygote from seeing "
          "ends",
          "[regression]") {
  temporary_folder folder;
  pool_fixture f{
    with_preload(folder, "import signal\n"
                         "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n")};
  CHECK_THAT(text_in(python(f.self, f.manager, {"os", "_exit", 3})),
             Contains("exited with code 3"));
}

// -- the end of a pool --------------------------------------------------------

TEST_CASE("a pool may be stopped by several threads at once",
          "[regression][concurrency]") {
  pool_fixture f;
  REQUIRE(python(f.self, f.manager, {"os", "getpid"}));
  std::vector<std::jthread> stoppers;
  for (int i = 0; i < 4; ++i)
    stoppers.emplace_back([&] { f.pool.stop(); });
}

TEST_CASE("who awaits all actors of a system does not wait for a pool",
          "[regression]") {
  pool_fixture f;
  auto others = f.system.registry().running();
  CHECK(others <= 1);
  CHECK(python(f.self, f.manager, {"os", "getpid"}));
  CHECK(f.system.registry().running() == others);
}

// -- the protocol -------------------------------------------------------------

TEST_CASE("a snake that speaks nonsense is ended at once", "[regression]") {
  pool_fixture f{small_pool(1)};
  python_options patient;
  patient.timeout = forever;
  auto got =
    python(f.self, f.manager, {"snakes", "write_to_sockets", "?"}, patient);
  CHECK(code_in(got) == errc::python_died);
  CHECK(python(f.self, f.manager, {"os", "getpid"}));
}
