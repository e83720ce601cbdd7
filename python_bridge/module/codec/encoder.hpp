#pragma once

#include "python_bridge/module/codec/codec.hpp"
#include "python_bridge/module/codec/placed_pickles.hpp"

#include <msgpack.hpp>
#include <pybind11/pybind11.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace venomous::bridge {

/// One step of the path from the value to the current object.
struct step {
  /// The index of a substitute, whose place is that of the object.
  static constexpr Py_ssize_t no_index = -1;

  const step* parent;
  /// The key if the step leads into a dict, otherwise null.
  PyObject* key;
  Py_ssize_t index;
  size_t depth;
};

/// Traverses a value and packs it. The GIL is held and the collector paused,
/// but codecs of the user may run, and change the value meanwhile.
class encoder {
public:
  /// The header size of an extension of more than 64 KiB.
  static constexpr size_t longest_ext_header = 6;

  /// @param name how an error calls the value.
  /// @param attached see `encode`.
  encoder(buffer& out, const char* name, outgoing_attachments* attached)
    : out_(out), packer_(out), name_(name), attached_(attached) {}

  /// Writes any object. `at` is the path to it, null for the value itself.
  void put(PyObject* x, const step* at);

  /// Writes an object that has no parts and is not of a user-defined type.
  /// @returns whether `x` is one.
  bool put_scalar(PyObject* x, const step* at);

  void put_str(std::string_view utf8, const step* at);

  /// Writes an extension that consists of bytes.
  void put_payload(ext_type type, std::string_view payload, const step* at);

  /// Writes an extension that consists of both parts.
  void put_payload(ext_type type, std::string_view head, std::string_view rest,
                   const step* at);

  /// Writes an extension that is one array, of the elements of the tuple `xs`.
  void put_elements(ext_type type, pybind11::handle xs, const step* at);

  /// Returns whether `attach` may be called.
  bool takes_attachments() const {
    return attached_ != nullptr;
  }

  /// Attaches the bytes of the object written just before.
  /// @param owner keeps them alive.
  void attach(pybind11::object owner, const char* bytes, size_t size) {
    out_.set_aside(size + attachment_overhead);
    attached_->push_back({std::move(owner), bytes, size});
  }

  /// Throws `buffer_full` unless there is room for `size` bytes. For callers
  /// that need memory to produce them.
  void require(size_t size) const {
    out_.require(size);
  }

  /// Writes a list.
  void put_list(PyObject* x, const step* at);

  /// Writes a dict.
  void put_dict(PyObject* x, const step* at);

  /// Writes a dict of the attributes of `x` that the tuple `names` lists, and
  /// of the items of the dict `more`.
  void put_fields(PyObject* x, pybind11::handle names, pybind11::handle more,
                  const step* at);

  /// Writes `x`, which replaces the object at `at`.
  void put_instead(PyObject* x, const step* at);

  /// Writes the pickle of `x`.
  void put_pickle(PyObject* x, std::string_view pickle, const step* at);

  /// Writes the pickle of `x` again, for another reference to it.
  /// @returns false if there is none yet.
  bool put_pickle_again(PyObject* x);

  /// Throws `without_twin`: "object at <path> <reason>".
  [[noreturn]] void fail(const step* at, const std::string& reason) const;

  /// Throws `unencodable`, for objects that a pickle must not replace.
  [[noreturn]] void refuse(const step* at, const std::string& reason) const;

private:
  void put_integer(PyObject* x);

  void put_big_integer(const pybind11::object& x);

  void put_float(double x);

  void put_unicode(PyObject* x, const step* at);

  void put_bytes(PyObject* x, const step* at);

  void put_items(PyObject* x, const step* at, size_t depth);

  void put_key(PyObject* key, const step* at, size_t depth);

  void put_other(PyObject* x, const step* at);

  void put_ext_header(ext_type type, size_t start, const step* at);

  size_t deeper(const step* at) const;

  uint32_t count(Py_ssize_t n, const step* at) const;

  std::string path(const step* at) const;

  std::string error_text(const step* at, const std::string& reason) const;

  buffer& out_;
  msgpack::packer<buffer> packer_;
  const char* name_;
  outgoing_attachments* attached_;
  /// The outermost key that is being packed. Steps within it have no names.
  const step* in_key_ = nullptr;
  /// Null as long as there are none, which is cheaper.
  std::unique_ptr<placed_pickles> pickles_;
};

/// Returns how Python spells the name of a type, with its module.
std::string type_name(PyTypeObject* type);

} // namespace venomous::bridge
