#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <type_traits>

namespace venomous {

/// Access to the elements of an array by `Rank` indexes, somewhat like C++23's
/// `mdspan`. Owns nothing, and checks no index.
template <class T, size_t Rank>
class array_view {
public:
  using element_type = T;

  /// @param first the first element.
  /// @param extents as many as `Rank`.
  /// @param strides as many as `Rank`, in bytes.
  array_view(char* first, const size_t* extents, const ptrdiff_t* strides)
    : first_(first) {
    std::copy_n(extents, Rank, extents_.begin());
    std::copy_n(strides, Rank, strides_.begin());
  }

  static constexpr size_t rank() noexcept {
    return Rank;
  }

  /// Returns the number of elements along `axis`.
  size_t extent(size_t axis) const noexcept {
    return extents_[axis];
  }

  /// Returns the distance in bytes from one element to the next along `axis`.
  ptrdiff_t stride(size_t axis) const noexcept {
    return strides_[axis];
  }

  /// @pre Each index is less than its extent.
  template <std::convertible_to<size_t>... Index>
  requires(sizeof...(Index) == Rank) T& operator()(Index... index) const {
    auto at = first_;
    [[maybe_unused]] auto stride = strides_.begin();
    ((at += static_cast<ptrdiff_t>(index) * *stride++), ...);
    return *reinterpret_cast<T*>(at);
  }

private:
  char* first_;
  std::array<size_t, Rank> extents_;
  std::array<ptrdiff_t, Rank> strides_;
};

} // namespace venomous
