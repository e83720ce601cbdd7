#include "python_bridge/module/codec/codec.hpp"
#include "python_bridge/module/codec/extensions.hpp"
#include "python_bridge/module/codec/scalar.hpp"
#include "python_bridge/module/codec/standard.hpp"

#include "venomous/detail/huge_pages.hpp"

#include <msgpack.hpp>

#include <cstring>
#include <utility>
#include <vector>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

/// Builds Python objects while msgpack-cxx parses.
class builder : public msgpack::null_visitor {
public:
  builder(size_t size, const char* name, incoming_attachments* attached,
          shared_objects& shared, size_t depth)
    : unclaimed_(size),
      name_(name),
      attached_(attached),
      shared_(shared),
      max_depth_(depth) {}

  py::object result() {
    return std::move(result_);
  }

  [[noreturn]] void fail(const std::string& why) const {
    throw undecodable{path() + ": " + why};
  }

  // -- callbacks of the parser ------------------------------------------------

  bool visit_nil() {
    return put(py::none());
  }

  bool visit_boolean(bool x) {
    return put(py::bool_(x));
  }

  bool visit_positive_integer(uint64_t x) {
    return put(own(PyLong_FromUnsignedLongLong(x)));
  }

  bool visit_negative_integer(int64_t x) {
    return put(own(PyLong_FromLongLong(x)));
  }

  bool visit_float32(float x) {
    return put(own(PyFloat_FromDouble(x)));
  }

  bool visit_float64(double x) {
    return put(own(PyFloat_FromDouble(x)));
  }

  bool visit_str(const char* bytes, uint32_t size) {
    auto* str = PyUnicode_DecodeUTF8(bytes, size, nullptr);
    if (str == nullptr && PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) {
      PyErr_Clear();
      fail("a str that is not valid UTF-8");
    }
    return put(own(str));
  }

  bool visit_bin(const char* bytes, uint32_t size) {
    auto result = own(PyBytes_FromStringAndSize(nullptr, size));
    auto* to = PyBytes_AS_STRING(result.ptr());
    venomous::detail::want_huge_pages(to, size);
    std::memcpy(to, bytes, size);
    return put(std::move(result));
  }

  bool visit_ext(const char* bytes, uint32_t size) {
    if (size < 1)
      fail("an extension without a type");
    auto payload = std::string_view{bytes + 1, size - 1};
    auto* found = find_extension(static_cast<int8_t>(bytes[0]));
    if (found == nullptr)
      fail("an extension of the unknown type "
           + std::to_string(static_cast<int>(bytes[0])));
    if (found->from_attachment != nullptr)
      return put(make(
        [&] { return found->from_attachment(payload, next_attachment()); }));
    if (found->from_shared != nullptr)
      return put(make([&] { return found->from_shared(payload, shared_); }));
    if (found->from_payload == nullptr)
      return parse_elements(*found, payload);
    return put(make([&] { return found->from_payload(payload); }));
  }

  bool start_array(uint32_t size) {
    claim(size);
    auto n = static_cast<Py_ssize_t>(size);
    auto* made = std::exchange(next_, nullptr);
    if (made != nullptr && made->type == ext_type::tuple)
      open({own(PyTuple_New(n)), container::tuple, size});
    else
      open({own(PyList_New(n)), container::list, size, made});
    return true;
  }

  bool end_array() {
    return close();
  }

  bool start_map(uint32_t size) {
    claim(uint64_t{size} * 2);
    open({own(PyDict_New()), container::dict, size});
    return true;
  }

  bool end_map() {
    auto& top = open_.back();
    if (static_cast<size_t>(PyDict_Size(top.object.ptr())) != top.size)
      fail("two keys of a dict are equal");
    return close();
  }

private:
  enum class container { list, tuple, dict };

  /// A container that does not have all of its elements yet.
  struct frame {
    py::object object;
    container kind;
    size_t size;
    /// What it becomes once it is complete.
    const extension* made = nullptr;
    size_t index = 0;
    py::object key = {};
  };

  /// Each element takes at least a byte, so all containers together cannot
  /// announce more elements than there are bytes. Data that does so is refused
  /// before it takes memory.
  void claim(uint64_t elements) {
    if (elements > unclaimed_)
      fail("more elements are announced than there are bytes");
    unclaimed_ -= elements;
  }

  void open(frame x) {
    if (open_.size() == max_depth_)
      fail("nested deeper than " + std::to_string(max_depth) + " levels");
    open_.push_back(std::move(x));
  }

  bool close() {
    auto object = std::move(open_.back().object);
    auto* made = open_.back().made;
    open_.pop_back();
    if (made != nullptr)
      object = make([&] { return made->from_elements(std::move(object)); });
    return put(std::move(object));
  }

  bool put(py::object x) {
    if (open_.empty()) {
      result_ = std::move(x);
      return true;
    }
    auto& top = open_.back();
    auto* into = top.object.ptr();
    switch (top.kind) {
    case container::list:
      PyList_SET_ITEM(into, top.index++, x.release().ptr());
      break;
    case container::tuple:
      PyTuple_SET_ITEM(into, top.index++, x.release().ptr());
      break;
    case container::dict:
      if (!top.key)
        top.key = std::move(x);
      else
        put_item(top, x);
    }
    return true;
  }

  void put_item(frame& top, const py::object& x) {
    if (!set_item(top, x)) {
      top.key = with_hash(top.key);
      if (!set_item(top, x)) {
        auto type = std::string{Py_TYPE(top.key.ptr())->tp_name};
        top.key = {};
        fail("a key of type " + type + " is not hashable");
      }
    }
    top.key = {};
  }

  /// @returns whether the key is hashable.
  bool set_item(frame& top, const py::object& x) {
    if (PyDict_SetItem(top.object.ptr(), top.key.ptr(), x.ptr()) == 0)
      return true;
    if (!PyErr_ExceptionMatches(PyExc_TypeError))
      throw py::error_already_set{};
    PyErr_Clear();
    return false;
  }

  bool parse_elements(const extension& x, std::string_view payload) {
    if (payload.empty())
      fail("an empty extension");
    auto head = static_cast<uint8_t>(payload[0]);
    if ((head & 0xF0) != 0x90 && head != 0xDC && head != 0xDD)
      fail("an extension that is not an array");
    next_ = &x;
    size_t offset = 0;
    if (!msgpack::parse(payload.data(), payload.size(), offset, *this))
      fail("an extension that is cut off or not MessagePack");
    if (offset != payload.size())
      fail("an extension with bytes behind its end");
    return true;
  }

  incoming_attachment& next_attachment() {
    auto* result = attached_ == nullptr ? nullptr : attached_->next();
    if (result == nullptr)
      fail("an attachment is missing");
    return *result;
  }

  /// Adds the path to an error.
  template <class F>
  py::object make(F f) const {
    try {
      return f();
    } catch (const undecodable& error) {
      fail(error.what());
    }
  }

  std::string path() const {
    std::string result = name_;
    for (auto& x : open_) {
      if (x.kind != container::dict)
        result += "[" + std::to_string(x.index) + "]";
      else if (x.key)
        result += render_key(x.key.ptr());
    }
    return result;
  }

  std::vector<frame> open_;
  py::object result_;
  uint64_t unclaimed_;
  const char* name_;
  incoming_attachments* attached_;
  shared_objects& shared_;
  size_t max_depth_;
  /// The extension whose payload the next array is.
  const extension* next_ = nullptr;
};

} // namespace

py::object decode(std::string_view bytes, size_t& offset, const char* name,
                  incoming_attachments* attached, shared_objects* shared,
                  size_t depth) {
  if (auto scalar = decode_scalar(bytes, offset))
    return scalar;
  gc_pause guard;
  shared_objects fresh;
  builder visitor{bytes.size() - offset, name, attached,
                  shared == nullptr ? fresh : *shared, depth};
  if (!msgpack::parse(bytes.data(), bytes.size(), offset, visitor))
    visitor.fail("cut off or not MessagePack");
  return visitor.result();
}

} // namespace venomous::bridge
