#include "python_bridge/module/server/serve.hpp"

#include "python_bridge/module/codec/codec.hpp"
#include "python_bridge/module/codec/kept.hpp"
#include "python_bridge/module/codec/text.hpp"

#include <unistd.h>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

// -- decoding a call ----------------------------------------------------------

struct call {
  function_name name;
  py::object args;
  py::object kwargs;
};

call decode_call(std::string_view body, incoming_attachments* attached) {
  // The array and the map around the arguments do not count towards their
  // depth.
  constexpr auto depth = max_depth + 1;
  size_t offset = 0;
  call x;
  x.name = decode_name(body, offset);
  shared_objects shared;
  x.args = decode(body, offset, "args", attached, &shared, depth);
  require(PyList_CheckExact(x.args.ptr()), "args is not an array");
  x.kwargs = decode(body, offset, "kwargs", attached, &shared, depth);
  require(PyDict_CheckExact(x.kwargs.ptr()), "kwargs is not a map");
  for (auto item : py::reinterpret_borrow<py::dict>(x.kwargs))
    require(PyUnicode_CheckExact(item.first.ptr()),
            "a key of kwargs is not a str");
  require(offset == body.size(), "there are bytes behind the arguments");
  return x;
}

// -- calling it ---------------------------------------------------------------

void apply_decoder(const py::object& decoder, call& x) {
  py::list args;
  for (auto arg : py::reinterpret_borrow<py::list>(x.args))
    args.append(decoder(arg));
  py::dict kwargs;
  for (auto item : py::reinterpret_borrow<py::dict>(x.kwargs))
    kwargs[item.first] = decoder(item.second);
  x.args = std::move(args);
  x.kwargs = std::move(kwargs);
}

py::object invoke(py::handle func, py::handle args, py::handle kwargs) {
  auto n = static_cast<size_t>(PyList_GET_SIZE(args.ptr()));
  auto* first = reinterpret_cast<PyListObject*>(args.ptr())->ob_item;
  auto* keywords = PyDict_GET_SIZE(kwargs.ptr()) > 0 ? kwargs.ptr() : nullptr;
  return own(PyObject_VectorcallDict(func.ptr(), first, n, keywords));
}

/// Appends the numbers of the objects that the result keeps.
/// @returns whether there are any.
bool append_kept(buffer& out) {
  auto& numbers = all_kept().added();
  if (numbers.empty())
    return false;
  uint64_t n = numbers.size();
  out.write(reinterpret_cast<const char*>(numbers.data()), n * sizeof(n));
  out.write(reinterpret_cast<const char*>(&n), sizeof(n));
  return true;
}

bool is_awaitable(py::handle x) {
  auto* async = Py_TYPE(x.ptr())->tp_as_async;
  return async != nullptr && async->am_await != nullptr;
}

// -- interrupting it ----------------------------------------------------------

/// The only one in this process.
server* current_server = nullptr;

/// Records the number of a call while its code runs.
class running_guard {
public:
  running_guard(uint64_t& running, uint64_t id) : running_(running) {
    running_ = id;
  }

  running_guard(const running_guard&) = delete;

  ~running_guard() {
    running_ = 0;
  }

private:
  uint64_t& running_;
};

// -- describing an exception --------------------------------------------------

struct description {
  std::string exception;
  std::string error;
  std::string backtrace;
};

/// Appends texts that are already short enough.
void append(buffer& out, const description& x) {
  encode_array_header(out, 3);
  for (auto* part : {&x.exception, &x.error, &x.backtrace})
    encode_text(out, *part);
}

} // namespace

hooks& current_hooks() {
  // Never destroyed: the interpreter may be gone before static objects are.
  static auto* instance = new hooks{py::none(), py::none()};
  return *instance;
}

server::server(int fd, int ledger, int arena, int spin_us, size_t max_result,
               py::object describe, py::object await, py::object end_child)
  : channel_(fd, unique_fd{arena}, std::chrono::microseconds{spin_us}),
    ledger_(unique_fd{ledger}),
    max_result_(max_result),
    describe_(std::move(describe)),
    await_(std::move(await)),
    end_child_(std::move(end_child)) {
  current_server = this;
}

void server::start_failed(const std::string& exception,
                          const std::string& error,
                          const std::string& backtrace) {
  append(channel_.compose(), {exception, error, backtrace});
  channel_.send(frame_kind::start_failed, 0);
}

bool server::serve() {
  try {
    channel_.compose();
    auto open = channel_.send(frame_kind::ready, 0);
    while (open) {
      auto next = channel_.receive();
      if (!next)
        return false;
      busy_ = true;
      open = take(*next);
      busy_ = false;
    }
    return false;
  } catch (const terminated&) {
    return true;
  }
}

bool server::take(const frame& x) {
  if (x.kind == frame_kind::release)
    return release(x);
  if (x.kind != frame_kind::call && x.kind != frame_kind::map)
    throw std::runtime_error{"the host sent a frame that is not a call"};
  ++received_;
  if (x.kind == frame_kind::map)
    ledger_.prepare(received_);
  // Otherwise the host has taken it back.
  if (!ledger_.begin(received_))
    return true;
  return x.kind == frame_kind::map ? map(x) : answer(x);
}

bool server::answer(const frame& x) {
  auto& out = channel_.compose();
  auto keeps = false;
  auto kind = attempt(out, "the arguments", [&] {
    running_guard guard{running_, received_};
    auto request = decode_call(x.body, x.attachments);
    auto func = find(request.name);
    if (auto decoder = current_hooks().decoder; !decoder.is_none())
      apply_decoder(decoder, request);
    convert_arguments(func, request.args, request.kwargs);
    leave_if_forked();
    auto result = finish(invoke(func, request.args, request.kwargs));
    // Arguments that it does not show go back to the host.
    request = {};
    all_kept().begin();
    encode(out, result, "result", &channel_.attachments());
    result = {};
    channel_.release_arguments();
    keeps = append_kept(out);
  });
  if (kind != frame_kind::value)
    channel_.attachments().clear();
  else if (keeps)
    kind = frame_kind::keeping;
  channel_.release_body();
  auto dropped = all_kept().end(kind == frame_kind::keeping);
  auto open = channel_.send(kind, x.call_id);
  if (!dropped.empty()) {
    dropped.clear();
    leave_if_asked();
  }
  return open;
}

bool server::release(const frame& x) {
  all_kept().remove(x.body).clear();
  leave_if_asked();
  return true;
}

void server::leave_if_asked() const {
  leave_if_forked();
  if (termination_noted())
    throw terminated{};
}

bool server::take_interrupt() {
  auto self = current_server;
  return self && self->running_ != 0
         && self->ledger_.take_interrupt(self->running_);
}

py::object server::finish(py::object result) {
  leave_if_forked();
  if (is_awaitable(result)) {
    result = await_(result);
    leave_if_forked();
  }
  if (!current_hooks().encoder.is_none()) {
    // It may set another one while it runs.
    auto encoder = current_hooks().encoder;
    result = encoder(result);
    leave_if_forked();
  }
  if (termination_noted())
    throw terminated{};
  return result;
}

void server::leave_if_forked() const {
  if (!owner_.is_here())
    end_child(py::none());
}

void server::leave_if_forked(const py::error_already_set& error) const {
  if (owner_.is_here())
    return;
  if (error.trace())
    PyException_SetTraceback(error.value().ptr(), error.trace().ptr());
  end_child(error.value());
}

void server::leave_if_forked(const std::string& complaint) const {
  if (!owner_.is_here())
    end_child(py::handle{PyExc_SystemExit}(complaint));
}

void server::end_child(py::handle exception) const {
  try {
    end_child_(exception);
  } catch (const py::error_already_set&) {
    // `end_child_` does not return, and should not raise either.
  }
  ::_exit(1);
}

void server::describe(buffer& out, py::error_already_set& error) {
  if (termination_noted())
    throw terminated{};
  description text;
  try {
    if (error.trace())
      PyException_SetTraceback(error.value().ptr(), error.trace().ptr());
    auto parts = describe_(error.value());
    text = {parts[py::int_(0)].cast<std::string>(),
            parts[py::int_(1)].cast<std::string>(),
            parts[py::int_(2)].cast<std::string>()};
  } catch (const std::exception&) {
    auto* type = reinterpret_cast<PyTypeObject*>(error.type().ptr());
    text = {shortened(type->tp_name), "<exception could not be described>", ""};
  }
  append(out, text);
}

} // namespace venomous::bridge
