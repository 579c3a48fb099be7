// SPDX-License-Identifier: BSD-3-Clause
#include "starts/projection.hpp"

#include <Eigen/Core>
#include <cmath>

#include "covariance/linalg/eigenpairs.hpp"

namespace gaussmix {
namespace {

using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::VectorXd refined(Execution& execution, const Rows& rows, const Eigen::ArrayXd& shares,
                        Eigen::VectorXd direction) {
  constexpr int kMostIterations = 50;
  constexpr double kSame = 1e-10;
  for (int i = 0; i < kMostIterations; ++i) {
    if (execution.stopping(0)) execution.throw_if_stopped();
    const Eigen::ArrayXd along = (rows * direction).array();
    Eigen::VectorXd next = rows.transpose() * (shares * along.cube()).matrix() - 3.0 * direction;
    const double length = next.norm();
    if (!(length > 0.0 && std::isfinite(length))) break;
    next /= length;
    const bool same = std::abs(next.dot(direction)) > 1.0 - kSame;
    direction = next;
    if (same) break;
  }
  return direction;
}

}  // namespace

std::vector<std::vector<double>> least_gaussian_directions(Execution& execution,
                                                           const std::vector<double>& rows,
                                                           const std::vector<double>& weights) {
  const auto n = static_cast<Index>(weights.size());
  const Index d = static_cast<Index>(rows.size()) / n;
  const Eigen::Map<const Rows> y(rows.data(), n, d);
  Eigen::ArrayXd shares = Eigen::Map<const Eigen::ArrayXd>(weights.data(), n);
  shares /= shares.sum();
  const Eigen::ArrayXd factors = shares * y.rowwise().squaredNorm().array();
  const SquareMatrix fourth = y.transpose() * factors.matrix().asDiagonal() * y;
  if (!fourth.allFinite()) return {};
  const SquareMatrix axes = eigenpairs(fourth).vectors;
  std::vector<std::vector<double>> result;
  for (const Index c : {Index{0}, d - 1}) {
    const Eigen::VectorXd direction = refined(execution, y, shares, axes.col(c));
    result.emplace_back(direction.data(), direction.data() + d);
    if (d == 1) break;
  }
  return result;
}

}  // namespace gaussmix
