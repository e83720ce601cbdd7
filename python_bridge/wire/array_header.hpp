#pragma once

#include "venomous/dtype.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace venomous {

/// What is before the elements of an array on the wire: a MessagePack array of
/// dtype, shape and flags. A dtype is its name, or if structured its size and a
/// list of fields, each an array of name, dtype, offset and shape. The elements
/// follow as they are, packed, or are an attachment.
struct array_header {
  enum flag : uint32_t {
    /// The elements are in Fortran order, otherwise in C order.
    fortran_order = 1,
    /// A memoryview of Python's.
    memoryview = 2,
    /// A scalar of numpy's; it has no shape.
    scalar = 4,
    /// For memoryviews: not to be written to.
    read_only = 8,
  };

  static constexpr uint32_t all_flags = 1 | 2 | 4 | 8;

  /// As many as numpy 1 can have.
  static constexpr size_t max_dimensions = 32;

  bool has(flag x) const noexcept {
    return (flags & x) != 0;
  }

  /// Takes itself off the front of `payload`, which nobody has checked.
  /// @param attached how long the attachment is, if the elements are one.
  /// @returns null, or what is wrong.
  const char* read(std::string_view& payload,
                   std::optional<size_t> attached = std::nullopt);

  /// Appends itself to `out`.
  void write(std::string& out) const;

  dtype type;
  std::vector<size_t> shape;
  uint32_t flags = 0;
  /// How long the elements are.
  size_t nbytes = 0;
};

/// Returns how many bytes apart elements are along each axis that lie one
/// behind the other.
std::vector<ptrdiff_t> packed_strides(size_t itemsize,
                                      std::span<const size_t> shape,
                                      bool fortran_order);

/// Returns whether `strides` are such, but for axes along which there is no
/// second element.
bool are_packed(std::span<const ptrdiff_t> strides, size_t itemsize,
                std::span<const size_t> shape, bool fortran_order);

/// Reverses the bytes of each number in `elements`.
void swap_bytes(const dtype& type, std::span<char> elements);

/// Renders a shape as Python does: "(2, 3)".
std::string shape_text(std::span<const size_t> shape);

/// Renders type and shape: "array(<f8, shape (2, 3))".
std::string array_text(const dtype& type, std::span<const size_t> shape);

} // namespace venomous
