#include "config/option_table.hpp"

#include "config/option_kinds.hpp"
#include "venomous/error.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace venomous {

namespace {

/// Far more processes than one machine can run.
constexpr int64_t max_snakes = 10'000;

/// For each snake. More is useless: the body of a frame has 4 GB at most.
constexpr int64_t max_arena_mb = 16 * 1024;

/// The length of a body has 32 bits.
constexpr int64_t max_frame_mb = 4095;

/// Beyond any machine, and far below the kernel's limits.
constexpr int64_t max_limit = 1'000'000'000;

/// With fewer, an import or a coroutine may fail.
constexpr int64_t min_open_files = 16;

constexpr std::string_view manager_prefix = "venomous.snake-manager.";

constexpr std::string_view supervisor_prefix = "venomous.snake-supervisor.";

// -- the table ----------------------------------------------------------------

std::string manager(std::string_view key) {
  return std::string{manager_prefix} += key;
}

std::string supervisor(std::string_view key) {
  return std::string{supervisor_prefix} += key;
}

std::vector<option> make_table() {
  using namespace option_kinds;
  using opts = pool_options;
  return {
    minutes(manager("snake-ttl-minutes"), "how long a snake may idle",
            &opts::snake_ttl, zero::refused),
    whole(manager("perpetual-workers"), "snakes that are kept warm",
          &opts::perpetual_workers, 0, max_snakes),
    whole(manager("cleaner-interval-ms"),
          "time between two rounds of the cleaner", &opts::cleaner_interval, 1,
          year_in_ms),
    encoder_name(manager("encoder.module"),
                 "module of a function that each snake calls at its start",
                 &encoder_call::module),
    encoder_name(manager("encoder.func"), "name of that function",
                 &encoder_call::func),
    encoder_args(manager("encoder.args"), "arguments for that function"),
    whole(manager("python-timeout-ms"),
          "how long a call may run unless it says otherwise",
          &opts::python_timeout, 1, year_in_ms),
    whole(manager("soft-timeout-ms"),
          "when venomous.CallInterrupted is raised in a call that still runs, "
          "0 for never",
          &opts::soft_timeout, 0, year_in_ms),
    whole(manager("max-queue"),
          "callers that may wait in line, and runs that may wait for another "
          "of their lease",
          &opts::max_queue, 1, 1'000'000'000),
    whole(manager("max-queue-mb"),
          "memory that the arguments of all waiting calls may take, and the "
          "items of all maps as much again; 0 for no limit",
          &opts::max_queue_mb, 0, max_limit),
    whole(manager("max-ahead"),
          "short calls that a busy snake may have beside the one it runs; 0 "
          "for strict order",
          &opts::max_ahead, 0, 1024),
    whole(manager("max-calls"),
          "calls after which a snake is replaced, 0 for never",
          &opts::max_calls, 0, max_limit),
    whole(manager("max-memory-mb"),
          "memory of its own beyond which a snake is replaced, 0 for never",
          &opts::max_memory_mb, 0, max_limit),
    minutes(manager("max-age-minutes"),
            "age at which a snake is replaced, 0 for never", &opts::max_age,
            zero::allowed),
    flag(
      manager("pickle-fallback"),
      "whether results that have no C++ type are pickled, as venomous::opaque",
      &opts::pickle_fallback),
    whole(manager("drain-ms"), "how long running calls may take after SIGTERM",
          &opts::drain, 0, year_in_ms),
    whole(manager("spin-us"),
          "how long the pool and its snakes poll before they sleep",
          &opts::spin, 0, 1'000'000),
    whole(supervisor("max-children"),
          "snakes at the same time; each takes three file descriptors of the "
          "host, which keeps a quarter of ulimit -n, at most 64, for itself",
          &opts::max_children, 1, max_snakes),
    whole(supervisor("max-restarts"),
          "how many snakes may die by themselves within max-seconds before "
          "starts are delayed",
          &opts::max_restarts, 0, max_limit),
    whole(supervisor("max-seconds"), "the time that max-restarts is about",
          &opts::max_seconds, 1, 24 * 60 * 60),
    text(supervisor("python-executable"),
         "path of an interpreter, a venv's too; empty for the system's",
         &opts::python_executable, as_is),
    text(supervisor("python-folder"),
         "folder of the library's Python side; if empty, looked for next to "
         "the program or the library, then where the library was installed",
         &opts::python_folder, absolute),
    texts(supervisor("module-paths"), "folders to put in front of sys.path",
          &opts::module_paths, absolute),
    text(supervisor("cd"),
         "working directory of the snakes, empty for the host's", &opts::cd,
         absolute),
    envvars(supervisor("envvars"), "environment variables for the snakes"),
    whole(supervisor("arena-mb"),
          "memory to share with each snake for arguments and results of 64 KB "
          "or more; as much for pool::arena()",
          &opts::arena_mb, 0, max_arena_mb),
    whole(supervisor("max-frame-mb"),
          "how large the arguments or the result of one call may be",
          &opts::max_frame_mb, 1, max_frame_mb),
    whole(supervisor("address-space-mb"),
          "limit to the address space of each snake, 0 for none",
          &opts::address_space_mb, 0, max_limit),
    whole(supervisor("cpu-seconds"),
          "limit to the CPU time of each snake, 0 for none", &opts::cpu_seconds,
          0, max_limit),
    limit(supervisor("open-files"),
          "limit to the file descriptors of each snake, at least 16; 0 for the "
          "host's limit",
          &opts::open_files, min_open_files, max_limit),
    whole(supervisor("niceness"), "how much nicer snakes are than the host",
          &opts::niceness, 0, 19),
    whole(supervisor("blas-threads"),
          "threads of numerical libraries in each snake, 0 for cores / "
          "max-children",
          &opts::blas_threads, 0, max_snakes),
    flag(supervisor("core-dumps"),
         "whether a snake that crashes may leave a core dump",
         &opts::core_dumps),
    texts(supervisor("preload"),
          "modules to import once, before any snake is forked", &opts::preload,
          as_is),
    whole(supervisor("start-timeout-ms"),
          "how long imports and the encoder may take", &opts::start_timeout, 1,
          year_in_ms),
    style(supervisor("termination-style"),
          "SIGTERM, then SIGKILL; or brutal, SIGKILL at once"),
    whole(supervisor("grace-ms"), "time between SIGTERM and SIGKILL",
          &opts::grace, 0, 24 * 60 * 60 * 1000),
  };
}

// -- similar names ------------------------------------------------------------

/// Counts the characters to insert, drop or replace to get from `a` to `b`.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      auto replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string_view last_part(std::string_view name) {
  return name.substr(name.rfind('.') + 1);
}

/// Returns whether `name` is in the group `group`.
bool is_inside(std::string_view name, std::string_view group) {
  return name.size() > group.size() && name[group.size()] == '.'
         && name.substr(0, group.size()) == group;
}

template <class Predicate>
const option* find_if(Predicate predicate) {
  auto& table = option_table();
  auto i = std::find_if(table.begin(), table.end(), predicate);
  return i != table.end() ? &*i : nullptr;
}

} // namespace

const std::vector<option>& option_table() {
  static const auto result = make_table();
  return result;
}

const option* find_option(std::string_view name) {
  return find_if([&](auto& x) { return x.name == name; });
}

const option* find_option_around(std::string_view name) {
  return find_if([&](auto& x) { return is_inside(name, x.name); });
}

bool is_option_group(std::string_view name) {
  return find_if([&](auto& x) { return is_inside(x.name, name); }) != nullptr;
}

const option& nearest_option(std::string_view name) {
  // The key itself comes first: it may be right, but in the wrong group.
  auto distance = [&](const option& x) {
    return std::pair{edit_distance(last_part(name), last_part(x.name)),
                     edit_distance(name, x.name)};
  };
  auto less = [&](auto& x, auto& y) {
    return distance(x) < distance(y);
  };
  auto& table = option_table();
  return *std::min_element(table.begin(), table.end(), less);
}

std::optional<bad_option> find_bad_option(const pool_options& options) {
  for (auto& x : option_table())
    if (auto expected = x.check(options))
      return bad_option{&x, std::move(*expected)};
  return std::nullopt;
}

caf::error check(const pool_options& options) {
  auto bad = find_bad_option(options);
  if (!bad)
    return caf::none;
  return caf::make_error(errc::bad_options, bad->opt->name + ": expected "
                                              + bad->expected + ", got "
                                              + bad->opt->show(options));
}

} // namespace venomous
