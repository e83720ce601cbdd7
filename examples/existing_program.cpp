// A program that has a configuration and a main function of CAF already: one
// line adds a pool, which ends with the actor system. Its options are in the
// file that CAF reads, caf-application.ini in the working folder, for example:
//
//   [venomous.snake-supervisor]
//   preload = ["string"]

#include <caf/all.hpp>
#include <venomous/venomous.hpp>

#include <iostream>

namespace {

struct config : caf::actor_system_config {
  std::string text = "all roads lead to rome";

  config() {
    opt_group{custom_options_, "global"}.add(text, "text,t", "what to print");
    // In the file the pool has all its options, but on the command line CAF
    // takes only what is declared.
    opt_group{custom_options_, "venomous.snake-supervisor"}.add<int64_t>(
      "max-children", "how many snakes there may be");
  }
};

const venomous::function<std::string(std::string)> capitalize{"string",
                                                              "capwords"};

void printer(caf::event_based_actor* self,
             const venomous::snake_manager_actor& manager,
             const std::string& text) {
  capitalize.request(self, manager, text)
    .then([](const std::string& result) { std::cout << result << '\n'; },
          [](const caf::error& err) {
            std::cerr << venomous::describe(err) << '\n';
          });
}

void caf_main(caf::actor_system& system, const config& cfg) {
  system.spawn(printer, venomous::spawn_manager(system), cfg.text);
}

} // namespace

CAF_MAIN()
