#pragma once

#include <algorithm>
#include <map>
#include <ostream>
#include <string>
#include <vector>

/// @file
/// What Python code can do to its process, and in which place of a call,
/// against how that ends: for the caller, the process, other callers and the
/// machine. The faults and the places on the Python side are in
/// modules/crashes.py.

namespace venomous::test::crashes {

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

inline const char* to_string(place at) {
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

inline ending raises(const std::string& exception) {
  return {exception + "(\n|$)", fate::lives, "python_exception"};
}

inline ending dies(const std::string& how) {
  return {".*(" + how + ")(\n|$)", fate::ends, "python_died"};
}

inline const ending times_out{".* ran for longer than 300 ms$", fate::ends,
                              "timeout"};
inline const ending is_never_ready{".*did not get ready within 2000 ms(\n|$)",
                                   fate::ends, "start_failed"};
inline const ending goes_on{"'unharmed'$", fate::lives};
inline const ending leaves{"'unharmed'$", fate::ends};
inline const ending is_replaced{"'unharmed'$", fate::ends_unasked};
inline const ending is_lost{"snake \\d+ is not leased", fate::ends_unasked,
                            "snake_gone"};
inline const ending has_forged{"99$", fate::lives};
inline const ending too_large{".* bytes that max-frame-mb permits$",
                              fate::lives, "unencodable"};
inline const ending has_no_mapping{
  ".* object at result is of type (Nameless|crashes.unharmed)$", fate::lives,
  "unencodable"};
inline const ending has_no_offset{
  ".* has a zone of type crashes.Troubled, whose utcoffset raises \\w+$",
  fate::lives, "unencodable"};
inline const ending lacks_memory{"MemoryError: |.*exited with code 1\n",
                                 fate::lives_or_ends,
                                 "python_exception|python_died"};

inline places operator+(places xs, const places& ys) {
  xs.insert(xs.end(), ys.begin(), ys.end());
  return xs;
}

inline places without(places xs, place x) {
  std::erase(xs, x);
  return xs;
}

inline faults operator+(faults xs, const faults& ys) {
  xs.insert(xs.end(), ys.begin(), ys.end());
  return xs;
}

inline const places calls{place::importing, place::decoding,   place::call,
                          place::untagging, place::converting, place::coroutine,
                          place::encoding,  place::lease,      place::followed,
                          place::item};
inline const places in_call =
  calls + places{place::naming, place::zoning, place::thread};
// A forked child in a thread, or in another end, ends otherwise.
inline const places of_program = calls + places{place::naming, place::zoning};
inline const places between{place::idle, place::resting};
inline const places starts{place::preload, place::starting};
inline const places ends{place::leaving, place::finalizing};

inline const faults raising{"raise_exception", "raise_unprintable",
                            "raise_local",     "exit_politely",
                            "recurse",         "want_memory"};
inline const faults dying{"exit_at_once", "segfault", "abort", "kill",
                          "overflow_stack"};
inline const faults babbling{"write_garbage", "announce_too_much"};
inline const faults forging{"reply_twice", "reply_for_others"};
inline const faults endless{"stop", "ignore_sigterm", "spin", "spin_in_c",
                            "swallow"};
inline const faults harmless{"nothing",        "fork_and_return",
                             "fork_and_raise", "fork_and_stay",
                             "fork_a_daemon",  "lament"};

inline const std::vector<row> table{
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

inline const std::vector<omission> omissions{
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

inline bool has(const auto& xs, const auto& x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

struct cell {
  std::string fault;
  place at;
  ending expected;
};

inline std::ostream& operator<<(std::ostream& out, const cell& x) {
  return out << x.fault << ", " << to_string(x.at);
}

inline std::vector<cell> cells_of(place at) {
  std::vector<cell> result;
  for (auto& x : table)
    if (has(x.at, at))
      for (auto& fault : x.kinds)
        result.push_back({fault, at, x.expected});
  return result;
}

} // namespace venomous::test::crashes
