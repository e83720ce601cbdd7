// Runs one measurement on one side and prints the raw samples as a line of
// JSON. ./bench runs it in turn with the peers.

#include "measurement.hpp"

#include "venomous/detail/compat.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <sched.h>

#include <iostream>
#include <stdexcept>

namespace {

/// Confines this process and its children to the last of its CPUs.
void use_one_cpu() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ::sched_getaffinity(0, sizeof(allowed), &allowed);
  auto last = CPU_SETSIZE - 1;
  while (last > 0 && !CPU_ISSET(last, &allowed))
    --last;
  CPU_ZERO(&allowed);
  CPU_SET(last, &allowed);
  if (::sched_setaffinity(0, sizeof(allowed), &allowed) != 0)
    throw std::runtime_error("cannot be confined to one CPU");
}

measure::registry all_measurements() {
  measure::registry result;
  measure::add_latency(result);
  measure::add_throughput(result);
  measure::add_waiting(result);
  measure::add_starts(result);
  measure::add_replacement(result);
  measure::add_memory(result);
  measure::add_payloads(result);
  measure::add_arrays(result);
  measure::add_growth(result);
  return result;
}

std::string names_of(const measure::registry& all) {
  std::string result = "Measurements:";
  for (auto& entry : all)
    result += "\n  " + entry.first;
  return result;
}

/// Returns the versions that figures depend on besides the machine.
std::string versions() {
  return "CAF " + std::to_string(CAF_MAJOR_VERSION) + "."
         + std::to_string(CAF_MINOR_VERSION) + "."
         + std::to_string(CAF_PATCH_VERSION) + ", GCC " __VERSION__;
}

} // namespace

int main(int argc, char** argv) {
  auto all = all_measurements();
  measure::parameters params;
  std::string side, name;
  auto one_cpu = false;
  CLI::App app{"Runs one measurement, see ./bench.", "measure"};
  app.footer(names_of(all));
  app.set_version_flag("--version", versions());
  app.add_option("side", side, "floor or library")->required();
  app.add_option("name", name, "name of the measurement")->required();
  app.add_option("--samples", params.samples, "how often");
  app.add_option("--calls", params.calls, "calls in one sample of a rate");
  app.add_option("--snakes", params.snakes, "snakes, or children that echo");
  app.add_option("--callers", params.callers, "callers that wait")
    ->delimiter(',');
  app.add_option("--sizes", params.sizes, "sizes of payloads")->delimiter(',');
  app.add_option("--elements", params.elements, "elements of other payloads");
  app.add_option("--quiet-ms", params.quiet_ms, "pause before each call");
  app.add_option("--preload", params.preload, "modules to import first");
  app.add_flag("--one-cpu", one_cpu, "confines everything to one CPU");
  app.add_option("--pool-option", params.pool_options,
                 "as the library takes it: --venomous.group.key=value");
  CLI11_PARSE(app, argc, argv);
  auto found = all.find(side + " " + name);
  if (found == all.end()) {
    std::cerr << "there is no measurement " << side << ' ' << name << '\n';
    return 2;
  }
  try {
    if (one_cpu)
      use_one_cpu();
    std::cout << nlohmann::json(found->second(params)).dump() << std::endl;
  } catch (const std::exception& ex) {
    std::cerr << ex.what() << '\n';
    return 1;
  }
  return 0;
}
