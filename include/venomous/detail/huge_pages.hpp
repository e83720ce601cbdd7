#pragma once

#include <cstddef>

namespace venomous::detail {

/// From this size on a system call pays.
inline constexpr size_t min_huge = size_t{4} << 20;

/// Asks for huge pages for memory that is fresh from the allocator and about to
/// be filled. Page by page, the kernel takes four times as long to provide 64
/// MB as it takes to copy them. Does nothing for less than `min_huge` bytes.
void want_huge_pages(void* data, size_t size) noexcept;

/// Makes room for `count` elements. Drops those that are there if they would
/// have to move.
template <class Container>
void reserve_fresh(Container& to, size_t count) {
  auto size = count * sizeof(typename Container::value_type);
  if (size >= min_huge && to.capacity() < count) {
    to.clear();
    to.reserve(count);
    want_huge_pages(to.data(), size);
  }
}

/// Replaces the content of a string or vector with the elements from `first`
/// on.
template <class Container>
void assign(Container& to, const typename Container::value_type* first,
            size_t count) {
  reserve_fresh(to, count);
  to.assign(first, first + count);
}

/// Gives an empty vector `count` default elements.
template <class Vector>
void resize_fresh(Vector& to, size_t count) {
  // A vector of bools has no data().
  if constexpr (requires { to.data(); })
    reserve_fresh(to, count);
  to.resize(count);
}

} // namespace venomous::detail
