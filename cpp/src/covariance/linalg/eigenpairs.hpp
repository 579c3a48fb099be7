// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Eigen/Core>

namespace gaussmix {

/// For covariances of few features one without memory of its own is quicker.
using SquareMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
inline constexpr int kFewFeatures = 8;
using SmallSquareMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor,
                                        kFewFeatures, kFewFeatures>;

/// Eigenvalues of a symmetric matrix, in ascending order, and its eigenvectors: columns.
template <class Square>
struct Eigenpairs {
  Eigen::Matrix<double, Eigen::Dynamic, 1, Eigen::ColMajor, Square::MaxRowsAtCompileTime, 1> values;
  Square vectors;
};

/// Of SquareMatrix and SmallSquareMatrix: Eigen's solver takes long to compile.
template <class Square>
Eigenpairs<Square> eigenpairs(const Square& matrix);

}  // namespace gaussmix
