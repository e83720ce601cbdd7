#include "tests/paths.hpp"
#include "tests/pool_fixture.hpp"

#include "venomous/function.hpp"

#include <sstream>
#include <stdexcept>

/// @file
/// Pools of programs whose configuration is CAF's own, or derived from that.

using namespace venomous;
using namespace venomous::test;

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::Message;

namespace {

/// Returns a configuration file as CAF 0.17 reads it, in the syntax of this
/// version of CAF.
std::istringstream caf_file(const std::string& text) {
#if VENOMOUS_CAF_017
  return std::istringstream{text};
#else
  std::istringstream lines{text};
  std::string line;
  std::string result;
  std::string braces;
  while (std::getline(lines, line)) {
    if (!line.starts_with('[')) {
      result += line + '\n';
      continue;
    }
    result += std::exchange(braces, "}");
    for (auto c : line.substr(1, line.find(']') - 1)) {
      result += c == '.' ? std::string{" {"} : std::string(1, c);
      braces += c == '.' ? "}" : "";
    }
    result += " {\n";
  }
  return std::istringstream{result + braces + '\n'};
#endif
}

/// Returns how many snakes there may be, or what is wrong with the options.
std::string read_options(const std::string& text,
                         std::vector<std::string> args = {}) {
  caf::actor_system_config cfg;
  auto file = caf_file(text);
  if (auto err = cfg.parse(std::move(args), file))
    return "CAF: " + describe(err);
  auto options = pool_options_of(cfg);
  return options ? std::to_string(options->max_children)
                 : describe(options.error());
}

struct plain_config : caf::actor_system_config {
  explicit plain_config(const std::string& text = {}) {
    auto file = caf_file("[venomous.snake-manager]\nperpetual-workers=0\n"
                         "[venomous.snake-supervisor]\nmodule-paths=[\""
                         + modules_folder() + "\"]\n" + text);
    auto err = parse({}, file);
    if (err)
      throw std::runtime_error(describe(err));
  }
};

/// Has CAF know options of a pool, so that it reads them from the command line.
struct declared_config : caf::actor_system_config {
  int64_t max_children = 1;

  declared_config() {
    opt_group{custom_options_, "venomous.snake-supervisor"}.add(
      max_children, "max-children", "how many snakes there may be");
  }
};

pid_t pid_from(const snake_manager_actor& manager) {
  return checked(function<pid_t()>{"os", "getpid"}.async(manager).get());
}

} // namespace

// -- options ------------------------------------------------------------------

TEST_CASE("the options of a pool are read from any configuration",
          "[existing_program]") {
  CHECK(read_options("") == std::to_string(pool_options{}.max_children));
  CHECK(read_options("[venomous.snake-supervisor]\nmax-children=3\n") == "3");
  CHECK(read_options("[venomous]\nsnake-supervisor={max-children=3}\n") == "3");
  CHECK(read_options("[mine]\nmax-childern=3\n[venomous-like]\nx=1\n")
        == std::to_string(pool_options{}.max_children));
}

TEST_CASE("an option that CAF has read from the command line counts",
          "[existing_program]") {
  declared_config cfg;
  auto file = caf_file("[venomous.snake-supervisor]\nmax-children=3\n");
  REQUIRE_FALSE(
    cfg.parse({"--venomous.snake-supervisor.max-children=4"}, file));
  auto options = pool_options_of(cfg);
  REQUIRE(options);
  CHECK(options->max_children == 4);
}

TEST_CASE("every kind of option is read from any configuration",
          "[existing_program]") {
  caf::actor_system_config cfg;
  auto file = caf_file(R"(
[venomous.snake-manager]
max-age-minutes=1.5
pickle-fallback=true
encoder={module="m",func="f",args=[1,"x"]}
[venomous.snake-supervisor]
envvars={A="1",B="2"}
preload=["json"]
termination-style="brutal"
)");
  REQUIRE_FALSE(cfg.parse({}, file));
  auto options = pool_options_of(cfg);
  REQUIRE(options);
  CHECK(options->max_age == std::chrono::seconds(90));
  CHECK(options->pickle_fallback);
  REQUIRE(options->encoder);
  CHECK(options->encoder->func == "f");
  CHECK(options->encoder->args.size() == 2);
  CHECK(options->envvars.size() == 2);
  CHECK(options->preload == std::vector<std::string>{"json"});
  CHECK(options->style == termination_style::brutal);
}

TEST_CASE("an option that makes no sense is told with its name, its value and "
          "what was expected",
          "[existing_program]") {
  CHECK(read_options("[venomous.snake-supervisor]\nmax-childern=8\n")
        == "bad_options: configuration: "
           "venomous.snake-supervisor.max-childern: unknown key, got 8, did "
           "you mean venomous.snake-supervisor.max-children?");
  CHECK(read_options("[venomous.snake-supervisor]\nmax-children=0\n")
        == "bad_options: configuration: "
           "venomous.snake-supervisor.max-children: expected a whole number >= "
           "1, got 0");
  CHECK_THAT(read_options("[venomous.snake-manger]\nmax-queue=1\n"),
             ContainsSubstring("venomous.snake-manger.max-queue: unknown key"));
  CHECK_THAT(read_options("[venomous]\nmax-queue=1\n"),
             ContainsSubstring("venomous.max-queue: unknown key"));
  CHECK_THAT(read_options("venomous=1\n"), ContainsSubstring("venomous"));
  CHECK_THAT(
    read_options("[venomous.snake-manager]\npython-timeout-ms=15s\n"),
    ContainsSubstring("venomous.snake-manager.python-timeout-ms: expected"));
  CHECK_THAT(
    read_options("[venomous.snake-manager]\nperpetual-workers=5\n"
                 "[venomous.snake-supervisor]\nmax-children=3\n"),
    ContainsSubstring("expected at most max-children, which is 3, got 5"));
}

TEST_CASE("no pool starts with options that make no sense",
          "[existing_program]") {
  plain_config cfg{"max-childern=8\n"};
  caf::actor_system system{cfg};
  CHECK_THROWS_WITH(spawn_manager(system), ContainsSubstring("max-childern"));
  CHECK_THROWS_AS(spawn_manager(system), std::invalid_argument);
  CHECK_THROWS_AS(pool{system}, std::invalid_argument);
  pool_options wrong;
  wrong.max_children = 0;
  CHECK_THROWS_AS(spawn_manager(system, wrong), std::invalid_argument);
  CHECK(processes_of_pools().empty());
}

TEST_CASE("a pool takes the options of any configuration",
          "[existing_program]") {
  plain_config cfg{"max-children=1\n"};
  caf::actor_system system{cfg};
  pool snakes{system};
  caf::scoped_actor self{system};
  auto leased = checked(retrieve_snake(self, snakes));
  CHECK(code_in(retrieve_snake(self, snakes)) == errc::no_snake);
  CHECK(snake_run(self, leased, tell_pid()));
}

// -- the end ------------------------------------------------------------------

TEST_CASE("a pool that was spawned ends with its system",
          "[existing_program]") {
  auto before = leftovers::now();
  std::future<caf::expected<std::string>> running;
  rendezvous here;
  {
    plain_config cfg;
    caf::actor_system system{cfg};
    auto manager = spawn_manager(system);
    pid_from(manager);
    function<std::string(std::string)> meet{"snakes", "meet"};
    running = meet.async(manager, here.path());
    here.arrival();
  }
  CHECK(code_in(running.get()) == errc::shutting_down);
  CHECK(processes_of_pools().empty());
  here.close();
  // A thread that has ended may still show for a moment.
  CHECK(eventually([&] { return leftovers::now().nothing_new_since(before); }));
}

TEST_CASE("the end of a system waits for the actors that call its pool",
          "[existing_program]") {
  auto result = std::make_shared<std::promise<caf::expected<double>>>();
  {
    plain_config cfg;
    caf::actor_system system{cfg};
    system.spawn(
      [result](caf::event_based_actor* self,
               const snake_manager_actor& manager) {
        function<double(double)>{"math", "sqrt"}
          .request(self, manager, 2.25)
          .then([result](double x) { result->set_value(x); },
                [result](caf::error& err) { result->set_value(err); });
      },
      spawn_manager(system));
  }
  CHECK(checked(result->get_future().get()) == 1.5);
}

TEST_CASE("a pool that was spawned can be ended ahead of its system",
          "[existing_program]") {
  plain_config cfg;
  caf::actor_system system{cfg};
  auto manager = spawn_manager(system);
  pid_from(manager);
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
  CHECK(eventually([] { return processes_of_pools().empty(); }));
  CHECK(code_in(function<pid_t()>{"os", "getpid"}.async(manager).get())
        == errc::shutting_down);
}

TEST_CASE("a system that ends before anybody has called its pool leaves "
          "nothing behind",
          "[existing_program]") {
  auto before = leftovers::now();
  for (int i = 0; i < 5; ++i) {
    plain_config cfg;
    caf::actor_system system{cfg};
    spawn_manager(system);
  }
  CHECK(processes_of_pools().empty());
  CHECK(eventually([&] { return leftovers::now().nothing_new_since(before); }));
}

TEST_CASE("a pool that is started while its system ends has ended",
          "[existing_program]") {
  std::optional<errc> answer;
  {
    plain_config cfg;
    caf::actor_system system{cfg};
    system.spawn_serv()->get()->attach_functor([&] {
      auto manager = spawn_manager(system);
      answer = code_in(function<pid_t()>{"os", "getpid"}.async(manager).get());
    });
  }
  CHECK(answer == errc::shutting_down);
  CHECK(processes_of_pools().empty());
}

TEST_CASE("an actor that monitors a pool learns of its end after the answers",
          "[existing_program]") {
  auto reason =
    GENERATE(caf::exit_reason::user_shutdown, caf::exit_reason::kill);
  std::vector<std::string> heard;
  {
    plain_config cfg{"max-children=1\n"};
    caf::actor_system system{cfg};
    pool snakes{system};
    caf::scoped_actor self{system};
    auto leased = checked(retrieve_snake(self, snakes));
    self->monitor(snakes.manager());
    compat::send(*self, snakes.manager(), python_atom_v, tell_pid(),
                 python_options{.busy = when_busy::wait});
    caf::anon_send_exit(snakes.manager(), reason);
    snakes.stop();
    for (int i = 0; i < 2; ++i)
      self->receive([&](caf::error&) { heard.push_back("answer"); },
                    [&](caf::down_msg&) { heard.push_back("end"); });
  }
  CHECK(heard == std::vector<std::string>{"answer", "end"});
}

TEST_CASE("several systems of one process have pools of their own",
          "[existing_program]") {
  plain_config cfg;
  caf::actor_system lasting{cfg};
  auto first = spawn_manager(lasting);
  auto first_pid = pid_from(first);
  {
    plain_config other_cfg;
    caf::actor_system other{other_cfg};
    auto second = spawn_manager(other);
    auto third = spawn_manager(other);
    CHECK(std::set<pid_t>{first_pid, pid_from(second), pid_from(third)}.size()
          == 3);
  }
  CHECK(pid_from(first) == first_pid);
}
