#include "tests/pool_fixture.hpp"

#include <fcntl.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>

/// @file
/// What Python code can do to its process, and in which place of a call,
/// against how that ends: for the caller, the process, other callers and the
/// machine. The faults and the places on the Python side are in
/// modules/crashes.py.

using namespace venomous;
using namespace venomous::test;
using namespace std::chrono_literals;

namespace {

using answer = caf::expected<value>;

// -- the table ----------------------------------------------------------------

/// Where a fault happens.
enum class place {
  importing,  ///< as the module of the function is imported
  decoding,   ///< in the decoder
  untagging,  ///< in the decoder of a type
  converting, ///< as an argument becomes a record
  call,       ///< in the function
  coroutine,  ///< in the coroutine that the function returns
  thread,     ///< in a thread that the function waits for
  encoding,   ///< in the encoder
  naming,     ///< as the type of a result without a mapping is named
  zoning,     ///< as a zone in a result is asked for its offset
  lease,      ///< in a run of a lease
  followed,   ///< in the first of several calls to one snake
  item,       ///< in the first item of a map
  idle,       ///< in a thread while no call runs
  resting,    ///< in a thread between two runs of a lease
  leaving,    ///< in a `__del__` that a handler of atexit calls
  finalizing, ///< in a `__del__` that is called at the end
  preload,    ///< as a preload is imported
  starting,   ///< in the function that registers encoder and decoder
};

using places = std::vector<place>;

const char* to_string(place at) {
  static const std::map<place, const char*> names{
    {place::importing, "importing"}, {place::decoding, "decoding"},
    {place::untagging, "untagging"}, {place::converting, "converting"},
    {place::call, "call"},           {place::coroutine, "coroutine"},
    {place::thread, "thread"},       {place::encoding, "encoding"},
    {place::naming, "naming"},       {place::zoning, "zoning"},
    {place::lease, "lease"},         {place::followed, "followed"},
    {place::idle, "idle"},           {place::resting, "resting"},
    {place::leaving, "leaving"},     {place::finalizing, "finalizing"},
    {place::preload, "preload"},     {place::starting, "starting"},
    {place::item, "item"},
  };
  return names.at(at);
}

/// What becomes of the process.
enum class fate {
  lives,
  /// It is gone once the caller has the answer, and whoever asks next is served
  /// by another one.
  ends,
  /// It is gone before anybody asks again.
  ends_unasked,
  /// It is one or the other by chance.
  lives_or_ends,
};

/// What the caller gets, or who calls next if no call runs.
struct ending {
  /// Regular expression, to be found in the value or in the error. At the start
  /// of a snake it follows the name of `start_failed` instead of another one.
  std::string text;
  fate process;
  /// Names of what the error may be; none for a value.
  std::string codes = {};
};

using faults = std::vector<std::string>;

struct row {
  faults kinds;
  places at;
  ending expected;
};

/// Cells that make no sense.
struct omission {
  faults kinds;
  places at;
  const char* why;
};

ending raises(const std::string& exception) {
  return {exception + "(\n|$)", fate::lives, "python_exception"};
}

ending dies(const std::string& how) {
  return {".*(" + how + ")(\n|$)", fate::ends, "python_died"};
}

const ending times_out{".* ran for longer than 300 ms$", fate::ends, "timeout"};
const ending is_never_ready{".*did not get ready within 2000 ms(\n|$)",
                            fate::ends, "start_failed"};
const ending goes_on{"'unharmed'$", fate::lives};
const ending leaves{"'unharmed'$", fate::ends};
const ending is_replaced{"'unharmed'$", fate::ends_unasked};
const ending is_lost{"snake \\d+ is not leased", fate::ends_unasked,
                     "snake_gone"};
const ending has_forged{"99$", fate::lives};
const ending too_large{".* bytes that max-frame-mb permits$", fate::lives,
                       "unencodable"};
const ending has_no_mapping{
  ".* object at result is of type (Nameless|crashes.unharmed)$", fate::lives,
  "unencodable"};
const ending has_no_offset{
  ".* has a zone of type crashes.Troubled, whose utcoffset raises \\w+$",
  fate::lives, "unencodable"};
const ending lacks_memory{"MemoryError: |.*exited with code 1\n",
                          fate::lives_or_ends, "python_exception|python_died"};

places operator+(places xs, const places& ys) {
  xs.insert(xs.end(), ys.begin(), ys.end());
  return xs;
}

places without(places xs, place x) {
  std::erase(xs, x);
  return xs;
}

faults operator+(faults xs, const faults& ys) {
  xs.insert(xs.end(), ys.begin(), ys.end());
  return xs;
}

const places calls{place::importing, place::decoding,   place::call,
                   place::untagging, place::converting, place::coroutine,
                   place::encoding,  place::lease,      place::followed,
                   place::item};
const places in_call =
  calls + places{place::naming, place::zoning, place::thread};
// A forked child in a thread, or in another end, ends otherwise.
const places of_program = calls + places{place::naming, place::zoning};
const places between{place::idle, place::resting};
const places starts{place::preload, place::starting};
const places ends{place::leaving, place::finalizing};

const faults raising{"raise_exception", "raise_unprintable", "raise_local",
                     "exit_politely",   "recurse",           "want_memory"};
const faults dying{"exit_at_once", "segfault", "abort", "kill",
                   "overflow_stack"};
const faults babbling{"write_garbage", "announce_too_much"};
const faults forging{"reply_twice", "reply_for_others"};
const faults endless{"stop", "ignore_sigterm", "spin", "spin_in_c", "swallow"};
const faults harmless{"nothing",       "fork_and_return", "fork_and_raise",
                      "fork_and_stay", "fork_a_daemon",   "lament"};

const std::vector<row> table{
  // Exceptions.
  {{"raise_exception"}, calls + starts, raises("KeyError: 'missing'")},
  {{"raise_unprintable"},
   calls + starts,
   raises("snakes.Unprintable: <exception str\\(\\) failed>")},
  {{"raise_local"},
   calls + starts,
   raises("crashes.raise_local.<locals>.Local: here")},
  {{"exit_politely"},
   calls + starts + places{place::zoning},
   raises("SystemExit: 7")},
  {{"recurse"},
   calls + starts,
   raises("RecursionError: maximum recursion depth.*")},
  {{"want_memory"},
   calls + starts + places{place::zoning},
   raises("MemoryError: ")},
  {{"take_all_memory"}, calls + starts, lacks_memory},
  {raising, between + places{place::thread}, goes_on},
  {raising, {place::naming}, has_no_mapping},
  {{"raise_exception", "raise_unprintable", "raise_local", "recurse"},
   {place::zoning},
   has_no_offset},
  {raising, ends, leaves},

  // Ends of the process.
  {{"exit_at_once"}, in_call + starts, dies("exited with code 3")},
  {{"segfault"}, in_call + starts, dies("was killed by SIGSEGV")},
  {{"overflow_stack"}, in_call + starts, dies("was killed by SIGSEGV")},
  {{"abort"}, in_call + starts, dies("was killed by SIGABRT")},
  {{"kill"}, in_call + starts, dies("was killed by SIGKILL")},
  {{"write_garbage"}, in_call + starts, dies("broke the protocol")},
  {{"announce_too_much"},
   in_call + places{place::starting},
   dies("broke the protocol")},
  // Either it notices first, or the host does.
  {{"close_all"},
   without(in_call, place::item) + starts,
   dies("exited with code 1|was killed by SIGKILL")},
  {dying + babbling + faults{"close_all"}, {place::idle}, is_replaced},
  {dying + babbling + faults{"close_all"}, {place::resting}, is_lost},
  {dying + babbling + faults{"close_all"}, ends, leaves},

  // What has no end.
  {endless, without(in_call, place::thread), times_out},
  {{"stop", "spin", "spin_in_c", "swallow"}, {place::thread}, times_out},
  {{"stop", "spin_in_c"}, between, times_out},
  {{"spin", "swallow"}, between, goes_on},
  {endless, starts, is_never_ready},
  {endless, ends, leaves},

  // What harms nobody.
  {harmless, calls + between + starts + places{place::thread}, goes_on},
  {harmless, {place::naming}, has_no_mapping},
  {harmless, {place::zoning}, has_no_offset},
  {harmless, ends, leaves},
  {{"reply_for_others"},
   calls + between + places{place::thread, place::starting},
   goes_on},
  {{"reply_for_others"}, {place::naming}, has_no_mapping},
  {{"reply_for_others"}, {place::zoning}, has_no_offset},
  {{"reply_twice"}, without(in_call, place::item), has_forged},
  {{"reply_twice"}, between + places{place::starting}, goes_on},
  {forging, ends, leaves},
  {{"return_much"}, {place::call, place::followed, place::item}, too_large},
};

const std::vector<omission> omissions{
  {{"ignore_sigterm"},
   between + places{place::thread},
   "only the main thread of Python may have a signal ignored"},
  {{"take_all_memory"},
   between + ends + places{place::thread, place::naming, place::zoning},
   "nobody has to be told of it"},
  {{"return_much"},
   between + starts + ends
     + places{place::importing, place::thread, place::naming, place::zoning},
   "what is returned there goes nowhere"},
  {{"return_much"},
   {place::decoding, place::untagging, place::converting, place::coroutine,
    place::encoding, place::lease},
   "the result is sent as that of a call is"},
  {{"close_all", "reply_twice"},
   {place::item},
   "it is chance which item is the last before somebody notices"},
  {{"announce_too_much", "reply_twice", "reply_for_others"},
   {place::preload},
   "the zygote has no calls"},
};

bool has(const auto& xs, const auto& x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

struct cell {
  std::string fault;
  place at;
  ending expected;
};

std::ostream& operator<<(std::ostream& out, const cell& x) {
  return out << x.fault << ", " << to_string(x.at);
}

std::vector<cell> cells_of(place at) {
  std::vector<cell> result;
  for (auto& x : table)
    if (has(x.at, at))
      for (auto& fault : x.kinds)
        result.push_back({fault, at, x.expected});
  return result;
}

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
