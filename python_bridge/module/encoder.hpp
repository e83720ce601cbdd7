#pragma once

#include "codec.hpp"

#include <msgpack.hpp>
#include <pybind11/pybind11.h>

#include <string>
#include <string_view>

namespace venomous::bridge {

/// One step of the way from the value to the object at hand.
struct step {
  /// The index of what stands for an object: it is where that is.
  static constexpr Py_ssize_t nowhere = -1;

  const step* parent;
  /// The key if the step leads into a dict, otherwise null.
  PyObject* key;
  Py_ssize_t index;
  size_t depth;
};

/// Walks over a value and packs it. The GIL is held and the collector paused,
/// but codecs of the user may run, and change what is walked over.
class encoder {
public:
  /// An extension of more bytes than two can count has a header of this size.
  static constexpr size_t longest_ext_header = 6;

  /// @param name how an error calls the value.
  /// @param attached see `encode`.
  encoder(buffer& out, const char* name, outgoing_attachments* attached)
    : out_(out), packer_(out), name_(name), attached_(attached) {}

  /// Puts any object. `at` is the way to it, null for the value itself.
  void put(PyObject* x, const step* at);

  void put_str(std::string_view utf8, const step* at);

  /// Puts an extension that consists of bytes.
  void put_payload(ext_type type, std::string_view payload, const step* at);

  /// Puts an extension that consists of the bytes of both.
  void put_payload(ext_type type, std::string_view head, std::string_view rest,
                   const step* at);

  /// Puts an extension that is one array, of the elements of the tuple `xs`.
  void put_elements(ext_type type, pybind11::handle xs, const step* at);

  /// Returns where to put what travels beside, null if nothing may.
  outgoing_attachments* attached() {
    return attached_;
  }

  /// Puts a dict.
  void put_dict(PyObject* x, const step* at);

  /// Puts a dict of the attributes of `x` that the tuple `names` names, and of
  /// the items of the dict `more`.
  void put_fields(PyObject* x, pybind11::handle names, pybind11::handle more,
                  const step* at);

  /// Puts `x`, which stands for the object at `at`.
  void put_instead(PyObject* x, const step* at);

  /// Throws `unencodable`: "object at <the way> <what>".
  [[noreturn]] void fail(const step* at, const std::string& what) const;

private:
  void put_integer(PyObject* x);

  void put_big_integer(const pybind11::object& x);

  void put_float(double x);

  void put_unicode(PyObject* x, const step* at);

  void put_bytes(PyObject* x, const step* at);

  void put_list(PyObject* x, const step* at);

  void put_items(PyObject* x, const step* at, size_t depth);

  void put_key(PyObject* key, const step* at, size_t depth);

  void put_other(PyObject* x, const step* at);

  void put_ext_header(ext_type type, size_t start, const step* at);

  size_t deeper(const step* at) const;

  uint32_t count(Py_ssize_t n, const step* at) const;

  std::string where(const step* at) const;

  buffer& out_;
  msgpack::packer<buffer> packer_;
  const char* name_;
  outgoing_attachments* attached_;
  /// The outermost key that is being packed. Its own way has no name.
  const step* in_key_ = nullptr;
};

/// Returns how Python spells the name of a type, with its module.
std::string type_name(PyTypeObject* type);

} // namespace venomous::bridge
