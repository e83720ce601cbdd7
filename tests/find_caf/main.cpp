#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <caf/openssl/all.hpp>

// Links what CAF::openssl stands for, and what that needs in turn.
int main() {
  caf::actor_system_config cfg;
  cfg.load<caf::io::middleman>();
  cfg.load<caf::openssl::manager>();
  caf::actor_system system{cfg};
  return system.has_openssl_manager() ? 0 : 1;
}
