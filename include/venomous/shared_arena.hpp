#pragma once

#include "venomous/ndarray.hpp"

#include <caf/expected.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace venomous {

class host_arena;

/// Memory that the host and every snake of a pool see. What is allocated here
/// is not copied on its way: a Python function reads it in place, and what it
/// writes to it, as with `out=`, is there when the call has ended. Copies refer
/// to the same memory, and any thread may use them. It lives as long as an
/// array of it does, beyond the pool.
///
/// What is copied nevertheless, so that Python writes to the copy: items of
/// maps, parts that are neither in C nor in Fortran order, and what a snake is
/// given beyond 1,024 long arrays at a time.
///
/// Each snake that was given an array of it can write to all of it, by accident
/// at least.
class shared_arena {
public:
  /// @param size in bytes. Pages are taken from the system as they are touched.
  /// @throws std::system_error if the system grants no memory.
  explicit shared_arena(size_t size);

  /// Allocates an array in C order, of unspecified content. It goes back when
  /// its last copy is gone, and no Python object shows it any more.
  /// @returns `arena_full` if there is no room, and `bad_options` if there can
  ///          be no such array.
  caf::expected<ndarray> allocate(const dtype& elements,
                                  std::vector<size_t> shape) const;

  /// Allocates an array of `T`, likewise.
  template <class T>
  caf::expected<ndarray> allocate(std::vector<size_t> shape) const {
    return allocate(dtype::of<T>(), std::move(shape));
  }

private:
  std::shared_ptr<host_arena> memory_;
};

} // namespace venomous
