// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Eigen/Core>

#include "covariance/families/family.hpp"

namespace gaussmix {

using SquareMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// W_j = S_j + n_j reg_covar I, of full scatter.
inline SquareMatrix scatter_matrix(const CovarianceProblem& problem, Index j) {
  const Index d = problem.statistics.n_features();
  const Eigen::Map<const SquareMatrix> lower(problem.statistics.scatter(j), d, d);
  SquareMatrix scatter = lower.selfadjointView<Eigen::Lower>();
  scatter.diagonal().array() += problem.counts[size_t(j)] * problem.reg_covar;
  return scatter;
}

/// out (d x d) = axes diag(variances) axes^T, symmetric to the bit.
inline void write_covariance(const SquareMatrix& axes, const double* variances, double* out) {
  const Index d = axes.rows();
  const Eigen::Map<const Eigen::VectorXd> v(variances, d);
  const SquareMatrix product = axes * v.asDiagonal() * axes.transpose();
  Eigen::Map<SquareMatrix>(out, d, d) = product.selfadjointView<Eigen::Lower>();
}

}  // namespace gaussmix
