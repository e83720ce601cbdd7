#pragma once

#include "attachments.hpp"
#include "buffer.hpp"

#include "python_bridge/ext_type.hpp"

#include <pybind11/pybind11.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace venomous::bridge {

/// Returns `ptr` as owner or throws the error that made it null.
inline pybind11::object own(PyObject* ptr) {
  if (ptr == nullptr)
    throw pybind11::error_already_set{};
  return pybind11::reinterpret_steal<pybind11::object>(ptr);
}

/// How deep lists, tuples and dicts may be nested in one value.
constexpr size_t max_depth = 512;

/// The object has no twin on the wire. The text names its type and place.
class unencodable : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// The bytes are no value. The text says why and where.
class undecodable : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Keeps Python's cyclic garbage collector from running. It would go over all
/// containers made so far again and again, and it runs code of the user.
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

/// Decodes the MessagePack object that starts at `offset` and moves `offset`
/// behind it.
/// @param name how an error calls the object, e.g. `args`.
/// @param attached what the object has beside, null for nothing.
/// @param depth how deep containers may be nested.
/// @throws undecodable, or `error_already_set` if memory runs out.
pybind11::object decode(std::string_view bytes, size_t& offset,
                        const char* name,
                        incoming_attachments* attached = nullptr,
                        size_t depth = max_depth);

/// Appends `value` to `out` as one MessagePack object.
/// @param name how an error calls the value, e.g. `result`.
/// @param attached takes what the object has beside, null if all has to be in
///                 there.
/// @throws unencodable, or `error_already_set` if memory runs out.
void encode(buffer& out, pybind11::handle value, const char* name,
            outgoing_attachments* attached = nullptr);

/// Appends `text` to `out` as MessagePack str.
void encode_text(buffer& out, std::string_view text);

/// Appends the header of a MessagePack array of `n` elements to `out`.
void encode_array_header(buffer& out, uint32_t n);

/// Renders `["x"]` or `[1]`, the way from a dict to one of its values. Long
/// keys are cut.
std::string render_key(PyObject* key);

} // namespace venomous::bridge
