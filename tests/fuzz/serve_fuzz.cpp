/// @file
/// The snake's end of the socket, from the frames that a host sends to the
/// replies: calls and maps of functions that are there or not, with arguments
/// that are values or not, and anything else. Each reply is one that the host
/// can read.
///
/// Input: how much of the rest is in the arena, and the stream. The host takes
/// the first calls back, up to the first one of which the higher half of the
/// number of attachments is 0.

#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/python.hpp"

#include "python_bridge/memory/host_arena.hpp"
#include "python_bridge/module/server/serve.hpp"
#include "python_bridge/os/descriptor_pair.hpp"
#include "python_bridge/wire/results.hpp"
#include "venomous/value.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <thread>
#include <utility>

using namespace venomous;
using namespace venomous::fuzz;

namespace py = pybind11;

namespace {

constexpr size_t arena_size = 64 * 1024;

constexpr size_t max_result = 1024;

/// A snake trusts its host with the lengths of frames, which are in memory
/// there: up to 4 GB.
constexpr uint32_t max_sent = 0xf'ffff;

// What there is to call. No name leads out of here: not to what would end the
// process, and not to what would change it.
constexpr const char* functions = R"(
import sys

class Function:
    __slots__ = ("_run",)

    def __init__(self, run):
        object.__setattr__(self, "_run", run)

    def __call__(self, *args, **kwargs):
        return object.__getattribute__(self, "_run")(*args, **kwargs)

    def __getattribute__(self, name):
        if name == "again":
            return self
        raise AttributeError(name)

    def __setattr__(self, name, value):
        raise AttributeError(name)

class Module:
    __slots__ = ()

    def __getattribute__(self, name):
        if name in functions:
            return functions[name]
        raise AttributeError(name)

def fail(*args, **kwargs):
    raise ValueError(*args)

async def later(*args, **kwargs):
    return args

functions = {
    "echo": Function(lambda x=None, *more, **kwargs: x),
    "all": Function(lambda *args, **kwargs: (args, kwargs)),
    "fail": Function(fail),
    "later": Function(later),
    "odd": Function(lambda *args, **kwargs: {1, 2}),
}

def describe(error):
    return type(error).__name__, str(error), ""

def run(awaitable):
    try:
        awaitable.send(None)
    except StopIteration as end:
        return end.value

kept = dict(sys.modules)
sys.modules.clear()
sys.modules["m"] = Module()
sys.meta_path[:] = [type("Nowhere", (), {"find_spec": lambda *args: None})]
)";

// Never destroyed, as the interpreter is not.
const py::object* describe_error;
const py::object* run_awaitable;

/// Calls `f(header)` for each frame in `stream`, which it may change, as far as
/// the lengths in them lead.
template <class F>
void each_header(std::string& stream, F f) {
  size_t begin = 0;
  while (stream.size() - begin >= sizeof(frame_header)) {
    frame_header header;
    std::memcpy(&header, stream.data() + begin, sizeof(header));
    f(header);
    std::memcpy(stream.data() + begin, &header, sizeof(header));
    begin += sizeof(header);
    begin += std::min<size_t>(header.body_length, stream.size() - begin);
  }
}

class host {
public:
  explicit host(input in) : in_arena_(in.take(in.byte() * 16)) {
    stream_ = in.rest();
    each_header(stream_, [this](frame_header& header) {
      header.body_length = std::min(header.body_length, max_sent);
      all_taken_back_ = all_taken_back_ && header.attachments >> 8 != 0;
      if (all_taken_back_)
        ++taken_back_;
    });
  }

  /// Sends all, and reads what the snake answers.
  void run() {
    auto sockets = make_sockets(SOCK_STREAM);
    auto shared = std::make_shared<host_arena>(arena_size);
    fill(*shared);
    ledger begun;
    begun.revoke(taken_back_);
    send_all(sockets.ours.get());
    std::thread peer{[&] {
      receive_all(sockets.ours.get());
    }};
    serve(given(std::exchange(sockets.theirs, {})),
          given(begun.release_descriptor()), given(shared->descriptor()));
    peer.join();
    read_replies();
  }

private:
  void fill(host_arena& shared) const {
    auto to =
      *shared.find(arena::way::to_snake, {shared.begin_of(arena::way::to_snake),
                                          in_arena_.size(), 0, 0});
    std::copy(in_arena_.begin(), in_arena_.end(), to.begin());
  }

  /// Returns a descriptor that its receiver owns.
  static int given(const unique_fd& fd) {
    return ::dup(fd.get());
  }

  static void serve(int socket, int ledger, int arena) {
    try {
      bridge::server snake{
        socket,     ledger,          arena,          0,
        max_result, *describe_error, *run_awaitable, py::none()};
      snake.serve();
    } catch (const bridge::undecodable&) {
    } catch (const std::runtime_error&) {
      // The host is no host of ours: the snake ends.
    }
    require(PyErr_Occurred() == nullptr, "no exception is left behind");
  }

  /// The buffer of the socket has room for as much as a fuzzer makes up.
  void send_all(int socket) const {
    auto n = ::send(socket, stream_.data(), stream_.size(), MSG_NOSIGNAL);
    require(n == static_cast<ssize_t>(stream_.size()), "all of it is sent");
    ::shutdown(socket, SHUT_WR);
  }

  void receive_all(int socket) {
    char chunk[4096];
    for (;;) {
      auto n = ::recv(socket, chunk, sizeof(chunk), 0);
      if (n <= 0)
        return;
      replies_.append(chunk, static_cast<size_t>(n));
    }
  }

  void read_replies() {
    std::string_view left = replies_;
    while (!left.empty()) {
      frame_header header;
      require(left.size() >= sizeof(header), "a header is whole");
      std::memcpy(&header, left.data(), sizeof(header));
      left.remove_prefix(sizeof(header));
      require(header.body_length <= left.size(), "a body is whole");
      auto body = left.substr(0, header.body_length);
      left.remove_prefix(header.body_length);
      if (header.in_arena == 0 && header.attachments == 0)
        read_reply(header, body);
    }
  }

  static void read_reply(const frame_header& header, std::string_view body) {
    if (header.kind == frame_kind::ready)
      require(body.empty(), "there is nothing to say about being ready");
    else if (header.kind != frame_kind::results)
      read_result(header.kind, body);
    else
      require(each_result(body, read_result), "results are sound");
  }

  static void read_result(frame_kind kind, std::string_view body) {
    auto x = value::from_bytes(std::string{body});
    require(kind != frame_kind::value || body.size() <= max_result,
            "a result has its limit");
    // Three texts with their headers, and the notes on what was cut.
    require(kind != frame_kind::exception
              || body.size() <= 3 * (bridge::max_text + 64),
            "an exception has its limit");
    if (kind == frame_kind::value)
      require(x.as<value>(), "a result can be read");
    else if (kind == frame_kind::exception)
      require(x.as<std::array<std::string, 3>>(), "an exception can be read");
    else
      require(x.as<std::string>(), "a text can be read");
  }

  std::string_view in_arena_;
  std::string stream_;
  uint64_t taken_back_ = 0;
  bool all_taken_back_ = true;
  std::string replies_;
};

} // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  start_python();
  py::dict names;
  names["__builtins__"] = py::module_::import("builtins");
  py::exec(functions, names);
  describe_error = new py::object{names["describe"]};
  run_awaitable = new py::object{names["run"]};
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  host{input{data, size}}.run();
  return 0;
}
