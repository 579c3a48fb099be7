// SPDX-License-Identifier: BSD-3-Clause
#include "starts/redundant.hpp"

#include <Eigen/Core>
#include <limits>
#include <vector>

#include "covariance/layout.hpp"
#include "covariance/linalg/factor.hpp"

namespace gaussmix {
namespace {

constexpr double kSame = 1e-3;

class Components {
 public:
  explicit Components(const Mixture& mixture)
      : mixture_(mixture),
        layout_(CovarianceLayout::of(mixture.shape())),
        d_(mixture.n_features()) {}

  bool same(Index i, Index j) const {
    return near(i, j) && divergence(i, j) < kSame && divergence(j, i) < kSame;
  }

 private:
  // Whether every feature's means differ by so little as a divergence below kSame allows: half of
  // (difference)^2 / variance is a lower bound of it.
  bool near(Index i, Index j) const {
    for (Index c = 0; c < d_; ++c) {
      const double difference = mean(i)[c] - mean(j)[c];
      if (!(difference * difference <= 2.0 * kSame * variance(j, c))) return false;
    }
    return true;
  }

  // From component i to j: (tr(P_j Sigma_i) - d + z^T P_j z) / 2 + log |U_i| - log |U_j|, with
  // P = U U^T the precision and z the difference of the means.
  double divergence(Index i, Index j) const {
    const Eigen::Map<const Eigen::VectorXd> from(mean(i), d_), to(mean(j), d_);
    const Eigen::VectorXd z = from - to;
    std::vector<double> precision(size_t(layout_.size));
    precision_of(layout_.kind, d_, factor(j), precision.data());
    const Eigen::Map<const Eigen::ArrayXd> p(precision.data(), layout_.size),
        sigma(covariance(i), layout_.size);
    const bool scalar = layout_.kind == CovarianceLayout::Kind::scalar;
    const double trace = (p * sigma).sum() * (scalar ? static_cast<double>(d_) : 1.0);
    const double determinants =
        log_determinant(layout_.kind, d_, factor(i)) - log_determinant(layout_.kind, d_, factor(j));
    return 0.5 * (trace - static_cast<double>(d_) + length(precision, z)) + determinants;
  }

  double length(const std::vector<double>& precision, const Eigen::VectorXd& z) const {
    switch (layout_.kind) {
      case CovarianceLayout::Kind::matrix:
        return z.dot(Eigen::Map<const Eigen::MatrixXd>(precision.data(), d_, d_) * z);
      case CovarianceLayout::Kind::vector:
        return Eigen::Map<const Eigen::VectorXd>(precision.data(), d_).dot(z.cwiseAbs2());
      case CovarianceLayout::Kind::scalar:
        return precision.front() * z.squaredNorm();
    }
    return 0.0;
  }

  double variance(Index j, Index c) const {
    switch (layout_.kind) {
      case CovarianceLayout::Kind::matrix:
        return covariance(j)[c * (d_ + 1)];
      case CovarianceLayout::Kind::vector:
        return covariance(j)[c];
      case CovarianceLayout::Kind::scalar:
        return covariance(j)[0];
    }
    return 0.0;
  }

  const double* mean(Index j) const { return mixture_.means().data() + j * d_; }
  const double* covariance(Index j) const {
    return mixture_.covariances().data() + layout_.offset(j);
  }
  const double* factor(Index j) const {
    return mixture_.precisions_cholesky().data() + layout_.offset(j);
  }

  const Mixture& mixture_;
  CovarianceLayout layout_;
  Index d_;
};

}  // namespace

std::optional<RedundantComponent> find_empty(const Mixture& mixture) {
  constexpr double kEmpty = 10.0 * std::numeric_limits<double>::epsilon();
  for (Index j = 0; j < mixture.n_components(); ++j) {
    if (mixture.weights()[size_t(j)] < kEmpty) return RedundantComponent{j, "no row belongs to it"};
  }
  return std::nullopt;
}

std::optional<RedundantComponent> find_duplicate(const Mixture& mixture) {
  const Components components(mixture);
  for (Index j = 0; j < mixture.n_components(); ++j) {
    for (Index i = 0; i < j; ++i) {
      if (!components.same(i, j)) continue;
      return RedundantComponent{j, "it had become the same as component " + std::to_string(i)};
    }
  }
  return std::nullopt;
}

}  // namespace gaussmix
