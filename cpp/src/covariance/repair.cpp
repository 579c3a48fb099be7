// SPDX-License-Identifier: BSD-3-Clause
#include "covariance/repair.hpp"

#include <algorithm>
#include <cmath>

#include "covariance/linalg/eigenpairs.hpp"

namespace gaussmix {
namespace {

constexpr double kSmallest = 1e-6;  // eigenvalue or variance, relative to those of all rows

void raise_matrix(const Eigen::VectorXd& variances, double* covariance) {
  const Index d = variances.size();
  Eigen::Map<SquareMatrix> block(covariance, d, d);
  if (!block.allFinite()) {
    block = variances.asDiagonal();
    return;
  }
  const Eigen::VectorXd deviations = variances.cwiseSqrt();
  const Eigen::VectorXd inverse = deviations.cwiseInverse();
  const SquareMatrix scaled = inverse.asDiagonal() * block * inverse.asDiagonal();
  const auto pairs = eigenpairs(scaled);
  const auto values = pairs.values.cwiseMax(kSmallest);
  const SquareMatrix raised = pairs.vectors * values.asDiagonal() * pairs.vectors.transpose();
  block = deviations.asDiagonal() * raised * deviations.asDiagonal();
}

}  // namespace

void raise_covariance(CovarianceLayout::Kind kind, const std::vector<double>& variances,
                      double* covariance) {
  using Kind = CovarianceLayout::Kind;
  const auto d = static_cast<Index>(variances.size());
  Eigen::VectorXd scales = Eigen::Map<const Eigen::VectorXd>(variances.data(), d);
  scales = (scales.array() > 0.0).select(scales, 1.0);
  if (kind == Kind::matrix) return raise_matrix(scales, covariance);
  if (kind == Kind::scalar) scales = Eigen::VectorXd::Constant(1, scales.mean());
  for (const double scale : scales) {
    *covariance = std::isfinite(*covariance) ? std::max(*covariance, kSmallest * scale) : scale;
    ++covariance;
  }
}

}  // namespace gaussmix
