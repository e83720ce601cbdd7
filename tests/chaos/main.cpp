// Puts pools through whatever may happen to them, at random, and checks that
// they keep their promises.

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

/// Snakes flood it. What anybody else says is worth reading, the last words of
/// this process above all.
void keep_snakes_from_standard_error() {
  if (auto filter = ::popen(
        "grep -av --line-buffered '^\\[snake \\|lines were dropped here$' >&2",
        "w"))
    ::dup2(::fileno(filter), STDERR_FILENO);
}

/// What malloc keeps at hand for each thread counts as used, and comes and
/// goes.
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
  app.add_option("--seed", options.seed, "What all is drawn from");
  app.add_option("--epoch", options.epoch, "Which pool to begin with");
  app.add_option("--seconds", seconds, "How long, about");
  app.add_option("--host-kills", host_kills,
                 "How many hosts to kill after that");
  app.add_option("--host-kill-limit", host_kill_limit,
                 "How many seconds anything may outlive its host");
  app.add_flag("--host", is_host, "To be a host that is killed")->group("");
  CLI11_PARSE(app, argc, argv);
  options.length = std::chrono::seconds(seconds);
  // What snakes leave in sessions of their own is ended by the zygote or by the
  // host: it lives on if both are killed at once.
  options.zygotes = !is_host;
  // A host has both from who has started it.
  if (!is_host) {
    venomous::test::hide_shared_memory_of_others();
    keep_snakes_from_standard_error();
  }
  std::cout << "seed " << options.seed << std::endl;
  venomous::chaos::run(options);
  venomous::chaos::kill_hosts(options.seed, host_kills,
                              std::chrono::seconds(host_kill_limit));
}
