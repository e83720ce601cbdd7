#pragma once

#include <pybind11/pybind11.h>

#include <algorithm>
#include <cstddef>
#include <unordered_map>
#include <vector>

namespace venomous::bridge {

/// The place of a pickle in a buffer.
struct placed_pickle {
  /// The pickled object. Kept alive, so that no other object gets its address.
  pybind11::object object;
  size_t offset;
  size_t size;
};

/// The pickles in a value that is being encoded, one for each object.
class placed_pickles {
public:
  /// Returns null if there is none of `x`.
  const placed_pickle* find(PyObject* x) const {
    auto found = indexes_.find(x);
    return found == indexes_.end() ? nullptr : &all_[found->second];
  }

  /// @pre `x` lies behind all others.
  void add(placed_pickle x) {
    indexes_.emplace(x.object.ptr(), all_.size());
    all_.push_back(std::move(x));
  }

  /// Notes that everything from `offset` on has moved `n` bytes down.
  void moved_down(size_t offset, size_t n) {
    for (auto i = all_.rbegin(); i != all_.rend() && i->offset >= offset; ++i)
      i->offset -= n;
  }

private:
  std::vector<placed_pickle> all_;
  std::unordered_map<PyObject*, size_t> indexes_;
};

} // namespace venomous::bridge
