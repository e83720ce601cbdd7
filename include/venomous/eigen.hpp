#pragma once

#include "venomous/ndarray.hpp"

#include <Eigen/Core>

#include <cstddef>
#include <memory>

/// @file
/// Arrays as matrices of Eigen, and back. No other header needs Eigen.

namespace venomous {

template <class Scalar>
using eigen_matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

/// A read-only matrix whose elements are those of an array, in whatever order
/// they lie.
template <class Scalar>
using eigen_map = Eigen::Map<const eigen_matrix<Scalar>, Eigen::Unaligned,
                             Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>;

/// Returns an array of two dimensions as a matrix, or one of one dimension as a
/// column, without a copy. The array must outlive it.
/// @returns `errc::undecodable` if the elements are not of type `Scalar`, if
///          there are other dimensions, or if the elements lie backwards, which
///          no matrix of Eigen supports: `contiguous()` makes a copy.
template <array_element Scalar>
caf::expected<eigen_map<Scalar>> to_eigen(const ndarray& x) {
  auto column = x;
  if (x.ndim() == 1)
    column = ndarray::from_memory(
      x.data(), x.dtype(), {x.size(), 1},
      {x.strides()[0], static_cast<ptrdiff_t>(sizeof(Scalar))});
  auto checked = column.template view<Scalar, 2>();
  if (!checked)
    return std::move(checked.error());
  Eigen::Index strides[2];
  for (size_t i = 0; i < 2; ++i) {
    constexpr auto size = static_cast<ptrdiff_t>(sizeof(Scalar));
    auto stride = column.strides()[i];
    if (stride < 0 || stride % size != 0)
      return caf::make_error(
        errc::undecodable, std::string{"expected array that lies forwards, got "
                                       "one that does not"});
    strides[i] = stride / size;
  }
  return eigen_map<Scalar>{reinterpret_cast<const Scalar*>(column.data().get()),
                           static_cast<Eigen::Index>(column.shape()[0]),
                           static_cast<Eigen::Index>(column.shape()[1]),
                           {strides[1], strides[0]}};
}

/// Makes an array of the elements of a matrix or an expression, in Fortran
/// order. A vector becomes an array of one dimension.
template <class Derived>
ndarray from_eigen(const Eigen::MatrixBase<Derived>& x) {
  using scalar = typename Derived::Scalar;
  auto owner = std::make_shared<eigen_matrix<scalar>>(x);
  std::shared_ptr<char> data{owner, reinterpret_cast<char*>(owner->data())};
  auto rows = static_cast<size_t>(owner->rows());
  auto columns = static_cast<size_t>(owner->cols());
  constexpr auto size = static_cast<ptrdiff_t>(sizeof(scalar));
  if constexpr (Derived::IsVectorAtCompileTime)
    return ndarray::from_memory(std::move(data), dtype::of<scalar>(),
                                {rows * columns});
  else
    return ndarray::from_memory(std::move(data), dtype::of<scalar>(),
                                {rows, columns},
                                {size, size * static_cast<ptrdiff_t>(rows)});
}

} // namespace venomous
