// SPDX-License-Identifier: BSD-3-Clause
#include "densities/whitening.hpp"

#include <Eigen/Core>
#include <cmath>
#include <limits>

namespace gaussmix {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// c = sum_j w_j mu_j, rounded to T; of components that share a covariance, the weights are all that
// log-normalizers differ by.
template <class T>
Eigen::RowVectorXd centre_of(const Eigen::Map<const Matrix>& means,
                             const std::vector<double>& log_normalizers) {
  Eigen::RowVectorXd weights =
      Eigen::Map<const Eigen::RowVectorXd>(log_normalizers.data(), means.rows());
  weights = (weights.array() - weights.maxCoeff()).exp();
  return (weights * means / weights.sum()).eval().template cast<T>().template cast<double>();
}

}  // namespace

// The error of a sum of d products is some sqrt(d) u times the sum of their absolute values, u
// being the unit roundoff (Higham, Mary 2019: a probabilistic bound), and that of their factors,
// x - c and U, another 2 u. With s the standard
// deviations, |x_r - c_r| <= |mu_jr - c_r| + m s_r for a row at distance m from component j. So y -
// v_j is off by a vector of length (sqrt(d) + 2) u (b + m g) at most, where b and g are the lengths
// of |U|^T |mu_j - c| and |U|^T s, and m^2 / 2 by m times that. Beside max(1, m^2 / 2) this is
// largest near m = sqrt(2). What it may be is less than a log-density may be off by, which itself
// may be near zero where m is not.
template <class T>
std::optional<Whitening> Whitening::of(const Densities& densities) {
  constexpr double kRoundoff = 0.5 * std::numeric_limits<T>::epsilon();
  constexpr double kLargestError = sizeof(T) == sizeof(float) ? 3e-4 : 1e-9;
  const Index k = densities.components, d = densities.features;
  const Eigen::Map<const Matrix> factor(densities.factors, d, d);
  const Eigen::Map<const Matrix> means(densities.means, k, d);
  const Eigen::Map<const Matrix> covariance(densities.covariances, d, d);
  const auto centre = centre_of<T>(means, densities.log_normalizers);
  const Matrix apart = means.rowwise() - centre;
  const Matrix sizes = factor.cwiseAbs();
  const double b = (apart.cwiseAbs() * sizes).rowwise().norm().maxCoeff();
  const double g = (covariance.diagonal().cwiseSqrt().transpose() * sizes).norm();
  const double error = kRoundoff * (std::sqrt(static_cast<double>(d)) + 2.0) * (1.5 * b + 2.0 * g);
  if (!(error < kLargestError)) return std::nullopt;
  const Matrix whitened = apart * factor;
  return Whitening{{centre.data(), centre.data() + d}, {whitened.data(), whitened.data() + k * d}};
}

template std::optional<Whitening> Whitening::of<float>(const Densities&);
template std::optional<Whitening> Whitening::of<double>(const Densities&);

}  // namespace gaussmix
