#include "serve.hpp"

#include "codec.hpp"

#include <unistd.h>

#include <limits>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

/// Returns `ptr` as owner or throws the error that made it null.
py::object own(PyObject* ptr) {
  if (ptr == nullptr)
    throw py::error_already_set{};
  return py::reinterpret_steal<py::object>(ptr);
}

// -- decoding a call ----------------------------------------------------------

struct call {
  py::object module;
  py::object func;
  py::object args;
  py::object kwargs;
};

void require(bool condition, const char* what) {
  if (!condition)
    throw undecodable{what};
}

call decode_call(std::string_view body) {
  // The array and the map around the arguments are no part of their depth.
  constexpr auto depth = max_depth + 1;
  size_t offset = 0;
  call x;
  x.module = decode(body, offset, "module");
  require(PyUnicode_CheckExact(x.module.ptr()), "module is no str");
  x.func = decode(body, offset, "func");
  require(PyUnicode_CheckExact(x.func.ptr()), "func is no str");
  x.args = decode(body, offset, "args", depth);
  require(PyList_CheckExact(x.args.ptr()), "args is no array");
  x.kwargs = decode(body, offset, "kwargs", depth);
  require(PyDict_CheckExact(x.kwargs.ptr()), "kwargs is no map");
  for (auto item : py::reinterpret_borrow<py::dict>(x.kwargs))
    require(PyUnicode_CheckExact(item.first.ptr()),
            "a key of kwargs is no str");
  require(offset == body.size(), "there are bytes behind the arguments");
  return x;
}

// -- finding the function -----------------------------------------------------

/// Imports `name`. Costs a look into `sys.modules` if it was before.
py::object import(const py::object& name) {
  own(
    PyImport_ImportModuleLevelObject(name.ptr(), nullptr, nullptr, nullptr, 0));
  if (auto* module = PyImport_GetModule(name.ptr()))
    return py::reinterpret_steal<py::object>(module);
  if (PyErr_Occurred() == nullptr)
    PyErr_Format(PyExc_ImportError, "%U is not in sys.modules", name.ptr());
  throw py::error_already_set{};
}

/// Looks the function up anew for each call, since names can be bound anew.
py::object find(const call& x) {
  auto result = import(x.module);
  auto length = PyUnicode_GET_LENGTH(x.func.ptr());
  Py_ssize_t begin = 0;
  for (;;) {
    auto dot = PyUnicode_FindChar(x.func.ptr(), '.', begin, length, 1);
    if (begin == 0 && dot < 0)
      return own(PyObject_GetAttr(result.ptr(), x.func.ptr()));
    auto end = dot < 0 ? length : dot;
    auto part = own(PyUnicode_Substring(x.func.ptr(), begin, end));
    result = own(PyObject_GetAttr(result.ptr(), part.ptr()));
    if (dot < 0)
      return result;
    begin = dot + 1;
  }
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

bool is_awaitable(py::handle x) {
  auto* async = Py_TYPE(x.ptr())->tp_as_async;
  return async != nullptr && async->am_await != nullptr;
}

// -- describing an exception --------------------------------------------------

struct description {
  std::string exception;
  std::string error;
  std::string backtrace;
};

void append(buffer& out, const description& x) {
  encode_array_header(out, 3);
  encode_text(out, x.exception);
  encode_text(out, x.error);
  encode_text(out, x.backtrace);
}

} // namespace

hooks& current_hooks() {
  // Never destroyed: the interpreter may be gone before static objects are.
  static auto* instance = new hooks{py::none(), py::none()};
  return *instance;
}

server::server(int fd, int ledger, int arena, int spin_us, py::object describe,
               py::object await)
  : channel_(fd, unique_fd{arena}, std::chrono::microseconds{spin_us}),
    ledger_(unique_fd{ledger}),
    describe_(std::move(describe)),
    await_(std::move(await)),
    owner_(::getpid()) {}

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
      if (next->kind != frame_kind::call)
        throw std::runtime_error{"the host sent a frame that is no call"};
      // Otherwise the host has taken it back.
      if (ledger_.begin(next->call_id))
        open = answer(*next);
    }
    return false;
  } catch (const terminated&) {
    return true;
  }
}

bool server::answer(const frame& x) {
  try {
    auto request = decode_call(x.body);
    auto func = find(request);
    if (auto decoder = current_hooks().decoder; !decoder.is_none())
      apply_decoder(decoder, request);
    auto result = run(func, request.args, request.kwargs);
    auto& out = channel_.compose();
    encode(out, result, "result");
    auto size = out.size() - sizeof(frame_header);
    if (size > std::numeric_limits<uint32_t>::max())
      throw unencodable{"it takes " + std::to_string(size)
                        + " bytes, more than a frame can have"};
    return channel_.send(frame_kind::value, x.call_id);
  } catch (const undecodable& error) {
    return send_text(frame_kind::undecodable, x.call_id,
                     std::string{"the arguments cannot be decoded: "}
                       + error.what());
  } catch (const unencodable& error) {
    return send_text(frame_kind::unencodable, x.call_id,
                     std::string{"the result cannot be sent: "} + error.what());
  } catch (py::error_already_set& error) {
    leave_if_forked(1);
    return send_exception(x.call_id, error);
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
    py::error_already_set error;
    return send_exception(x.call_id, error);
  }
}

py::object server::run(py::handle func, py::object args, py::object kwargs) {
  auto result = invoke(func, args, kwargs);
  if (is_awaitable(result))
    result = await_(result);
  if (auto encoder = current_hooks().encoder; !encoder.is_none())
    result = encoder(result);
  leave_if_forked(0);
  if (termination_noted())
    throw terminated{};
  return result;
}

void server::leave_if_forked(int status) const {
  if (::getpid() != owner_)
    ::_exit(status);
}

bool server::send_exception(uint64_t call_id, py::error_already_set& error) {
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
    text = {type->tp_name, "<exception could not be described>", ""};
  }
  append(channel_.compose(), text);
  return channel_.send(frame_kind::exception, call_id);
}

bool server::send_text(frame_kind kind, uint64_t call_id,
                       const std::string& text) {
  encode_text(channel_.compose(), text);
  return channel_.send(kind, call_id);
}

} // namespace venomous::bridge
