#pragma once

#include "venomous/array_view.hpp"
#include "venomous/codec/scalar.hpp"
#include "venomous/dtype.hpp"
#include "venomous/error.hpp"

#include <caf/expected.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace venomous {

/// An array of any rank, as numpy has it. Copies and parts share their
/// elements: writing to one writes to all.
class ndarray {
public:
  using shape_type = std::vector<size_t>;

  /// In bytes, negative ones too.
  using strides_type = std::vector<ptrdiff_t>;

  // -- constructors -----------------------------------------------------------

  /// Makes an array without elements, `<f8` in shape (0,).
  ndarray();

  /// Takes over elements without a copy, in C order.
  /// @param shape one dimension by default.
  /// @throws std::invalid_argument if `shape` has another number of elements.
  template <array_element T>
  requires(!std::same_as<T, bool>) static ndarray take(std::vector<T>&& xs) {
    auto size = xs.size();
    return take(std::move(xs), {size});
  }

  template <array_element T>
  requires(!std::same_as<T, bool>) static ndarray
    take(std::vector<T>&& xs, shape_type shape) {
    auto owner = std::make_shared<std::vector<T>>(std::move(xs));
    check_count(owner->size(), shape);
    auto first = reinterpret_cast<char*>(owner->data());
    return from_memory({owner, first}, venomous::dtype::of<T>(),
                       std::move(shape));
  }

  /// Copies elements that lie in C order.
  /// @throws std::invalid_argument if `shape` has another number of elements.
  template <array_element T>
  static ndarray copy(std::span<const T> xs, shape_type shape) {
    check_count(xs.size(), shape);
    return copy_bytes(std::as_bytes(xs), venomous::dtype::of<T>(),
                      std::move(shape));
  }

  template <array_element T>
  static ndarray copy(std::span<const T> xs) {
    return copy(xs, {xs.size()});
  }

  /// Makes an array of zeros in C order.
  /// @throws std::length_error if it exceeds the largest possible memory.
  static ndarray zeros(const venomous::dtype& type, shape_type shape);

  /// Shares memory.
  /// @param data points to the first element and owns all of them.
  /// @param strides those of C order by default.
  /// @pre All elements lie within the memory.
  /// @throws std::length_error if it exceeds the largest possible memory.
  /// @throws std::invalid_argument if the numbers of strides and extents
  ///                               differ.
  static ndarray from_memory(std::shared_ptr<char> data, venomous::dtype type,
                             shape_type shape);

  static ndarray from_memory(std::shared_ptr<char> data, venomous::dtype type,
                             shape_type shape, strides_type strides);

  // -- properties -------------------------------------------------------------

  const venomous::dtype& dtype() const noexcept {
    return dtype_;
  }

  const shape_type& shape() const noexcept {
    return shape_;
  }

  const strides_type& strides() const noexcept {
    return strides_;
  }

  size_t ndim() const noexcept {
    return shape_.size();
  }

  /// Returns the number of elements.
  size_t size() const noexcept;

  /// Returns the size of all elements in bytes.
  size_t nbytes() const noexcept {
    return size() * dtype_.itemsize();
  }

  /// Returns the first element, and the owner of all of them.
  const std::shared_ptr<char>& data() const noexcept {
    return data_;
  }

  bool is_c_contiguous() const noexcept;

  bool is_f_contiguous() const noexcept;

  // -- access -----------------------------------------------------------------

  /// Returns all elements, which must be of type `T` and in C order.
  /// @returns `errc::undecodable` otherwise.
  template <array_element T>
  caf::expected<std::span<const T>> span() const {
    if (auto problem = check(venomous::dtype::of<T>(), alignof(T), true))
      return std::move(*problem);
    return std::span{reinterpret_cast<const T*>(data_.get()), size()};
  }

  /// Returns the same for writing. Everything that shares the elements sees it.
  template <array_element T>
  caf::expected<std::span<T>> mutable_span() {
    if (auto problem = check(venomous::dtype::of<T>(), alignof(T), true))
      return std::move(*problem);
    return std::span{reinterpret_cast<T*>(data_.get()), size()};
  }

  /// Copies the elements in C order, whatever their memory order and byte
  /// order.
  template <array_element T>
  caf::expected<std::vector<T>> to_vector() const {
    if (dtype_.native() != venomous::dtype::of<T>())
      return *check(venomous::dtype::of<T>(), 1, false);
    auto packed = native().contiguous();
    std::vector<T> result(size());
    auto source = reinterpret_cast<const T*>(packed.data().get());
    std::copy_n(source, result.size(), result.begin());
    return result;
  }

  /// Returns access by `Rank` indexes, in whatever order the elements lie.
  template <array_element T, size_t Rank>
  caf::expected<array_view<const T, Rank>> view() const {
    return make_view<const T, Rank>();
  }

  /// Returns the same for writing. Everything that shares the elements sees it.
  template <array_element T, size_t Rank>
  caf::expected<array_view<T, Rank>> mutable_view() {
    return make_view<T, Rank>();
  }

  // -- parts and other shapes -------------------------------------------------

  // These share the elements.

  /// Returns the elements from `first` up to but excluding `last` of the first
  /// axis.
  /// @throws std::out_of_range if there are no such elements.
  ndarray slice(size_t first, size_t last) const;

  /// Returns the part at `index` of the first axis, which has one dimension
  /// less.
  /// @throws std::out_of_range if there is no such part.
  ndarray at(size_t index) const;

  /// Returns this with its axes in reverse order.
  ndarray transposed() const;

  /// Returns this in another shape with the same number of elements, in C
  /// order; copies if they do not lie in that order.
  /// @throws std::invalid_argument if the numbers of elements differ.
  ndarray reshaped(shape_type shape) const;

  /// Returns this in C order; copies if it is not.
  ndarray contiguous() const;

  /// Returns this in the byte order of this machine; copies if necessary.
  ndarray native() const;

private:
  ndarray(std::shared_ptr<char> data, venomous::dtype type, shape_type shape,
          strides_type strides);

  static void check_count(size_t count, const shape_type& shape);

  static ndarray copy_bytes(std::span<const std::byte> bytes,
                            const venomous::dtype& type, shape_type shape);

  /// Returns the error that elements are not of type `wanted`.
  std::optional<caf::error> check(const venomous::dtype& wanted,
                                  size_t alignment, bool packed) const;

  std::optional<caf::error> check_rank(size_t rank) const;

  template <class T, size_t Rank>
  caf::expected<array_view<T, Rank>> make_view() const {
    if (auto problem = check_rank(Rank))
      return std::move(*problem);
    if (auto problem = check(venomous::dtype::of<T>(), alignof(T), false))
      return std::move(*problem);
    return array_view<T, Rank>{data_.get(), shape_.data(), strides_.data()};
  }

  std::shared_ptr<char> data_;
  venomous::dtype dtype_;
  shape_type shape_;
  strides_type strides_;
};

/// Renders type and shape: "array(<f8, shape (2, 3))".
/// @relates ndarray
std::string to_string(const ndarray& x);

/// Arrays and scalars of numpy, memoryviews and tensors of torch decode as
/// this.
template <>
struct codec<ndarray> : detail::kind_codec<detail::kind::array> {
  static void encode(encoder& out, const ndarray& x);

  static bool decode(decoder& in, ndarray& result);
};

} // namespace venomous
