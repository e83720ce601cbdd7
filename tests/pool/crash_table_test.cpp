#include "tests/pool/crash_table.hpp"
#include "tests/pool_fixture.hpp"

#include <fcntl.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>

/// @file
/// Plays each cell of the crash table.

using namespace venomous;
using namespace venomous::test;
using namespace venomous::test::crashes;
using namespace std::chrono_literals;

namespace {

using answer = caf::expected<value>;

void check(const cell& x, const answer& got) {
  auto& [text, process, codes] = x.expected;
  auto name = has(starts, x.at) ? "start_failed" : codes;
  auto begin = codes.empty() ? "^" : "^(" + name + "): ";
  auto found = got ? to_string(*got) : describe(got.error());
  INFO(found);
  INFO("is not " << begin << "(" << text << ")");
  CHECK(bool(got) == codes.empty());
  CHECK(std::regex_search(found, std::regex{begin + "(" + text + ")"}));
}

// -- what all cells need ------------------------------------------------------

/// A fault that happens as it is decoded.
struct ordered {
  std::string fault;

  std::map<std::string, std::string> as_fields() const {
    return {{"fault", fault}};
  }
};

struct ordered_form {
  static constexpr std::string_view tag = "ordered";

  static std::string encode(const ordered& x) {
    return x.fault;
  }
};

} // namespace

template <>
struct venomous::codec<ordered>
  : venomous::tagged_codec<ordered, ordered_form> {};

namespace {

/// Where the Python side notes what it does.
class notebook {
public:
  /// Options of a pool that finds it.
  pool_options options(size_t max_children) const {
    auto result = small_pool(max_children);
    result.module_paths.push_back(folder_.path());
    result.envvars["CRASH_NOTES"] = notes_.string();
    result.grace = 100ms;
    return result;
  }

  /// Adds a module that runs a line of Python as it is imported.
  void write_module(const std::string& name, const std::string& line) const {
    folder_.write(name + ".py",
                  "import crashes\n" + line + "\nfrom crashes import take\n");
  }

  size_t times(const std::string& word) const {
    std::ifstream in{notes_};
    size_t result = 0;
    for (std::string line; std::getline(in, line);)
      result += line == word ? 1 : 0;
    return result;
  }

  void clear() const {
    std::filesystem::remove(notes_);
  }

  /// Whether the fault forks a child that ends by itself.
  static bool ends_as_program(const cell& x) {
    return has(faults{"fork_and_return", "fork_and_raise"}, x.fault)
           && has(of_program + starts, x.at);
  }

  /// Whether `x` was done once. A call that times out may not have come so far.
  bool shows(const cell& x) const {
    auto n = times(x.fault);
    return n == 1 || (n == 0 && has(endless, x.fault));
  }

private:
  temporary_folder folder_;
  std::filesystem::path notes_ = folder_ / "notes";
};

/// Keeps what a fault writes to standard error from the terminal.
class silence {
public:
  explicit silence(const cell& x) {
    if (x.fault == "lament" || x.fault == "fork_and_raise")
      redirected_.emplace(null_);
  }

  ~silence() {
    ::close(null_);
  }

  silence(const silence&) = delete;

  silence& operator=(const silence&) = delete;

private:
  int null_ = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  std::optional<redirected_stderr> redirected_;
};

// -- cells in the life of a snake ---------------------------------------------

/// A pool of two snakes: one for the faults, and one that must not suffer
/// from them.
class scene : private notebook, private pool_fixture {
public:
  explicit scene(place at) : pool_fixture(make_options(*this, at)) {
    for (auto& x : cells_of(at))
      write_module("import_" + x.fault, "crashes.commit('" + x.fault + "')");
    bystander_ = checked(retrieve_snake(self, manager));
    CHECK(bystander_is_well());
    bare_ = leftovers::now();
  }

  void play(const cell& x) {
    INFO(x);
    clear();
    {
      silence around{x};
      auto culprit = next_process();
      check(x, act(x, culprit));
      auto lives = next_process() == culprit;
      if (x.expected.process != fate::lives_or_ends)
        CHECK(lives == (x.expected.process == fate::lives));
      CHECK(bystander_is_well());
      if (ends_as_program(x))
        CHECK(eventually([&] { return times("ended") == 1; }));
    }
    end_all_others();
    auto nothing_left =
      eventually([&] { return leftovers::now().nothing_new_since(bare_); });
    INFO("before: " << bare_ << "; after: " << leftovers::now());
    CHECK(nothing_left);
    CHECK(shows(x));
    check_forked(x);
  }

private:
  /// The steps after the fault happen once, not in a forked child as well.
  void check_forked(const cell& x) const {
    auto ahead = has(places{place::importing, place::decoding, place::untagging,
                            place::converting},
                     x.at);
    if (ahead && x.expected.process == fate::lives)
      CHECK(times("taken") == (x.expected.codes.empty() ? 1 : 0));
    CHECK(times("left") == 0);
  }

  static pool_options make_options(const notebook& notes, place at) {
    auto result = notes.options(2);
    result.preload = {"asyncio", "crashes"};
    result.encoder = encoder_call{"crashes", "hook", {}};
    if (has(ends, at))
      // Time for the fault to begin.
      result.grace = 1s;
    return result;
  }

  /// Returns the process that takes the next call.
  int next_process() {
    return checked(
      python_wait<int>(self, manager, {"os", "getpid"}, {.timeout = 30s}));
  }

  bool bystander_is_well() {
    return bool(
      snake_run(self, bystander_, {"os", "getpid"}, {.keep_snake = true}));
  }

  void end_all_others() {
    for (auto& x : alive())
      if (x.id != bystander_.id)
        slay_python_worker(self, manager, x, termination_style::brutal);
  }

  // -- acts -------------------------------------------------------------------

  answer act(const cell& x, int culprit) {
    auto limit = x.expected.codes == "timeout" ? 300ms : 30s;
    python_options options{.timeout = limit, .busy = when_busy::wait};
    auto run = [&](snake_args args) {
      return python(self, manager, std::move(args), options);
    };
    switch (x.at) {
    case place::importing:
      return run({"import_" + x.fault, "take"});
    case place::decoding:
      return run({"crashes", "take", "decode " + x.fault});
    case place::untagging:
      return run({"crashes", "take", ordered{x.fault}});
    case place::converting:
      return run({"crashes", "take_committed", ordered{x.fault}.as_fields()});
    case place::coroutine:
      return run({"crashes", "commit_in_coroutine", x.fault});
    case place::thread:
      return run({"crashes", "commit_in_thread", x.fault});
    case place::encoding:
      return run({"crashes", "intend", x.fault});
    case place::naming:
      return run({"crashes", "be_named", x.fault});
    case place::zoning:
      return run({"crashes", "be_in_zone", x.fault});
    case place::lease:
      return snake_run(self, lease(), {"crashes", "commit", x.fault}, options);
    case place::followed:
      return act_before_others(x, options);
    case place::item:
      return act_before_items(x, options);
    case place::idle:
      checked(act_later(x, culprit, run));
      return run({"crashes", "take"});
    case place::resting:
      return act_between_runs(x, culprit, options);
    case place::leaving:
      return act_at_end("commit_at_exit", x, culprit);
    case place::finalizing:
      return act_at_end("commit_when_finalized", x, culprit);
    default:
      return run({"crashes", "commit", x.fault});
    }
  }

  snake lease() {
    return checked(retrieve_snake_wait(self, manager));
  }

  /// Has a thread act once no call runs any more.
  template <class F>
  answer act_later(const cell& x, int culprit, F run) {
    rendezvous here;
    auto result =
      run(snake_args{"crashes", "commit_when_told", x.fault, here.path()});
    here.arrival();
    here.release();
    CHECK(eventually([&] { return times(x.fault) == 1; }));
    if (x.expected.process == fate::ends_unasked)
      CHECK(eventually([&] { return !is_listed(culprit); }));
    else if (!has(endless, x.fault))
      CHECK(eventually([&] { return times("done") > 0; }));
    return result;
  }

  bool is_listed(int process) {
    auto all = alive();
    return std::any_of(all.begin(), all.end(),
                       [=](auto& x) { return x.os_pid == process; });
  }

  answer act_between_runs(const cell& x, int culprit, python_options options) {
    auto leased = lease();
    auto run = [&](snake_args args) {
      return snake_run(self, leased, std::move(args), options);
    };
    options.keep_snake = true;
    checked(act_later(x, culprit, run));
    options.keep_snake = false;
    return run({"crashes", "take"});
  }

  answer act_before_others(const cell& x, const python_options& options) {
    caller by{*this};
    auto ask = [&](snake_args args, const python_options& how) {
      return by.start<value>(manager, python_atom_v, args, how);
    };
    python_options patient{.timeout = 30s, .busy = when_busy::wait};
    // Some of the others are sent ahead if calls are short.
    for (int i = 0; i < 50; ++i)
      checked(ask({"os", "getpid"}, patient).get());
    auto first = ask({"crashes", "commit", x.fault}, options);
    std::vector<std::future<answer>> others;
    for (int i = 0; i < 10; ++i)
      others.push_back(ask({"snakes", "echo", i}, patient));
    for (int i = 0; i < 10; ++i)
      CHECK(checked(checked(others[i].get()).as<int>()) == i);
    return first.get();
  }

  answer act_before_items(const cell& x, const python_options& options) {
    faults items(10, "go_on");
    items[0] = x.fault;
    auto got = checked(python_map(self, manager, {"crashes", "commit", items},
                                  {.timeout = options.timeout}));
    CHECK(times("go_on") == 9);
    for (auto& failed : got.errors)
      CHECK(failed.index == 0);
    if (!got.errors.empty())
      return got.errors[0].why;
    return got.values[0];
  }

  answer act_at_end(const char* func, const cell& x, int culprit) {
    auto result = python(self, manager, {"crashes", func, x.fault});
    for (auto& info : alive())
      if (info.os_pid == culprit)
        CHECK(checked(slay_python_worker(self, manager, info)));
    CHECK(eventually([&] { return !is_alive(culprit); }));
    return result;
  }

  snake bystander_;
  /// With nobody there but the zygote and the bystander.
  leftovers bare_;
};

void play_all(place at) {
  scene f{at};
  for (auto& x : cells_of(at))
    f.play(x);
}

// -- cells at the start -------------------------------------------------------

/// Injects the fault at the first start; the next one is normal.
void start_by(const cell& x) {
  INFO(x);
  notebook notes;
  auto options = notes.options(1);
  if (x.at == place::preload) {
    notes.write_module("preloaded", "crashes.commit_once('" + x.fault + "')");
    options.preload = {"preloaded"};
  } else {
    options.encoder = encoder_call{"crashes", "commit_once", {x.fault}};
  }
  if (has(endless, x.fault))
    options.start_timeout = 2s;
  silence around{x};
  {
    pool_fixture f{options};
    check(x, python_wait(f.self, f.manager, {"crashes", "take"}));
    CHECK(eventually([&] {
      return bool(python_wait(f.self, f.manager, {"crashes", "take"}));
    }));
    if (notebook::ends_as_program(x))
      CHECK(eventually([&] { return notes.times("ended") == 1; }));
  }
  CHECK(notes.shows(x));
}

void start_all(place at) {
  for (auto& x : cells_of(at))
    start_by(x);
}

} // namespace

TEST_CASE("the crash table has each cell once", "[crash_table]") {
  std::map<std::pair<std::string, place>, int> count;
  std::set<std::string> all_faults;
  auto add = [&](auto& x) {
    for (auto& fault : x.kinds)
      for (auto at : x.at) {
        ++count[{fault, at}];
        all_faults.insert(fault);
      }
  };
  for (auto& x : table)
    add(x);
  for (auto& x : omissions)
    add(x);
  for (auto& fault : all_faults)
    for (int i = 0; i <= static_cast<int>(place::starting); ++i) {
      INFO(fault << ", " << to_string(static_cast<place>(i)));
      CHECK(count[{fault, static_cast<place>(i)}] == 1);
    }
}

TEST_CASE("what goes wrong as a module is imported ends that call only",
          "[crash_table]") {
  play_all(place::importing);
}

TEST_CASE("what goes wrong in the decoder ends that call only",
          "[crash_table]") {
  play_all(place::decoding);
}

TEST_CASE("what goes wrong in the decoder of a type ends that call only",
          "[crash_table]") {
  play_all(place::untagging);
}

TEST_CASE("what goes wrong as a record comes into being ends that call only",
          "[crash_table]") {
  play_all(place::converting);
}

TEST_CASE("what goes wrong in a call ends that call only", "[crash_table]") {
  play_all(place::call);
}

TEST_CASE("what goes wrong in a coroutine ends that call only",
          "[crash_table]") {
  play_all(place::coroutine);
}

TEST_CASE("what goes wrong in a thread of a call ends that call only",
          "[crash_table]") {
  play_all(place::thread);
}

TEST_CASE("what goes wrong in the encoder ends that call only",
          "[crash_table]") {
  play_all(place::encoding);
}

TEST_CASE("what goes wrong as a type is named ends that call only",
          "[crash_table]") {
  play_all(place::naming);
}

TEST_CASE("what goes wrong in a zone of a result ends that call only",
          "[crash_table]") {
  play_all(place::zoning);
}

TEST_CASE("what goes wrong in a run of a lease ends that lease only",
          "[crash_table]") {
  play_all(place::lease);
}

TEST_CASE("what goes wrong in a call ends none of those behind it",
          "[crash_table][concurrency]") {
  play_all(place::followed);
}

TEST_CASE("what goes wrong in an item ends no other item of its map",
          "[crash_table]") {
  play_all(place::item);
}

TEST_CASE("what goes wrong in an idle snake ends no call", "[crash_table]") {
  play_all(place::idle);
}

TEST_CASE("what goes wrong between two runs ends their lease only",
          "[crash_table]") {
  play_all(place::resting);
}

TEST_CASE("what goes wrong at exit keeps no snake from its end",
          "[crash_table]") {
  play_all(place::leaving);
}

TEST_CASE("what goes wrong as objects are finalized keeps no snake from its "
          "end",
          "[crash_table]") {
  play_all(place::finalizing);
}

TEST_CASE("what goes wrong in a preload is told, and the next start works",
          "[crash_table]") {
  start_all(place::preload);
}

TEST_CASE("what goes wrong as a snake starts is told, and the next start works",
          "[crash_table]") {
  start_all(place::starting);
}
