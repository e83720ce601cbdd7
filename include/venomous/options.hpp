#pragma once

#include "venomous/detail/compat.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace venomous {

/// How to end a snake.
enum class termination_style : uint8_t {
  /// SIGTERM to its process group, SIGKILL after the grace.
  polite,
  /// SIGKILL to its process group at once.
  brutal,
};

/// Returns the name as in the file: "polite" or "brutal".
/// @relates termination_style
std::string to_string(termination_style style);

/// Reads what `to_string` returns.
/// @returns whether there is an enumerator of that name.
/// @relates termination_style
bool from_string(std::string_view name, termination_style& x);

/// @returns whether there is an enumerator of that number.
/// @relates termination_style
bool from_integer(uint8_t number, termination_style& x);

/// A Python function that each snake calls once at its start. It may register a
/// decoder for arguments and an encoder for results, see `venomous.set_decoder`
/// and `venomous.set_encoder` on the Python side.
struct encoder_call {
  /// The type of an argument.
  using argument = std::variant<bool, int64_t, double, std::string>;

  /// The module to import. Must not be empty.
  std::string module;

  /// The name of the function in the module. Must not be empty.
  std::string func;

  /// Positional arguments for the function. None by default.
  std::vector<argument> args;
};

/// The options of a pool. The file and the command line have the same names,
/// with the unit last.
struct pool_options {
  // -- venomous.snake-manager -------------------------------------------------

  /// How long a snake may idle before the cleaner ends it.
  std::chrono::milliseconds snake_ttl = std::chrono::minutes(15);

  /// How many snakes to keep warm: the pool starts them with itself and again
  /// when they die, and the cleaner spares them. Never more than
  /// `max_children`.
  size_t perpetual_workers = 10;

  /// Time between two rounds of the cleaner.
  std::chrono::milliseconds cleaner_interval = std::chrono::minutes(1);

  /// Called once in each snake at its start.
  std::optional<encoder_call> encoder;

  /// How long a call may run unless it brings its own timeout.
  std::chrono::milliseconds python_timeout = std::chrono::seconds(15);

  /// The time after which `venomous.CallInterrupted` is raised in a call that
  /// still runs, unless the call brings its own; 0 for never. The snake stays
  /// if the exception ends the call. Not for items of maps.
  std::chrono::milliseconds soft_timeout{0};

  /// How many callers may wait for a snake at the same time.
  size_t max_queue = 100'000;

  /// How much memory the arguments of all waiting calls may take, in megabytes,
  /// 0 for no limit. The items of all maps may take as much again. A call that
  /// waits alone may take more.
  size_t max_queue_mb = 1024;

  /// How many short calls a busy snake may have besides the one that it runs.
  /// With 0, calls begin strictly in the order in which they came.
  size_t max_ahead = 32;

  /// The approximate number of calls after which a snake is replaced, 0 for
  /// never. Each snake gets a random 90 to 100 % of it, so that they are not
  /// all replaced at the same time.
  size_t max_calls = 0;

  /// The resident memory of its own, in megabytes, beyond which a snake is
  /// replaced, 0 for never. Shared pages do not count.
  size_t max_memory_mb = 0;

  /// The approximate age at which a snake is replaced, 0 for never. Each snake
  /// gets a random 90 to 100 % of it.
  std::chrono::milliseconds max_age{0};

  /// Whether to pickle a result, or a part of it, that has no twin in C++: it
  /// arrives as `venomous::opaque`. Such pickles are unpickled in snakes only,
  /// but there they may run any code: do not set this if others can write the
  /// arguments of calls.
  bool pickle_fallback = false;

  /// How long accepted requests may take to finish when a program that uses
  /// `exec_main` gets SIGTERM.
  std::chrono::milliseconds drain = std::chrono::seconds(10);

  /// How long snakes and the pool may poll for the next message before they
  /// sleep, 0 for not at all.
  std::chrono::microseconds spin = std::chrono::microseconds(100);

  // -- venomous.snake-supervisor ----------------------------------------------

  /// The maximum number of snakes. Each takes three file descriptors of the
  /// host. No snake is started that would leave the host less than a quarter of
  /// its limit, or less than 64 where a quarter is more, unless it is the only
  /// one.
  size_t max_children = 50;

  /// How many snakes may die by themselves within `max_seconds`. Beyond that,
  /// new ones start after a delay that grows with each further death.
  size_t max_restarts = 100;

  /// The period over which `max_restarts` counts.
  std::chrono::seconds max_seconds{5};

  /// The interpreter: a path, or a name that is looked up in `PATH`. Empty for
  /// the one that the library was built for, or else the system's.
  std::string python_executable;

  /// The folder of this library's own Python side. Empty for the one that is
  /// found next to the program or the library, or where it was installed or
  /// built.
  std::string python_folder;

  /// Folders to put in front of `sys.path`.
  std::vector<std::string> module_paths;

  /// The working directory of the snakes. Empty for that of the host.
  std::string cd;

  /// Environment variables for the snakes, on top of the host's.
  std::map<std::string, std::string> envvars;

  /// How much memory each snake may share with the host for long arguments and
  /// results, in megabytes, 0 for none.
  size_t arena_mb = 256;

  /// The maximum size of the arguments, and of the result, of one call, in
  /// megabytes. More is `unencodable`.
  size_t max_frame_mb = 1024;

  /// The maximum address space of a snake, in megabytes, 0 for no limit. Beyond
  /// it Python raises `MemoryError`.
  size_t address_space_mb = 0;

  /// How many seconds of CPU time a snake may use in its life, 0 for no limit.
  /// Beyond them SIGXCPU ends it.
  size_t cpu_seconds = 0;

  /// How many file descriptors a snake may have open, at least 16; 0 for the
  /// host's limit.
  size_t open_files = 0;

  /// How much nicer snakes are than the host, 0 to 19.
  size_t niceness = 0;

  /// How many threads numerical libraries may start in a snake; 0 for the
  /// number of cores divided by `max_children`, but at least 1. Set by the
  /// environment variables of OpenMP, OpenBLAS, MKL, BLIS and numexpr, unless
  /// one of these is already set.
  size_t blas_threads = 0;

  /// Whether a snake that crashes may leave a core dump behind.
  bool core_dumps = false;

  /// Modules to import once, before any snake is forked.
  std::vector<std::string> preload;

  /// How long an interpreter may take for its imports, and a snake for its
  /// encoder, before its start counts as failed.
  std::chrono::milliseconds start_timeout = std::chrono::minutes(1);

  /// How to end snakes: `termination-style`.
  termination_style style = termination_style::polite;

  /// How long a snake may take to end politely.
  std::chrono::milliseconds grace = std::chrono::seconds(5);
};

/// Checks options that were set in code. Those that `config` has read are
/// already checked.
/// @returns `bad_options` with a text that names the first invalid option, as
///          it is called in the file, and its value.
/// @relates pool_options
caf::error check(const pool_options& options);

} // namespace venomous
