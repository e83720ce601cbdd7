#include "config/caf_option.hpp"

#include "tests/config/config_fixture.hpp"

#include <stdlib.h>

#include <chrono>
#include <string>
#include <vector>

/// @file
/// Options of CAF, and those that the user declared.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

TEST_CASE_METHOD(config_fixture,
                 "actors share one queue unless the user says "
                 "otherwise",
                 "[config]") {
  auto policy = [&] {
#if VENOMOUS_CAF_017
    return to_string(caf::get_or(cfg, "scheduler.policy", caf::atom("none")));
#else
    return caf::get_or(cfg, "caf.scheduler.policy", "none");
#endif
  };
  CHECK(policy() == "sharing");
  SECTION("nothing is said") {
    CHECK(parse_file("caf { scheduler { } }") == "");
    CHECK(policy() == "sharing");
  }
  SECTION("in the file") {
    CHECK(parse_file("caf { scheduler { policy = \"stealing\" } }") == "");
    CHECK(policy() == "stealing");
  }
  SECTION("on the command line") {
    CHECK(parse({"--caf.scheduler.policy=stealing"}) == "");
    CHECK(policy() == "stealing");
  }
}

TEST_CASE_METHOD(config_fixture,
                 "CAF gets its options under the names it knows", "[config]") {
  CHECK(parse_file(R"(
    caf {
      scheduler { max-threads = 3 }
      unheard { of = "it" }
    })",
                   {"--caf.scheduler.max-throughput=5"})
        == "");
  auto number = [&](const std::string& name) {
    return caf::get_or(cfg, name_for_caf(name), size_t{0});
  };
  CHECK(number("caf.scheduler.max-threads") == 3);
  CHECK(number("caf.scheduler.max-throughput") == 5);
  CHECK(caf::get_or(cfg, name_for_caf("caf.unheard.of"), "") == "it");
}

#if !VENOMOUS_CAF_017

TEST_CASE_METHOD(config_fixture,
                 "the environment counts more than the file, and less than the "
                 "command line",
                 "[config]") {
  auto name = "CAF_SCHEDULER_MAX_THREADS";
  REQUIRE(::setenv(name, "2", 1) == 0);
  std::vector<std::string> args;
  size_t expected = 2;
  SECTION("without an argument") {
    // nop
  }
  SECTION("with an argument") {
    args = {"--caf.scheduler.max-threads=3"};
    expected = 3;
  }
  CHECK(parse_file("caf { scheduler { max-threads = 1 } }", args) == "");
  ::unsetenv(name);
  CHECK(caf::get_or(cfg, "caf.scheduler.max-threads", size_t{0}) == expected);
}

TEST_CASE_METHOD(config_fixture,
                 "CAF knows the program and the arguments that are left",
                 "[config]") {
  std::vector<std::string> words{"program", "x", "-y",
                                 "--caf.scheduler.max-threads=3"};
  std::vector<char*> argv;
  for (auto& word : words)
    argv.push_back(word.data());
  REQUIRE_FALSE(cfg.parse(static_cast<int>(argv.size()), argv.data()));
  auto [argc, left] = cfg.c_args_remainder();
  CHECK((std::vector<std::string>(left, left + argc)
         == std::vector<std::string>{"program", "x", "-y"}));
}

#else

TEST_CASE_METHOD(config_fixture,
                 "CAF 0.17 gets atoms and options of its own members",
                 "[config]") {
  CHECK(parse_file(R"(
    caf {
      stream { max-batch-delay = 7ms }
      logger { component-blacklist = ["a", "b"] }
      openssl { certificate = "cert.pem" }
      middleman { app-identifier = "app" }
    })") == "");
  CHECK(cfg.stream_max_batch_delay == 7ms);
  CHECK(caf::get_or(cfg, "logger.component-blacklist",
                    std::vector<caf::atom_value>{})
        == std::vector<caf::atom_value>{caf::atom("a"), caf::atom("b")});
  CHECK(cfg.openssl_certificate == "cert.pem");
  CHECK(caf::get_or(cfg, "middleman.app-identifiers", strings{})
        == strings{"app"});
}

TEST_CASE_METHOD(config_fixture,
                 "CAF 0.17 tells of a wrong type that later versions convert",
                 "[config]") {
  CHECK(parse_file("caf { scheduler { policy = \"much too long\" } }")
        == "caf-application.conf:1: caf.scheduler.policy: expected a value of "
           "type atom, got \"much too long\"");
  CHECK(parse_file("caf { stream { max-batch-delay = 7 } }")
        == "caf-application.conf:1: caf.stream.max-batch-delay: expected a "
           "value of type timespan, got 7");
}

TEST_CASE_METHOD(config_fixture, "an actor system starts as the file says",
                 "[config]") {
  CHECK(parse_file("caf { scheduler { max-threads = 3 } }") == "");
  caf::actor_system system{cfg};
  CHECK(system.scheduler().num_workers() == 3);
}

#endif

TEST_CASE_METHOD(config_fixture, "an option of CAF of the wrong type is told",
                 "[config]") {
  auto [text, error] = GENERATE(values<wrong_file>({
    {"scheduler { max-threads = \"x\" }",
     "scheduler.max-threads: expected a value of type uint64, got \"x\""},
    {"scheduler { max-threads = -1 }",
     "scheduler.max-threads: expected a value of type uint64, got -1"},
  }));
  CHECK(parse_file("caf {\n" + text + "\n}")
        == "caf-application.conf:2: caf." + error);
}

TEST_CASE_METHOD(config_fixture,
                 "options that the user declared are bound and "
                 "checked",
                 "[config]") {
  struct my_config : config {
    my_config() {
      opt_group{custom_options_, "my"}.add(port, "port", "a port");
    }
    uint16_t port = 0;
  };
  my_config mine;
  write("my { port = 80 }");
  CHECK(text_of(mine.parse(strings{})) == "");
  CHECK(mine.port == 80);
  write("my { port = 80000 }");
  CHECK(text_of(mine.parse(strings{}))
        == "caf-application.conf:1: my.port: expected a value of type uint16, "
           "got 80000");
}

TEST_CASE_METHOD(config_fixture,
                 "options set before the file is read are checked "
                 "as well",
                 "[config]") {
  cfg.pool.max_queue = 0;
  CHECK(parse_file("venomous.snake-manager.python-timeout-ms = 1")
        == "venomous.snake-manager.max-queue: expected a whole number >= 1, "
           "got 0");
}
