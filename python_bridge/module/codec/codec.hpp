#pragma once

#include "python_bridge/module/channel/attachments.hpp"
#include "python_bridge/module/channel/buffer.hpp"

#include "python_bridge/wire/ext_type.hpp"

#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace venomous::bridge {

/// Returns an owner of `ptr`, or throws the error that made it null.
inline pybind11::object own(PyObject* ptr) {
  if (ptr == nullptr)
    throw pybind11::error_already_set{};
  return pybind11::reinterpret_steal<pybind11::object>(ptr);
}

/// The maximum nesting depth of lists, tuples and dicts in one value.
constexpr size_t max_depth = 512;

/// The object has no twin on the wire. The text names its type and place.
class unencodable : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// The same for an object without a known twin, which a pickle may replace.
/// Thrown before any part of it is written.
class without_twin : public unencodable {
public:
  /// @param reason the end of `text`: what is wrong with the object.
  without_twin(const std::string& text, std::string reason)
    : unencodable(text), reason_(std::move(reason)) {}

  const std::string& reason() const {
    return reason_;
  }

private:
  std::string reason_;
};

/// The bytes are not a value. The text says why and where.
class undecodable : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Keeps Python's cyclic garbage collector from running. It would traverse all
/// containers made so far again and again, and it runs user code.
class gc_pause {
public:
  gc_pause() : was_enabled_(PyGC_Disable() != 0) {}

  gc_pause(const gc_pause&) = delete;

  gc_pause& operator=(const gc_pause&) = delete;

  ~gc_pause() {
    if (was_enabled_)
      PyGC_Enable();
  }

private:
  bool was_enabled_;
};

/// The opaque objects of a frame that occur several times.
class shared_objects {
public:
  /// Returns null if there is none with that token.
  pybind11::object find(uint64_t token) const {
    if (all_ == nullptr)
      return {};
    auto found = all_->find(token);
    return found == all_->end() ? pybind11::object{} : found->second;
  }

  void add(uint64_t token, pybind11::object x) {
    if (all_ == nullptr)
      all_ = std::make_unique<table>();
    all_->emplace(token, std::move(x));
  }

private:
  using table = std::unordered_map<uint64_t, pybind11::object>;

  /// Null as long as there are none, which is cheaper.
  std::unique_ptr<table> all_;
};

/// Decodes the MessagePack object that starts at `offset` and moves `offset`
/// past it.
/// @param name how an error calls the object, e.g. `args`.
/// @param attached the attachments of the object, null for none.
/// @param shared opaque objects decoded earlier, null for none.
/// @param depth the maximum nesting depth of containers.
/// @throws undecodable, or `error_already_set` if memory runs out.
pybind11::object decode(std::string_view bytes, size_t& offset,
                        const char* name,
                        incoming_attachments* attached = nullptr,
                        shared_objects* shared = nullptr,
                        size_t depth = max_depth);

/// Appends `value` to `out` as one MessagePack object.
/// @param name how an error calls the value, e.g. `result`.
/// @param attached takes the attachments of the object, null if everything must
///                 be in `out`.
/// @throws unencodable, `buffer_full`, or `error_already_set` if memory runs
///         out.
void encode(buffer& out, pybind11::handle value, const char* name,
            outgoing_attachments* attached = nullptr);

/// Appends `text` to `out` as MessagePack str.
void encode_text(buffer& out, std::string_view text);

/// Appends the header of a MessagePack array of `n` elements to `out`.
void encode_array_header(buffer& out, uint32_t n);

/// Renders `["x"]` or `[1]`, the step from a dict to one of its values. Long
/// keys are cut.
std::string render_key(PyObject* key);

} // namespace venomous::bridge
