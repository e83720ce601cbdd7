#include "tests/config/config_fixture.hpp"

#include <iostream>
#include <sstream>
#include <string>
#include <vector>

using namespace venomous;
using namespace venomous::test;

TEST_CASE_METHOD(config_fixture, "the command line beats the file",
                 "[config]") {
  CHECK(parse_file("venomous.snake-manager.max-queue = 1\n"
                   "venomous.snake-supervisor.preload = [\"a\"]\n",
                   {"--venomous.snake-manager.max-queue=2",
                    "--venomous.snake-supervisor.preload=b"})
        == "");
  CHECK(cfg.pool.max_queue == 2);
  CHECK(cfg.pool.preload == strings{"b"});
}

TEST_CASE_METHOD(config_fixture, "the command line does not excuse the file",
                 "[config]") {
  CHECK(parse_file("venomous.snake-manager.max-queue = 0",
                   {"--venomous.snake-manager.max-queue=2"})
        == "caf-application.conf:1: venomous.snake-manager.max-queue: expected "
           "a whole number >= 1, got 0");
}

TEST_CASE_METHOD(config_fixture, "every option can be set on the command line",
                 "[config]") {
  char program[] = "program";
  strings args{
    "--venomous.snake-manager.snake-ttl-minutes=0.5",
    "--venomous.snake-manager.perpetual-workers=0",
    "--venomous.snake-manager.cleaner-interval-ms=100",
    "--venomous.snake-manager.encoder.module=codec",
    "--venomous.snake-manager.encoder.func=register",
    "--venomous.snake-manager.encoder.args=true,7,1.5,x",
    "--venomous.snake-manager.python-timeout-ms=200",
    "--venomous.snake-manager.soft-timeout-ms=100",
    "--venomous.snake-manager.max-queue",
    "3",
    "--venomous.snake-manager.max-queue-mb=19",
    "--venomous.snake-manager.max-ahead=5",
    "--venomous.snake-manager.max-calls=16",
    "--venomous.snake-manager.max-memory-mb=17",
    "--venomous.snake-manager.max-age-minutes=1.5",
    "--venomous.snake-manager.pickle-fallback=true",
    "--venomous.snake-manager.drain-ms=18",
    "--venomous.snake-manager.spin-us=6",
    "--venomous.snake-supervisor.max-children=4",
    "--venomous.snake-supervisor.max-restarts=14",
    "--venomous.snake-supervisor.max-seconds=15",
    "--venomous.snake-supervisor.python-executable=3",
    "--venomous.snake-supervisor.python-folder=/p",
    "--venomous.snake-supervisor.module-paths=/a,/b",
    "--venomous.snake-supervisor.module-paths=[\"/c,d\"]",
    "--venomous.snake-supervisor.cd=/",
    "--venomous.snake-supervisor.envvars.A=b=c",
    "--venomous.snake-supervisor.envvars.B=\"\"",
    "--venomous.snake-supervisor.arena-mb=7",
    "--venomous.snake-supervisor.max-frame-mb=8",
    "--venomous.snake-supervisor.address-space-mb=9",
    "--venomous.snake-supervisor.cpu-seconds=10",
    "--venomous.snake-supervisor.open-files=17",
    "--venomous.snake-supervisor.niceness=12",
    "--venomous.snake-supervisor.blas-threads=13",
    "--venomous.snake-supervisor.core-dumps=true",
    "--venomous.snake-supervisor.preload=1,json",
    "--venomous.snake-supervisor.start-timeout-ms=8",
    "--venomous.snake-supervisor.termination-style=brutal",
    "--venomous.snake-supervisor.grace-ms=9",
  };
  std::vector<char*> argv{program};
  for (auto& arg : args)
    argv.push_back(arg.data());
  auto argc = static_cast<int>(argv.size());
  CHECK(text_of(cfg.parse(argc, argv.data())) == "");
  CHECK(defaults_in(cfg.pool) == strings{});
  CHECK(shown(cfg.pool)
        == strings{
          "venomous.snake-manager.snake-ttl-minutes = 0.500000",
          "venomous.snake-manager.perpetual-workers = 0",
          "venomous.snake-manager.cleaner-interval-ms = 100",
          "venomous.snake-manager.encoder.module = \"codec\"",
          "venomous.snake-manager.encoder.func = \"register\"",
          "venomous.snake-manager.encoder.args = [true, 7, 1.500000, \"x\"]",
          "venomous.snake-manager.python-timeout-ms = 200",
          "venomous.snake-manager.soft-timeout-ms = 100",
          "venomous.snake-manager.max-queue = 3",
          "venomous.snake-manager.max-queue-mb = 19",
          "venomous.snake-manager.max-ahead = 5",
          "venomous.snake-manager.max-calls = 16",
          "venomous.snake-manager.max-memory-mb = 17",
          "venomous.snake-manager.max-age-minutes = 1.500000",
          "venomous.snake-manager.pickle-fallback = true",
          "venomous.snake-manager.drain-ms = 18",
          "venomous.snake-manager.spin-us = 6",
          "venomous.snake-supervisor.max-children = 4",
          "venomous.snake-supervisor.max-restarts = 14",
          "venomous.snake-supervisor.max-seconds = 15",
          "venomous.snake-supervisor.python-executable = \"3\"",
          "venomous.snake-supervisor.python-folder = \"/p\"",
          "venomous.snake-supervisor.module-paths = [\"/a\", \"/b\", "
          "\"/c,d\"]",
          "venomous.snake-supervisor.cd = \"/\"",
          "venomous.snake-supervisor.envvars = {A = \"b=c\", B = \"\"}",
          "venomous.snake-supervisor.arena-mb = 7",
          "venomous.snake-supervisor.max-frame-mb = 8",
          "venomous.snake-supervisor.address-space-mb = 9",
          "venomous.snake-supervisor.cpu-seconds = 10",
          "venomous.snake-supervisor.open-files = 17",
          "venomous.snake-supervisor.niceness = 12",
          "venomous.snake-supervisor.blas-threads = 13",
          "venomous.snake-supervisor.core-dumps = true",
          "venomous.snake-supervisor.preload = [\"1\", \"json\"]",
          "venomous.snake-supervisor.start-timeout-ms = 8",
          "venomous.snake-supervisor.termination-style = \"brutal\"",
          "venomous.snake-supervisor.grace-ms = 9",
        });
  CHECK(cfg.remainder.empty());
}

TEST_CASE_METHOD(config_fixture, "a wrong argument is told with key and value",
                 "[config]") {
  struct wrong_args {
    strings args;
    std::string error;
  };
  const std::string manager = "--venomous.snake-manager.";
  const std::string paths = "--venomous.snake-supervisor.module-paths";
  auto [args, error] = GENERATE_COPY(values<wrong_args>({
    {{manager + "max-queue=many"},
     "venomous.snake-manager.max-queue: expected a whole number >= 1, got "
     "many"},
    {{manager + "max-queue=010"},
     "venomous.snake-manager.max-queue: expected a whole number >= 1, got "
     "010"},
    {{manager + "max-quue=1"},
     "venomous.snake-manager.max-quue: unknown key, got 1, did you mean "
     "venomous.snake-manager.max-queue?"},
    {{manager + "max-queue=1", manager + "max-queue=2"},
     "venomous.snake-manager.max-queue: given twice"},
    {{"--config-file=a", "--config-file=b"}, "config-file: given twice"},
    {{manager + "max-queue=", "5"},
     "venomous.snake-manager.max-queue: no value after '=', an empty text is "
     "'\"\"'"},
    {{"--config-file=", "x"},
     "config-file: no value after '=', an empty text is '\"\"'"},
    {{manager + "max-queue"}, "venomous.snake-manager.max-queue: no value"},
    {{manager + "a:b=1"}, "venomous.snake-manager.a:b: malformed key"},
    {{paths + "=[\"\"]"},
     "venomous.snake-supervisor.module-paths: expected texts that are not "
     "empty, got [\"\"]"},
    {{"--venomous.snake-supervisor.envvars={}"},
     "venomous.snake-supervisor.envvars: expected a group of texts like { "
     "NAME = \"value\" }, got {}"},
    {{"--caf.scheduler.max-threads=some"},
     "caf.scheduler.max-threads: expected a value of type uint64, got some"},
    {{"--caf.=1"}, "caf.: malformed key"},
  }));
  INFO(caf::deep_to_string(args));
  CHECK(parse(args) == "command line: " + error);
}

TEST_CASE_METHOD(config_fixture,
                 "an argument without '=' takes the next one, "
                 "whatever it looks like",
                 "[config]") {
  CHECK(parse({"--venomous.snake-supervisor.python-executable",
               "--venomous.snake-manager.max-queue=5"})
        == "");
  CHECK(cfg.pool.python_executable == "--venomous.snake-manager.max-queue=5");
  CHECK(cfg.pool.max_queue == pool_options{}.max_queue);
}

TEST_CASE_METHOD(config_fixture,
                 "what is not for the library stays in its order", "[config]") {
  CHECK(parse({"-v",
               "first",
               "--name",
               "x",
               "--venomous.snake-manager.max-"
               "queue=5",
               "second",
               "--venomousx=1",
               "-abc",
               "--venomous.snake-supervisor.preload",
               "json",
               "third",
               "--scheduler.policy=stealing",
               "--flag=1",
               "",
               "-",
               "--",
               "-w",
               "--venomous.snake-manager.max-queue=6",
               "--",
               "--help"})
        == "");
  CHECK(cfg.remainder
        == strings{"-v", "first", "--name", "x", "second", "--venomousx=1",
                   "-abc", "third", "--scheduler.policy=stealing", "--flag=1",
                   "", "-", "--", "-w", "--venomous.snake-manager.max-queue=6",
                   "--", "--help"});
#if !VENOMOUS_CAF_017
  const caf::actor_system_config& base = cfg;
  auto of_caf = base.remainder();
  CHECK(strings(of_caf.begin(), of_caf.end()) == cfg.remainder);
#endif
  CHECK(cfg.pool.max_queue == 5);
  CHECK(cfg.pool.preload == strings{"json"});
  CHECK_FALSE(cfg.cli_helptext_printed);
}

TEST_CASE_METHOD(config_fixture,
                 "asked for help, it prints every option with its "
                 "default",
                 "[config]") {
  std::ostringstream out;
  auto old = std::cout.rdbuf(out.rdbuf());
  auto error = parse_file("broken", {"x", "--help"});
  std::cout.rdbuf(old);
  CHECK(error == "");
  CHECK(cfg.cli_helptext_printed);
  CHECK(cfg.remainder == strings{"x", "--help"});
  CHECK(out.str().find("--config-file") != std::string::npos);
  for (auto& x : option_table()) {
    CHECK(out.str().find("--" + x.name) != std::string::npos);
    CHECK(out.str().find(x.help) != std::string::npos);
    CHECK(out.str().find(x.show(pool_options{})) != std::string::npos);
  }
}
