// SPDX-License-Identifier: BSD-3-Clause
#include "densities/whitening.hpp"

#include <Eigen/Core>
#include <cmath>
#include <limits>

namespace gaussmix {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// c = sum_j w_j mu_j, rounded to T.
template <class T>
Eigen::RowVectorXd centre_of(const Eigen::Map<const Matrix>& means,
                             const std::vector<double>& weights) {
  const Eigen::Map<const Eigen::RowVectorXd> row(weights.data(), means.rows());
  return (row * means).eval().template cast<T>().template cast<double>();
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
std::optional<Whitening> Whitening::of(const Mixture& mixture) {
  constexpr double kRoundoff = 0.5 * std::numeric_limits<T>::epsilon();
  constexpr double kLargestError = sizeof(T) == sizeof(float) ? 3e-4 : 1e-9;
  const Index k = mixture.n_components(), d = mixture.n_features();
  const Eigen::Map<const Matrix> factor(mixture.precisions_cholesky().data(), d, d);
  const Eigen::Map<const Matrix> means(mixture.means().data(), k, d);
  const Eigen::Map<const Matrix> covariance(mixture.covariances().data(), d, d);
  const auto centre = centre_of<T>(means, mixture.weights());
  const Matrix apart = means.rowwise() - centre;
  const Matrix sizes = factor.cwiseAbs();
  const double b = (apart.cwiseAbs() * sizes).rowwise().norm().maxCoeff();
  const double g = (covariance.diagonal().cwiseSqrt().transpose() * sizes).norm();
  const double error = kRoundoff * (std::sqrt(static_cast<double>(d)) + 2.0) * (1.5 * b + 2.0 * g);
  if (!(error < kLargestError)) return std::nullopt;
  const Matrix whitened = apart * factor;
  return Whitening{{centre.data(), centre.data() + d}, {whitened.data(), whitened.data() + k * d}};
}

template std::optional<Whitening> Whitening::of<float>(const Mixture&);
template std::optional<Whitening> Whitening::of<double>(const Mixture&);

}  // namespace gaussmix
