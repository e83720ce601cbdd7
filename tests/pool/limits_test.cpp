#include "tests/pool_fixture.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <thread>
#include <tuple>

/// @file
/// What a snake may use of the machine, and how much a call may pass.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

using Catch::Matchers::ContainsSubstring;

namespace {

/// Both numbers of a limit of the snake.
std::tuple<int64_t, int64_t> limit_of(pool_fixture& f, int resource) {
  return checked(python<std::tuple<int64_t, int64_t>>(
    f.self, f.manager, {"resource", "getrlimit", resource}));
}

std::string variable(pool_fixture& f, const char* name) {
  return checked(python<std::string>(f.self, f.manager,
                                     {"os", "environ.get", name, "unset"}));
}

/// Sets a variable of this process, for as long as it lives.
class host_variable {
public:
  host_variable(const char* name, const char* value) : name_(name) {
    ::setenv(name, value, 1);
  }

  host_variable(const host_variable&) = delete;

  host_variable& operator=(const host_variable&) = delete;

  ~host_variable() {
    ::unsetenv(name_);
  }

private:
  const char* name_;
};

} // namespace

// -- of the kernel ------------------------------------------------------------

TEST_CASE("each snake has the limits that the options set", "[limits]") {
  auto options = small_pool(1);
  options.address_space_mb = 4000;
  options.cpu_seconds = 77;
  options.open_files = 99;
  options.niceness = 3;
  pool_fixture f{options};
  constexpr int64_t most = 4000 * megabyte;
  CHECK(limit_of(f, RLIMIT_AS) == std::tuple{most, most});
  CHECK(limit_of(f, RLIMIT_CPU) == std::tuple{77, 78});
  CHECK(limit_of(f, RLIMIT_NOFILE) == std::tuple{99, 99});
  CHECK(limit_of(f, RLIMIT_CORE) == std::tuple{0, 0});
  CHECK(checked(python<int>(f.self, f.manager, {"os", "nice", 0}))
        == ::getpriority(PRIO_PROCESS, 0) + 3);
}

TEST_CASE("without limits a snake may use what the host may, but leaves no "
          "core dumps",
          "[limits]") {
  auto of_host = [](auto resource) {
    rlimit limit;
    ::getrlimit(resource, &limit);
    // Python says -1 where there is none.
    return std::tuple{static_cast<int64_t>(limit.rlim_cur),
                      static_cast<int64_t>(limit.rlim_max)};
  };
  pool_fixture f{small_pool(1)};
  CHECK(limit_of(f, RLIMIT_AS) == of_host(RLIMIT_AS));
  CHECK(limit_of(f, RLIMIT_CPU) == of_host(RLIMIT_CPU));
  CHECK(limit_of(f, RLIMIT_NOFILE) == of_host(RLIMIT_NOFILE));
  CHECK(limit_of(f, RLIMIT_CORE) == std::tuple{0, 0});
}

TEST_CASE("core dumps can be kept", "[limits]") {
  rlimit of_host;
  ::getrlimit(RLIMIT_CORE, &of_host);
  auto options = small_pool(1);
  options.core_dumps = true;
  pool_fixture f{options};
  CHECK(std::get<0>(limit_of(f, RLIMIT_CORE))
        == static_cast<int64_t>(of_host.rlim_cur));
}

TEST_CASE("a snake that wants more memory than it may have raises MemoryError "
          "and lives on",
          "[limits]") {
  auto options = small_pool(1);
  options.address_space_mb = 2000;
  pool_fixture f{options};
  auto before = checked(python<int>(f.self, f.manager, {"os", "getpid"}));
  auto got =
    python(f.self, f.manager, {"builtins", "bytearray", 4000 * megabyte});
  REQUIRE(code_in(got) == errc::python_exception);
  CHECK(snake_error_of(got.error())->exception == "MemoryError");
  CHECK(checked(python<int>(f.self, f.manager, {"os", "getpid"})) == before);
}

TEST_CASE("a snake that has used up its CPU time is ended, and says so",
          "[limits]") {
  auto options = small_pool(1);
  options.cpu_seconds = 1;
  pool_fixture f{options};
  auto got = python(f.self, f.manager, {"snakes", "spin"}, {.timeout = 60s});
  CHECK(code_in(got) == errc::python_died);
  CHECK_THAT(text_in(got), ContainsSubstring("SIGXCPU"));
  CHECK(python_wait(f.self, f.manager, {"os", "getpid"}));
}

TEST_CASE("a limit that the system does not grant is the cause of start_failed",
          "[limits]") {
  auto options = small_pool(1);
  // More than the kernel permits to anybody.
  options.open_files = 1'000'000'000;
  pool_fixture f{options};
  auto got = python(f.self, f.manager, {"os", "getpid"});
  CHECK(code_in(got) == errc::start_failed);
  CHECK_THAT(text_in(got), ContainsSubstring("open-files: "));
}

// -- threads of numerical libraries -------------------------------------------

TEST_CASE("all snakes together have one thread of numerical libraries for each "
          "core",
          "[limits]") {
  auto cores = std::max(std::thread::hardware_concurrency(), 1u);
  auto snakes = GENERATE_COPY(size_t{1}, size_t{2}, size_t{cores} * 10);
  pool_fixture f{small_pool(snakes)};
  auto share = std::to_string(std::max<size_t>(cores / snakes, 1));
  CHECK(variable(f, "OMP_NUM_THREADS") == share);
  CHECK(variable(f, "OPENBLAS_NUM_THREADS") == share);
  CHECK(variable(f, "MKL_NUM_THREADS") == share);
}

TEST_CASE("the number of threads of numerical libraries can be set",
          "[limits]") {
  auto options = small_pool(1);
  options.blas_threads = 3;
  pool_fixture f{options};
  CHECK(variable(f, "OMP_NUM_THREADS") == "3");
  CHECK(variable(f, "OPENBLAS_NUM_THREADS") == "3");
}

TEST_CASE("who has set a number of threads has decided", "[limits]") {
  auto options = small_pool(1);
  options.blas_threads = 3;
  SECTION("by the option envvars") {
    options.envvars["OMP_NUM_THREADS"] = "7";
    pool_fixture f{options};
    CHECK(variable(f, "OMP_NUM_THREADS") == "7");
    CHECK(variable(f, "OPENBLAS_NUM_THREADS") == "unset");
  }
  SECTION("in the environment of the host") {
    host_variable mkl{"MKL_NUM_THREADS", "5"};
    pool_fixture f{options};
    CHECK(variable(f, "MKL_NUM_THREADS") == "5");
    CHECK(variable(f, "OMP_NUM_THREADS") == "unset");
  }
}

// -- arguments and results ----------------------------------------------------

TEST_CASE("arguments may take as much as max-frame-mb permits, and no more",
          "[limits]") {
  auto options = small_pool(1);
  options.max_frame_mb = 1;
  options.arena_mb = GENERATE(size_t{0}, size_t{8});
  pool_fixture f{options};
  // Beside the text: its header, and those of arguments and keywords.
  std::string longest(megabyte - 7, 'x');
  CHECK(checked(python<size_t>(f.self, f.manager, {"builtins", "len", longest}))
        == longest.size());
  auto got = python(f.self, f.manager, {"builtins", "len", longest + "x"});
  CHECK(code_in(got) == errc::unencodable);
  CHECK_THAT(text_in(got),
             ContainsSubstring("the arguments take 1048577 bytes, more "
                               "than max-frame-mb=1 permits"));
  auto leased = checked(retrieve_snake(f.self, f.manager));
  CHECK(code_in(snake_run(f.self, leased, {"builtins", "len", longest + "x"}))
        == errc::unencodable);
}

TEST_CASE("a result may take as much as max-frame-mb permits, and no more",
          "[limits]") {
  auto options = small_pool(1);
  options.max_frame_mb = 1;
  options.arena_mb = GENERATE(size_t{0}, size_t{8});
  pool_fixture f{options};
  auto before = checked(python<int>(f.self, f.manager, {"os", "getpid"}));
  auto size = megabyte - 5;
  auto got = python<std::vector<std::byte>>(f.self, f.manager,
                                            {"builtins", "bytes", size});
  CHECK(checked(std::move(got)).size() == size);
  auto more = python(f.self, f.manager, {"builtins", "bytes", size + 1});
  CHECK(code_in(more) == errc::unencodable);
  CHECK_THAT(text_in(more),
             ContainsSubstring("it takes more than the 1048576 bytes "
                               "that max-frame-mb permits"));
  CHECK(checked(python<int>(f.self, f.manager, {"os", "getpid"})) == before);
}

TEST_CASE("a result that takes more than max-frame-mb takes no memory before "
          "it is refused",
          "[limits][arrays]") {
  auto options = small_pool(1);
  options.max_frame_mb = 1;
  options.arena_mb = GENERATE(size_t{0}, size_t{8});
  // Each of these would take gigabytes.
  std::string expression = GENERATE(
    "np.broadcast_to(0.0, 1 << 32)", "[np.broadcast_to(0.0, (1 << 16,) * 2)]",
    "np.lib.stride_tricks.sliding_window_view(np.zeros(60_000), 30_000)",
    "np.broadcast_to(np.arange(1 << 16).reshape(-1, 1), (1 << 16, 1 << 16)).T",
    "memoryview(np.broadcast_to(0.0, 1 << 32))", "[bytes(1 << 19)] * (1 << 13)",
    "[bytearray(1 << 19)] * (1 << 13)", "(['x' * (1 << 19)],) * (1 << 13)",
    "['\u00e4' * (1 << 18)] * (1 << 13)",
    "dict.fromkeys(range(1 << 13), {'x': bytes(1 << 19)})",
    "[1 << (1 << 22)] * (1 << 13)", "[np.zeros(1 << 16)] * (1 << 13)",
    "[[0.0] * (1 << 16)] * (1 << 13)");
  INFO(expression);
  pool_fixture f{options};
  auto peak = [&] {
    return checked(
      python<size_t>(f.self, f.manager, {"arrays", "peak_memory"}));
  };
  auto before = peak();
  auto got = python(f.self, f.manager, {"arrays", "evaluate", expression});
  CHECK(code_in(got) == errc::unencodable);
  CHECK_THAT(text_in(got), ContainsSubstring("max-frame-mb"));
  CHECK(peak() < before + 32 * megabyte);
}

TEST_CASE("of long texts of errors the middle is left out", "[limits]") {
  auto options = small_pool(1);
  pool_fixture f{options};
  constexpr size_t longest = 64 * 1024;
  auto before = checked(python<int>(f.self, f.manager, {"os", "getpid"}));
  auto got =
    python(f.self, f.manager,
           {"builtins", "exec",
            "raise ValueError('first ' + '\u00e4' * (20 << 20) + ' last')"});
  CHECK(code_in(got) == errc::python_exception);
  auto details = snake_error_of(got.error());
  REQUIRE(details != nullptr);
  CHECK(details->exception == "ValueError");
  for (auto text : {&details->error, &details->backtrace}) {
    CHECK(text->size() > longest - 100);
    CHECK(text->size() < longest + 100);
    CHECK_THAT(*text, ContainsSubstring("first \u00e4\u00e4"));
    CHECK_THAT(*text, ContainsSubstring("\u00e4\u00e4 last"));
    CHECK_THAT(*text, ContainsSubstring("\u00e4 [... 20"));
    CHECK_THAT(*text, ContainsSubstring(" characters ...] \u00e4"));
  }
  CHECK(details->backtrace.starts_with("Traceback"));
  CHECK(checked(python<int>(f.self, f.manager, {"os", "getpid"})) == before);
}

TEST_CASE("so it is with what is no exception of Python's", "[limits]") {
  auto options = small_pool(1);
  constexpr size_t longest = 64 * 1024;
  SECTION("a result that cannot be sent") {
    pool_fixture f{options};
    auto got =
      python(f.self, f.manager,
             {"snakes", "evaluate", "[type('x' * 1_000_000, (), {})()]"});
    CHECK(code_in(got) == errc::unencodable);
    CHECK(text_in(got).size() < longest + 200);
    CHECK_THAT(text_in(got), ContainsSubstring("characters ...] "));
  }
  SECTION("an item of a map") {
    pool_fixture f{options};
    std::vector<std::string> items{"raise ValueError('x' * 1_000_000)"};
    auto got =
      checked(python_map(f.self, f.manager, {"builtins", "exec", items}));
    REQUIRE(got.errors.size() == 1);
    CHECK(snake_error_of(got.errors[0].why)->error.size() < longest + 100);
  }
  SECTION("an encoder that fails") {
    options.encoder = encoder_call{
      "builtins", "exec", {std::string{"raise ValueError('x' * 1_000_000)"}}};
    pool_fixture f{options};
    auto got = python(f.self, f.manager, {"os", "getpid"});
    CHECK(code_in(got) == errc::start_failed);
    CHECK(text_in(got).size() < 2 * longest + 1'000);
    CHECK_THAT(text_in(got), ContainsSubstring("characters ...] "));
  }
}

TEST_CASE("an item of a map that takes more than max-frame-mb harms no other",
          "[limits]") {
  auto options = small_pool(1);
  options.max_frame_mb = 1;
  pool_fixture f{options};
  std::vector<std::string> items(5, "x");
  items[2] = std::string(megabyte, 'x');
  auto got =
    checked(python_map<size_t>(f.self, f.manager, {"builtins", "len", items}));
  REQUIRE(got.errors.size() == 1);
  CHECK(got.errors[0].index == 2);
  CHECK(code_of(got.errors[0].why) == errc::unencodable);
}

TEST_CASE("a snake that announces more than max-frame-mb is ended at once",
          "[limits]") {
  auto options = small_pool(1);
  options.max_frame_mb = 1;
  pool_fixture f{options};
  auto got =
    python(f.self, f.manager, {"forging", "announce_and_stay", 2 * megabyte},
           {.timeout = forever});
  CHECK(code_in(got) == errc::python_died);
  CHECK_THAT(text_in(got), ContainsSubstring("broke the protocol"));
  CHECK(python_wait(f.self, f.manager, {"os", "getpid"}));
}
