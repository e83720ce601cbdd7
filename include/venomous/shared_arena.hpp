#pragma once

#include "venomous/ndarray.hpp"

#include <caf/expected.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace venomous {

class host_arena;

/// Memory that the host and every snake of a pool see. Arrays allocated here
/// are not copied on their way: a Python function reads them in place, and what
/// it writes to them, as with `out=`, is there when the call has ended. Copies
/// refer to the same memory, and any thread may use them. The memory lives as
/// long as any array in it, even beyond the pool.
///
/// Some arrays are copied nevertheless, so that Python writes to the copy:
/// items of maps, parts that are neither in C nor in Fortran order, and those
/// beyond the 1,024 long arrays that a snake can have at a time.
///
/// Each snake that got an array of it can write to all of it, at least by
/// accident.
class shared_arena {
public:
  /// @param size in bytes. The system provides pages as they are touched.
  /// @throws std::system_error if the system grants no memory.
  explicit shared_arena(size_t size);

  /// Allocates an array in C order, with unspecified content. Its memory is
  /// free again when its last copy is gone and no Python object shows it any
  /// longer.
  /// @returns `arena_full` if there is no room, and `bad_options` if no such
  ///          array can exist.
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
