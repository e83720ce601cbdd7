#pragma once

#include "python_bridge/module/codec/families.hpp"

#include <pybind11/pybind11.h>

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace venomous::bridge {

/// The result of `venomous.keep`.
struct kept {
  pybind11::object object;
};

/// The objects that the host refers to, by their numbers.
class kept_objects {
public:
  kept_objects();

  /// Permits adding objects until `end`. They belong to one result.
  void begin();

  /// Returns the numbers of the objects added since then, in order.
  const std::vector<uint64_t>& added() const noexcept {
    return added_;
  }

  /// Permits no more additions.
  /// @param commit whether the added objects stay.
  /// @returns the objects that do not stay.
  std::vector<pybind11::object> end(bool commit);

  /// Returns whether objects may be added now.
  bool is_open() const noexcept {
    return open_;
  }

  /// Returns the number of a new object.
  uint64_t add(pybind11::object x);

  /// Returns null if there is no such object.
  pybind11::object find(uint64_t number) const;

  /// Removes the objects whose numbers `bytes` consist of.
  std::vector<pybind11::object> remove(std::string_view bytes);

  size_t size() const noexcept {
    return all_.size();
  }

  /// Distinguishes this process from all others, never 0.
  uint64_t key() const noexcept {
    return key_;
  }

private:
  std::unordered_map<uint64_t, pybind11::object> all_;
  std::vector<uint64_t> added_;
  uint64_t key_;
  uint64_t last_ = 0;
  bool open_ = false;
};

/// Returns the objects of this process.
kept_objects& all_kept();

/// Adds `Kept` to the module.
void register_kept(pybind11::module_& m);

/// Returns the object that `payload` refers to.
/// @throws undecodable if it is not here.
pybind11::object make_kept(std::string_view payload);

} // namespace venomous::bridge
