// SPDX-License-Identifier: BSD-3-Clause
#include "covariance/linalg/eigenpairs.hpp"

#include <Eigen/Eigenvalues>

namespace gaussmix {

template <class Square>
Eigenpairs<Square> eigenpairs(const Square& matrix) {
  const Eigen::SelfAdjointEigenSolver<Square> solver(matrix);
  return {solver.eigenvalues(), solver.eigenvectors()};
}

template Eigenpairs<SquareMatrix> eigenpairs(const SquareMatrix&);
template Eigenpairs<SmallSquareMatrix> eigenpairs(const SmallSquareMatrix&);

}  // namespace gaussmix
