// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Eigen/Core>

#include "covariance/families/family.hpp"
#include "covariance/linalg/eigenpairs.hpp"

namespace gaussmix {

/// use(Square()), an empty matrix of the type for d features.
template <class Use>
void with_square_matrix(Index d, const Use& use) {
  if (d <= kFewFeatures) {
    use(SmallSquareMatrix());
  } else {
    use(SquareMatrix());
  }
}

/// W_j = S_j + n_j reg_covar I, of full scatter.
template <class Square>
Square scatter_matrix(const CovarianceProblem& problem, Index j) {
  const Index d = problem.statistics.n_features();
  const Eigen::Map<const SquareMatrix> lower(problem.statistics.scatter(j), d, d);
  Square scatter = lower.selfadjointView<Eigen::Lower>();
  scatter.diagonal().array() += problem.counts[size_t(j)] * problem.reg_covar;
  return scatter;
}

/// out (d x d) = axes diag(variances) axes^T, symmetric to the bit.
template <class Square>
void write_covariance(const Square& axes, const double* variances, double* out) {
  const Index d = axes.rows();
  const Eigen::Map<const Eigen::VectorXd> v(variances, d);
  const Square product = axes * v.asDiagonal() * axes.transpose();
  Eigen::Map<SquareMatrix>(out, d, d) = product.template selfadjointView<Eigen::Lower>();
}

}  // namespace gaussmix
