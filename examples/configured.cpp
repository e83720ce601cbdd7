// Configuration by file: what the snakes run with, and a setting of the
// program's own, are in configured.conf.

#include <venomous/venomous.hpp>

#include <iostream>

namespace {

int run(venomous::pool& pool, const venomous::config& cfg) {
  caf::scoped_actor self{pool.system()};
  auto greeting = venomous::python<std::string>(self, pool.manager(),
                                                {"os", "getenv", "GREETING"});
  if (!greeting) {
    std::cerr << venomous::describe(greeting.error()) << '\n';
    return 1;
  }
  std::cout << *greeting << '\n';
  // Takes longer than the file permits, so the snake is ended and the caller
  // has its error in time.
  auto nap = caf::get_or(cfg, "configured.nap-seconds", 1);
  auto slept = venomous::python(self, pool.manager(), {"time", "sleep", nap});
  if (slept)
    std::cout << "slept for " << nap << " s\n";
  else if (venomous::code_of(slept.error()) == venomous::errc::timeout)
    std::cout << "more than " << cfg.pool.python_timeout.count() << " ms\n";
  else
    std::cerr << venomous::describe(slept.error()) << '\n';
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  // Without the last argument it is caf-application.conf in the working folder,
  // and with --config-file=PATH any other one.
  return venomous::exec_main(argc, argv, run, EXAMPLE_DIR "/configured.conf");
}
