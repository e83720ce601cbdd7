#include "python_bridge/host/python_folder.hpp"

#include "tests/pool_fixture.hpp"

#include <sys/resource.h>

#include <cmath>
#include <fstream>

/// @file
/// Starts that fail: who is told, of what, and what happens next.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

using Catch::Matchers::ContainsSubstring;

namespace {

using answer = caf::expected<value>;

/// How many attempts fit into `time` if each has to wait for the back-off of
/// the one before, at its shortest.
size_t most_attempts(std::chrono::steady_clock::duration time) {
  auto delays = std::chrono::duration<double>{time} / 50ms;
  return 1 + static_cast<size_t>(std::log2(delays + 1));
}

/// Options with an encoder made of `text`, a function `start()` in Python.
pool_options with_encoder(const temporary_folder& folder,
                          const std::string& text, pool_options options) {
  folder.write("beginning.py", text);
  options.module_paths.push_back(folder.path());
  options.encoder = encoder_call{"beginning", "start", {}};
  return options;
}

} // namespace

// -- what is told -------------------------------------------------------------

TEST_CASE("what keeps snakes from starting is told to everybody who waits",
          "[start_failed][concurrency]") {
  temporary_folder folder;
  folder.write("raises.py", "raise LookupError('not today')\n");
  folder.write("exits.py", "import os, sys\n"
                           "print('my last words', file=sys.stderr)\n"
                           "os._exit(9)\n");
  folder.write("encoders.py", "def bad(x):\n  raise LookupError(x)\n"
                              "def dies():\n"
                              "  import os\n"
                              "  os.write(2, b'my last words\\n')\n"
                              "  os._exit(9)\n");
  struct row {
    std::string name;
    std::function<void(pool_options&)> spoil;
    std::vector<std::string> texts;
  };
  auto it = GENERATE(values<row>({
    {"a missing interpreter",
     [](pool_options& x) { x.python_executable = "/no/such/python"; },
     {"/no/such/python", "No such file or directory"}},
    {"a name that is not in PATH",
     [](pool_options& x) { x.python_executable = "no-such-python"; },
     {"no-such-python", "No such file or directory"}},
    {"a file that is no program",
     [](pool_options& x) { x.python_executable = "/etc/passwd"; },
     {"/etc/passwd", "Permission denied"}},
    {"a program that ends well",
     [](pool_options& x) { x.python_executable = "/bin/true"; },
     {"/bin/true", "exited with code 0"}},
    {"a program that ends badly",
     [](pool_options& x) { x.python_executable = "/bin/false"; },
     {"/bin/false", "exited with code 1"}},
    {"a program that speaks up",
     [](pool_options& x) { x.python_executable = "/bin/ls"; },
     {"/bin/ls", "exited with code"}},
    {"a preload that raises",
     [](pool_options& x) {
       x.preload = {"json", "raises"};
     },
     {"LookupError: not today", "raises.py\", line 1"}},
    {"a preload that is missing",
     [](pool_options& x) { x.preload = {"no_such_module"}; },
     {"ModuleNotFoundError: No module named 'no_such_module'"}},
    {"a preload that exits",
     [](pool_options& x) { x.preload = {"exits"}; },
     {"exited with code 9", "my last words"}},
    {"a folder that is missing",
     [](pool_options& x) { x.cd = "/no/such/folder"; },
     {"FileNotFoundError", "/no/such/folder"}},
    {"an encoder that raises",
     [](pool_options& x) {
       x.encoder = encoder_call{"encoders", "bad", {std::string{"my reason"}}};
     },
     {"LookupError: my reason", "in bad"}},
    {"an encoder that is missing",
     [](pool_options& x) {
       x.encoder = encoder_call{"encoders", "none", {}};
     },
     {"AttributeError", "none"}},
    {"an encoder that exits",
     [](pool_options& x) {
       x.encoder = encoder_call{"encoders", "dies", {}};
     },
     {"exited with code 9", "my last words"}},
    {"an encoder that never returns",
     [](pool_options& x) {
       x.encoder = encoder_call{"time", "sleep", {int64_t{3600}}};
       x.start_timeout = 2s;
     },
     {"did not get ready within 2000 ms"}},
    {"a preload that never returns",
     [](pool_options& x) {
       x.preload = {"sleeps"};
       x.start_timeout = 500ms;
     },
     {"did not get ready within 500 ms"}},
  }));
  folder.write("sleeps.py", "import time\ntime.sleep(3600)\n");
  INFO(it.name);
  auto options = small_pool(2);
  options.module_paths.push_back(folder.path());
  it.spoil(options);
  pool_fixture f{options};
  std::vector<std::future<answer>> calls;
  for (int i = 0; i < 5; ++i)
    calls.push_back(f.call_later({"os", "getpid"}));
  auto lease = f.ask_later<snake>(f.manager, retrieve_snake_atom_v,
                                  python_options{.busy = when_busy::wait});
  auto many = f.ask_later<std::vector<snake>>(
    f.manager, get_snakes_ready_atom_v, size_t{2});
  for (auto& x : calls) {
    auto got = x.get();
    CHECK(code_in(got) == errc::start_failed);
    for (auto& text : it.texts)
      CHECK_THAT(text_in(got), ContainsSubstring(text));
  }
  CHECK(code_in(lease.get()) == errc::start_failed);
  // Those in line before may have taken all there could be.
  auto none = many.get();
  if (!none)
    CHECK(code_in(none) == errc::start_failed);
  else
    CHECK(none->empty());
  CHECK(f.alive().empty());
}

TEST_CASE("an interpreter that cannot start is not started for each call",
          "[start_failed][concurrency]") {
  temporary_folder folder;
  auto starts = folder / "starts";
  folder.write("counted.py", "import os\n"
                             "with open('"
                               + starts.string()
                               + "', 'a') as f:\n"
                                 "  f.write('start\\n')\n"
                                 "raise LookupError('not today')\n"
                                 "def encoder():\n  pass\n");
  folder.write("encoders.py", "import os\n"
                              "def counted():\n"
                              "  with open('"
                                + starts.string()
                                + "', 'a') as f:\n"
                                  "    f.write('start\\n')\n"
                                  "  raise LookupError('not today')\n");
  auto options = small_pool(2);
  options.perpetual_workers = 1;
  options.module_paths.push_back(folder.path());
  size_t at_once = 1;
  SECTION("for a preload that raises") {
    options.preload = {"counted"};
  }
  SECTION("for an encoder that raises") {
    options.encoder = encoder_call{"encoders", "counted", {}};
    at_once = options.max_children;
  }
  auto begin = std::chrono::steady_clock::now();
  pool_fixture f{options};
  for (int round = 0; round < 10; ++round) {
    std::vector<std::future<answer>> calls;
    for (int i = 0; i < 20; ++i)
      calls.push_back(f.call_later({"os", "getpid"}));
    for (auto& x : calls) {
      auto got = x.get();
      CHECK(code_in(got) == errc::start_failed);
      CHECK_THAT(text_in(got), ContainsSubstring("LookupError: not today"));
    }
  }
  auto counted = lines_in(starts);
  auto took = std::chrono::steady_clock::now() - begin;
  INFO(std::chrono::duration<double>{took}.count() << " s");
  CHECK(counted >= 1);
  CHECK(counted <= at_once * most_attempts(took));
}

TEST_CASE("the pool recovers by itself when the cause is gone",
          "[start_failed]") {
  temporary_folder folder;
  folder.write("obstacle", "");
  folder.write("careful.py", "import os\n"
                             "def check():\n"
                             "  if os.path.exists('"
                               + (folder / "obstacle").string()
                               + "'):\n"
                                 "    raise LookupError('not today')\n");
  folder.write("careful_preload.py", "import careful\ncareful.check()\n");
  auto options = small_pool(2);
  options.module_paths.push_back(folder.path());
  SECTION("a preload") {
    options.preload = {"careful_preload"};
  }
  SECTION("an encoder") {
    options.encoder = encoder_call{"careful", "check", {}};
  }
  SECTION("an encoder, with snakes to be kept warm") {
    options.encoder = encoder_call{"careful", "check", {}};
    options.perpetual_workers = 2;
  }
  pool_fixture f{options};
  CHECK(code_in(python(f.self, f.manager, {"os", "getpid"}))
        == errc::start_failed);
  std::filesystem::remove(folder / "obstacle");
  if (options.perpetual_workers > 0)
    CHECK(f.all_ready(2));
  CHECK(eventually([&] {
    return static_cast<bool>(python(f.self, f.manager, {"os", "getpid"}));
  }));
}

TEST_CASE("what an interpreter says before it gives up is in the error",
          "[start_failed]") {
  pool_options options = small_pool();
  temporary_folder folder;
  auto fake = folder / "python";
  folder.write("python", "#!/bin/sh\n"
                         "echo 'this is no interpreter for it' >&2\n"
                         "exit 4\n");
  std::filesystem::permissions(fake, std::filesystem::perms::owner_all);
  options.python_executable = fake.string();
  pool_fixture f{options};
  auto got = python(f.self, f.manager, {"os", "getpid"});
  CHECK(code_in(got) == errc::start_failed);
  CHECK_THAT(text_in(got),
             ContainsSubstring("exited with code 4")
               && ContainsSubstring("this is no interpreter for it"));
}

TEST_CASE("as long as one snake lives, calls wait for it although no other "
          "one starts",
          "[start_failed]") {
  temporary_folder folder;
  folder.write("careful.py", "import os\n"
                             "def check():\n"
                             "  if os.path.exists('"
                               + (folder / "obstacle").string()
                               + "'):\n"
                                 "    raise LookupError('not today')\n");
  auto options = small_pool(2);
  options.module_paths.push_back(folder.path());
  options.encoder = encoder_call{"careful", "check", {}};
  pool_fixture f{options};
  rendezvous here;
  auto running = f.call_later(here.call());
  here.arrival();
  folder.write("obstacle", "");
  // This one waits for no more than a snake that starts.
  CHECK(code_in(python(f.self, f.manager, {"os", "getpid"}))
        == errc::start_failed);
  auto waiting = f.call_later({"snakes", "echo", 1});
  CHECK(waiting.wait_for(0s) == std::future_status::timeout);
  here.release();
  CHECK(running.get());
  CHECK(waiting.get());
}

TEST_CASE("a bridge for another Python is reported to everybody who waits",
          "[start_failed][concurrency]") {
  namespace fs = std::filesystem;
  temporary_folder folder;
  auto copy = folder / "python";
  fs::copy(find_python_folder(python_places({}, nullptr)), copy,
           fs::copy_options::recursive);
  std::vector<fs::path> bridges;
  for (auto& entry : fs::directory_iterator{copy / "venomous"})
    if (entry.path().extension() == ".so")
      bridges.push_back(entry.path());
  REQUIRE_FALSE(bridges.empty());
  for (auto& bridge : bridges)
    fs::remove(bridge);
  std::string text;
  SECTION("if it is of another version") {
    folder.write("python/venomous/_bridge.cpython-39-other.so", "");
    text = "has a bridge for CPython 3.9";
  }
  SECTION("if it is missing") {
    text = "the library in " + (copy / "venomous").string()
           + " has a bridge for no interpreter";
  }
  auto options = small_pool(2);
  // One without a package of its own.
  options.python_executable.clear();
  options.python_folder = copy.string();
  pool_fixture f{options};
  caller other{f};
  auto begin = std::chrono::steady_clock::now();
  std::vector<std::future<answer>> calls;
  for (int i = 0; i < 5; ++i)
    calls.push_back(
      other.start<value>(f.manager, python_atom_v, snake_args{"os", "getpid"},
                         python_options{.busy = when_busy::wait}));
  auto lease = other.start<snake>(f.manager, retrieve_snake_atom_v,
                                  python_options{.busy = when_busy::wait});
  for (auto& x : calls) {
    auto got = x.get();
    CHECK(code_in(got) == errc::start_failed);
    CHECK_THAT(text_in(got),
               ContainsSubstring("CPython 3.")
                 && ContainsSubstring("-m pip install")
                 && ContainsSubstring("VENOMOUS_PYTHON_EXECUTABLES")
                 && ContainsSubstring(text));
  }
  auto got = lease.get();
  CHECK(code_in(got) == errc::start_failed);
  CHECK_THAT(text_in(got), ContainsSubstring(text));
  // The interpreter speaks for itself, nobody had to lose patience with it.
  CHECK(std::chrono::steady_clock::now() - begin < options.start_timeout);
}

TEST_CASE("a Python side of another build is reported", "[start_failed]") {
  namespace fs = std::filesystem;
  temporary_folder folder;
  auto copy = folder / "python";
  fs::copy(find_python_folder(python_places({}, nullptr)), copy,
           fs::copy_options::recursive);
  std::string text;
  SECTION("by itself") {
    std::ofstream{copy / "venomous" / "__init__.py", std::ios::app}
      << "_bridge.protocol = 99\n_bridge.version = '9.9'\n";
    text = "-m pip install " + source_folder();
  }
  SECTION("by the host, if it does not check by itself") {
    std::ofstream{copy / "venomous" / "preparation.py", std::ios::app}
      << "_bridge.protocol = 99\n_bridge.version = '9.9'\n";
    text = "python-folder";
  }
  auto options = small_pool();
  options.python_executable.clear();
  options.python_folder = copy.string();
  pool_fixture f{options};
  auto got = python(f.self, f.manager, {"os", "getpid"});
  CHECK(code_in(got) == errc::start_failed);
  CHECK_THAT(text_in(got), ContainsSubstring("protocol 99")
                             && ContainsSubstring("version 9.9")
                             && ContainsSubstring(text));
}

TEST_CASE("a missing Python side is reported to waiting callers",
          "[start_failed]") {
  auto options = small_pool();
  options.python_folder = "/nowhere/python";
  pool_fixture f{options};
  auto got = python(f.self, f.manager, {"os", "getpid"});
  CHECK(code_in(got) == errc::start_failed);
  CHECK_THAT(text_in(got), ContainsSubstring("/nowhere/python")
                             && ContainsSubstring("python-folder"));
}

TEST_CASE("who asks for many snakes is told why there are none",
          "[start_failed]") {
  auto options = small_pool(2);
  options.python_executable = "/bin/false";
  pool_fixture f{options};
  SECTION("from a blocking function") {
    auto none = get_snakes_ready(f.self, f.manager, 2);
    CHECK(code_in(none) == errc::start_failed);
    CHECK_THAT(text_in(none), ContainsSubstring("/bin/false"));
  }
  SECTION("from an actor") {
    auto none =
      f.ask<std::vector<snake>>(f.manager, get_snakes_ready_atom_v, size_t{5});
    CHECK(code_in(none) == errc::start_failed);
    CHECK_THAT(text_in(none), ContainsSubstring("/bin/false"));
  }
  SECTION("at once while it is too early for another attempt") {
    for (int i = 0; i < 10; ++i)
      CHECK(code_in(get_snakes_ready(f.self, f.manager, 2))
            == errc::start_failed);
  }
}

TEST_CASE("snakes that die idle are not started again and again without pause",
          "[start_failed]") {
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
          "[start_failed][concurrency]") {
  temporary_folder folder;
  rendezvous here;
  // The first start fails once the second one is under way. That, and whatever
  // comes after it, takes its time.
  pool_fixture f{with_encoder(folder,
                              "import os, snakes, time\n"
                              "def start():\n"
                              "  place = '"
                                + folder.path()
                                + "/'\n"
                                  "  number = 0\n"
                                  "  while True:\n"
                                  "    try: os.mkdir(place + str(number))\n"
                                  "    except FileExistsError: number += 1\n"
                                  "    else: break\n"
                                  "  if number > 0: return snakes.meet('"
                                + here.path()
                                + "')\n"
                                  "  while not os.path.exists(place + '1'):\n"
                                  "    time.sleep(0.001)\n"
                                  "  raise LookupError\n",
                              small_pool(2))};
  auto one = f.call_later({"os", "getpid"});
  auto other = f.call_later({"os", "getpid"});
  here.arrival();
  // The first one is replaced after a while.
  here.arrival();
  CHECK(is_pending(one));
  CHECK(is_pending(other));
  here.close();
  CHECK(one.get());
  CHECK(other.get());
}

TEST_CASE("a start for which descriptors lack fails, and nothing else does",
          "[start_failed]") {
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
    CHECK_THAT(text_in(refused), ContainsSubstring("ulimit -n"));
  }
  CHECK(eventually([&] {
    return bool(python(f.self, f.manager, {"os", "getpid"}));
  }));
  here.release();
  CHECK(running.get());
}
