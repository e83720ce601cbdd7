#include "python_bridge/module/codec/encoder.hpp"
#include "python_bridge/module/codec/families.hpp"
#include "python_bridge/module/codec/opaque.hpp"

#include "python_bridge/os/random_number.hpp"

#include <cstring>
#include <limits>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

/// The error if a codec of the user changes a container.
constexpr auto changed = "was changed while it was sent";

constexpr auto has_surrogates =
  "has a str with surrogates, which UTF-8 does not permit";

/// A stream of `msgpack::packer` for the header of an extension.
struct ext_header {
  char bytes[encoder::longest_ext_header];
  size_t size = 0;

  void write(const char* from, size_t n) {
    std::memcpy(bytes + size, from, n);
    size += n;
  }
};

} // namespace

// -- scalars ------------------------------------------------------------------

bool encoder::put_scalar(PyObject* x, const step* at) {
  auto* type = Py_TYPE(x);
  if (type == &PyUnicode_Type)
    put_unicode(x, at);
  else if (type == &PyLong_Type)
    put_integer(x);
  else if (type == &PyFloat_Type)
    put_float(PyFloat_AS_DOUBLE(x));
  else if (x == Py_None)
    packer_.pack_nil();
  else if (x == Py_True)
    packer_.pack_true();
  else if (x == Py_False)
    packer_.pack_false();
  else if (type == &PyBytes_Type)
    put_bytes(x, at);
  else
    return false;
  return true;
}

void encoder::put(PyObject* x, const step* at) {
  if (put_scalar(x, at))
    return;
  auto* type = Py_TYPE(x);
  if (type == &PyList_Type)
    put_list(x, at);
  else if (type == &PyDict_Type)
    put_dict(x, at);
  else if (type == &PyTuple_Type)
    put_elements(ext_type::tuple, x, at);
  else
    put_other(x, at);
}

/// Parts of `x` without a twin are pickled by themselves: a failure concerns
/// `x` itself.
void encoder::put_other(PyObject* x, const step* at) {
  try {
    if (auto put_it = find_put(Py_TYPE(x)))
      return put_it(*this, x, at);
  } catch (const without_twin& error) {
    if (!opaque_is_permitted())
      throw;
    return put_opaque(*this, x, error.reason(), at);
  } catch (const py::cast_error&) {
    return put_opaque(*this, x, has_surrogates, at);
  }
  put_opaque(*this, x, "is of type " + type_name(Py_TYPE(x)), at);
}

void encoder::put_integer(PyObject* x) {
  int overflow = 0;
  auto small = PyLong_AsLongLongAndOverflow(x, &overflow);
  if (overflow == 0) {
    packer_.pack_int64(small);
    return;
  }
  if (overflow > 0) {
    auto large = PyLong_AsUnsignedLongLong(x);
    if (PyErr_Occurred() == nullptr) {
      packer_.pack_uint64(large);
      return;
    }
    PyErr_Clear();
  }
  put_big_integer(py::reinterpret_borrow<py::object>(x));
}

void encoder::put_big_integer(const py::object& x) {
  // ~x takes as many bits as -x - 1, and one more bit holds the sign.
  auto positive = PyObject_RichCompareBool(x.ptr(), py::int_(0).ptr(), Py_GE);
  auto magnitude = positive ? x : ~x;
  auto bits = magnitude.attr("bit_length")().cast<size_t>();
  out_.require(bits / 8 + 1);
  auto bytes =
    x.attr("to_bytes")(bits / 8 + 1, "big", py::arg("signed") = true);
  auto view =
    std::string_view{PyBytes_AS_STRING(bytes.ptr()),
                     static_cast<size_t>(PyBytes_GET_SIZE(bytes.ptr()))};
  packer_.pack_ext(view.size(), static_cast<int8_t>(ext_type::integer));
  packer_.pack_ext_body(view.data(), static_cast<uint32_t>(view.size()));
}

/// Not by the packer, which turns 2.0 into an integer.
void encoder::put_float(double x) {
  uint64_t bits;
  std::memcpy(&bits, &x, sizeof(bits));
  auto* bytes = out_.extend(9);
  bytes[0] = static_cast<char>(0xCB);
  for (int i = 0; i < 8; ++i)
    bytes[i + 1] = static_cast<char>(bits >> (56 - 8 * i));
}

void encoder::put_unicode(PyObject* x, const step* at) {
  Py_ssize_t size = 0;
  // Each character takes at least a byte.
  out_.require(static_cast<size_t>(PyUnicode_GET_LENGTH(x)));
  auto* utf8 = PyUnicode_AsUTF8AndSize(x, &size);
  if (utf8 == nullptr) {
    if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
      throw py::error_already_set{};
    PyErr_Clear();
    return put_opaque(
      *this, x, "is a str with surrogates, which UTF-8 does not permit", at);
  }
  put_str({utf8, static_cast<size_t>(size)}, at);
}

void encoder::put_str(std::string_view utf8, const step* at) {
  auto n = count(static_cast<Py_ssize_t>(utf8.size()), at);
  packer_.pack_str(n);
  packer_.pack_str_body(utf8.data(), n);
}

void encoder::put_bytes(PyObject* x, const step* at) {
  auto n = count(PyBytes_GET_SIZE(x), at);
  packer_.pack_bin(n);
  packer_.pack_bin_body(PyBytes_AS_STRING(x), n);
}

void encoder::put_payload(ext_type type, std::string_view payload,
                          const step* at) {
  put_payload(type, payload, {}, at);
}

void encoder::put_payload(ext_type type, std::string_view head,
                          std::string_view rest, const step* at) {
  auto n = count(static_cast<Py_ssize_t>(head.size() + rest.size()), at);
  packer_.pack_ext(n, static_cast<int8_t>(type));
  out_.write(head.data(), head.size());
  out_.write(rest.data(), rest.size());
}

// -- containers ---------------------------------------------------------------

void encoder::put_list(PyObject* x, const step* at) {
  auto depth = deeper(at);
  auto size = PyList_GET_SIZE(x);
  packer_.pack_array(count(size, at));
  for (Py_ssize_t i = 0; i < size; ++i) {
    if (PyList_GET_SIZE(x) != size)
      refuse(at, changed);
    auto element = py::reinterpret_borrow<py::object>(PyList_GET_ITEM(x, i));
    step next{at, nullptr, i, depth};
    put(element.ptr(), &next);
  }
}

void encoder::put_dict(PyObject* x, const step* at) {
  auto depth = deeper(at);
  packer_.pack_map(count(PyDict_Size(x), at));
  put_items(x, at, depth);
}

void encoder::put_items(PyObject* x, const step* at, size_t depth) {
  auto size = PyDict_Size(x);
  Py_ssize_t position = 0;
  PyObject* next_key = nullptr;
  PyObject* next_value = nullptr;
  for (Py_ssize_t i = 0; i < size; ++i) {
    if (PyDict_Size(x) != size
        || PyDict_Next(x, &position, &next_key, &next_value) == 0)
      refuse(at, changed);
    auto key = py::reinterpret_borrow<py::object>(next_key);
    auto value = py::reinterpret_borrow<py::object>(next_value);
    put_key(key.ptr(), at, depth);
    step next{at, key.ptr(), 0, depth};
    put(value.ptr(), &next);
  }
}

void encoder::put_fields(PyObject* x, py::handle names, py::handle more,
                         const step* at) {
  auto depth = deeper(at);
  auto size = PyTuple_GET_SIZE(names.ptr());
  packer_.pack_map(count(size + PyDict_Size(more.ptr()), at));
  for (Py_ssize_t i = 0; i < size; ++i) {
    auto* name = PyTuple_GET_ITEM(names.ptr(), i);
    put_unicode(name, at);
    auto value = own(PyObject_GetAttr(x, name));
    step next{at, name, 0, depth};
    put(value.ptr(), &next);
  }
  put_items(more.ptr(), at, depth);
}

void encoder::put_instead(PyObject* x, const step* at) {
  step next{at, nullptr, step::no_index, deeper(at)};
  put(x, &next);
}

void encoder::put_key(PyObject* key, const step* at, size_t depth) {
  step next{at, key, 0, depth};
  in_key_ = in_key_ == nullptr ? &next : in_key_;
  put(key, &next);
  if (in_key_ == &next)
    in_key_ = nullptr;
}

void encoder::put_elements(ext_type type, py::handle xs, const step* at) {
  auto depth = deeper(at);
  auto size = PyTuple_GET_SIZE(xs.ptr());
  auto start = out_.size();
  out_.extend(longest_ext_header);
  packer_.pack_array(count(size, at));
  for (Py_ssize_t i = 0; i < size; ++i) {
    step next{at, nullptr, i, depth};
    put(PyTuple_GET_ITEM(xs.ptr(), i), &next);
  }
  put_ext_header(type, start, at);
}

/// Writes the header into the space reserved for it at `start`. The header is
/// mostly shorter than that space; then the payload moves down, 64 KiB at most,
/// since the headers of longer ones fill the space.
void encoder::put_ext_header(ext_type type, size_t start, const step* at) {
  auto payload = start + longest_ext_header;
  auto n = count(static_cast<Py_ssize_t>(out_.size() - payload), at);
  ext_header header;
  msgpack::packer<ext_header>{header}.pack_ext(n, static_cast<int8_t>(type));
  auto* to = out_.data() + start;
  if (header.size != longest_ext_header) {
    std::memmove(to + header.size, out_.data() + payload, n);
    if (pickles_ != nullptr)
      pickles_->moved_down(payload, longest_ext_header - header.size);
  }
  std::memcpy(to, header.bytes, header.size);
  out_.truncate(start + header.size + n);
}

// -- pickles ------------------------------------------------------------------

void encoder::put_pickle(PyObject* x, std::string_view pickle, const step* at) {
  constexpr uint64_t token = 0;
  put_payload(ext_type::opaque,
              {reinterpret_cast<const char*>(&token), sizeof(token)}, pickle,
              at);
  auto size = sizeof(token) + pickle.size();
  if (pickles_ == nullptr)
    pickles_ = std::make_unique<placed_pickles>();
  pickles_->add(
    {py::reinterpret_borrow<py::object>(x), out_.size() - size, size});
}

bool encoder::put_pickle_again(PyObject* x) {
  auto* found = pickles_ == nullptr ? nullptr : pickles_->find(x);
  if (found == nullptr)
    return false;
  auto* first = out_.data() + found->offset;
  uint64_t token = 0;
  std::memcpy(&token, first, sizeof(token));
  if (token == 0) {
    token = random_number();
    std::memcpy(first, &token, sizeof(token));
  }
  packer_.pack_ext(found->size, static_cast<int8_t>(ext_type::opaque));
  auto* to = out_.extend(found->size);
  std::memcpy(to, out_.data() + found->offset, found->size);
  return true;
}

// -- limits and errors --------------------------------------------------------

size_t encoder::deeper(const step* at) const {
  auto depth = at == nullptr ? 1 : at->depth + 1;
  if (depth > max_depth)
    throw unencodable{std::string{name_} + " is nested deeper than "
                      + std::to_string(max_depth) + " levels"};
  return depth;
}

uint32_t encoder::count(Py_ssize_t n, const step* at) const {
  if (n > static_cast<Py_ssize_t>(std::numeric_limits<uint32_t>::max()))
    refuse(at, "is too large");
  return static_cast<uint32_t>(n);
}

std::string encoder::path(const step* at) const {
  if (at == nullptr)
    return name_;
  if (at->key == nullptr && at->index == step::no_index)
    return path(at->parent);
  if (at->key == nullptr)
    return path(at->parent) + "[" + std::to_string(at->index) + "]";
  return path(at->parent) + render_key(at->key);
}

std::string encoder::error_text(const step* at,
                                const std::string& reason) const {
  if (in_key_ != nullptr)
    return "a key of the dict at " + path(in_key_->parent) + " "
           + (at == in_key_ ? "" : "has an object that ") + reason;
  return "object at " + path(at) + " " + reason;
}

void encoder::fail(const step* at, const std::string& reason) const {
  throw without_twin{error_text(at, reason), reason};
}

void encoder::refuse(const step* at, const std::string& reason) const {
  throw unencodable{error_text(at, reason)};
}

std::string type_name(PyTypeObject* type) {
  auto handle = py::handle(reinterpret_cast<PyObject*>(type));
  try {
    auto name = handle.attr("__qualname__").cast<std::string>();
    auto module = handle.attr("__module__").cast<std::string>();
    return module == "builtins" ? name : module + "." + name;
  } catch (const std::exception&) {
    return type->tp_name;
  }
}

void encode(buffer& out, py::handle value, const char* name,
            outgoing_attachments* attached) {
  encoder all{out, name, attached};
  // Most results of maps are scalars, for which the collector need not pause.
  if (all.put_scalar(value.ptr(), nullptr))
    return;
  gc_pause guard;
  all.put(value.ptr(), nullptr);
}

void encode_text(buffer& out, std::string_view text) {
  auto size = static_cast<uint32_t>(text.size());
  msgpack::packer<buffer> packer{out};
  packer.pack_str(size);
  packer.pack_str_body(text.data(), size);
}

void encode_array_header(buffer& out, uint32_t n) {
  msgpack::packer<buffer>{out}.pack_array(n);
}

std::string render_key(PyObject* key) {
  constexpr Py_ssize_t longest = 60;
  auto render = [](PyObject* ptr) -> std::string {
    auto text = py::reinterpret_steal<py::object>(ptr);
    Py_ssize_t size = 0;
    auto* utf8 = text ? PyUnicode_AsUTF8AndSize(text.ptr(), &size) : nullptr;
    PyErr_Clear();
    return utf8 == nullptr ? "?" : std::string(utf8, size);
  };
  if (PyUnicode_CheckExact(key)) {
    auto text = render(PyUnicode_Substring(key, 0, longest));
    auto cut = PyUnicode_GET_LENGTH(key) > longest ? "..." : "";
    return "[\"" + text + cut + "\"]";
  }
  auto repr = py::reinterpret_steal<py::object>(PyObject_Repr(key));
  if (!repr) {
    PyErr_Clear();
    return "[?]";
  }
  auto text = render(PyUnicode_Substring(repr.ptr(), 0, longest));
  auto cut = PyUnicode_GET_LENGTH(repr.ptr()) > longest ? "..." : "";
  return "[" + text + cut + "]";
}

} // namespace venomous::bridge
