// SPDX-License-Identifier: BSD-3-Clause
#include "covariance/repair.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

namespace gaussmix {
namespace {

constexpr double kSmallest = 1e-6;  // eigenvalue or variance, relative to those of all rows

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

void raise_matrix(const Eigen::VectorXd& variances, double* covariance) {
  const Index d = variances.size();
  Eigen::Map<Matrix> block(covariance, d, d);
  if (!block.allFinite()) {
    block = variances.asDiagonal();
    return;
  }
  const Eigen::VectorXd deviations = variances.cwiseSqrt();
  const Eigen::VectorXd inverse = deviations.cwiseInverse();
  const Matrix scaled = inverse.asDiagonal() * block * inverse.asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(scaled);
  const auto values = solver.eigenvalues().cwiseMax(kSmallest);
  const Matrix raised =
      solver.eigenvectors() * values.asDiagonal() * solver.eigenvectors().transpose();
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
