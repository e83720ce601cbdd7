// Injects random faults into pools under load, and checks that they keep their
// promises.

#include "host_kills.hpp"
#include "run.hpp"

#include "tests/leftovers.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <random>

namespace {

/// Snakes flood it. All other output is worth reading, above all the last words
/// of this process.
void keep_snakes_from_standard_error() {
  if (auto filter = ::popen(
        "grep -av --line-buffered '^\\[snake \\|lines were dropped here$' >&2",
        "w"))
    ::dup2(::fileno(filter), STDERR_FILENO);
}

/// malloc counts its caches for each thread as used, and they come and go.
void start_again_without_caches(char** argv) {
  auto name = "GLIBC_TUNABLES";
  if (std::getenv(name) != nullptr)
    return;
  ::setenv(name, "glibc.malloc.tcache_count=0", 1);
  ::execv("/proc/self/exe", argv);
}

} // namespace

int main(int argc, char** argv) {
  start_again_without_caches(argv);
  venomous::chaos::run_options options;
  options.seed = std::random_device{}();
  size_t seconds = 60;
  size_t host_kills = 0;
  size_t host_kill_limit = 1;
  auto is_host = false;
  CLI::App app{"Puts pools through chaos.", "chaos"};
  app.add_option("--seed", options.seed, "Seed of the random plan");
  app.add_option("--epoch", options.epoch, "Number of the first pool");
  app.add_option("--seconds", seconds, "Approximate duration");
  app.add_option("--host-kills", host_kills,
                 "Number of hosts to kill afterwards");
  app.add_option("--host-kill-limit", host_kill_limit,
                 "Seconds that a process may outlive its host");
  app.add_flag("--host", is_host, "Be a host to kill")->group("");
  CLI11_PARSE(app, argc, argv);
  options.length = std::chrono::seconds(seconds);
  // The zygote or the host ends what snakes leave in sessions of their own; if
  // both are killed at once, it lives on.
  options.zygotes = !is_host;
  // A host inherits both from its parent.
  if (!is_host) {
    venomous::test::hide_shared_memory_of_others();
    keep_snakes_from_standard_error();
  }
  std::cout << "seed " << options.seed << std::endl;
  venomous::chaos::run(options);
  venomous::chaos::kill_hosts(options.seed, host_kills,
                              std::chrono::seconds(host_kill_limit));
}
