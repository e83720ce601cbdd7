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

/// Precedes the elements of an array on the wire: a MessagePack array of dtype,
/// shape and flags. A dtype is its name or, if structured, its size and a list
/// of fields, each an array of name, dtype, offset and shape. The elements
/// follow as they are, packed, or are an attachment.
struct array_header {
  enum flag : uint32_t {
    /// The elements are in Fortran order, otherwise in C order.
    fortran_order = 1,
    /// A Python memoryview.
    memoryview = 2,
    /// A numpy scalar; it has no shape.
    scalar = 4,
    /// For memoryviews: read-only.
    read_only = 8,
  };

  static constexpr uint32_t all_flags = 1 | 2 | 4 | 8;

  /// The maximum of numpy 1.
  static constexpr size_t max_dimensions = 32;

  bool has(flag x) const noexcept {
    return (flags & x) != 0;
  }

  /// Reads itself off the front of `payload`, which is unchecked.
  /// @param attached the size of the attachment, if the elements are one.
  /// @returns null, or what is wrong.
  const char* read(std::string_view& payload,
                   std::optional<size_t> attached = std::nullopt);

  /// Appends itself to `out`.
  void write(std::string& out) const;

  dtype type;
  std::vector<size_t> shape;
  uint32_t flags = 0;
  /// The size of the elements in bytes.
  size_t nbytes = 0;
};

/// Returns the strides of packed elements: their distance in bytes along each
/// axis.
std::vector<ptrdiff_t> packed_strides(size_t itemsize,
                                      std::span<const size_t> shape,
                                      bool fortran_order);

/// Returns whether `strides` are those of packed elements, ignoring axes
/// without a second element.
bool are_packed(std::span<const ptrdiff_t> strides, size_t itemsize,
                std::span<const size_t> shape, bool fortran_order);

/// Reverses the bytes of each number in `elements`.
void swap_bytes(const dtype& type, std::span<char> elements);

/// Renders a shape as Python does: "(2, 3)".
std::string shape_text(std::span<const size_t> shape);

/// Renders type and shape: "array(<f8, shape (2, 3))".
std::string array_text(const dtype& type, std::span<const size_t> shape);

} // namespace venomous
