// SPDX-License-Identifier: BSD-3-Clause
#include "starts/swap.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <limits>
#include <utility>

#include "covariance/families/family.hpp"
#include "covariance/layout.hpp"
#include "covariance/linalg/factor.hpp"
#include "densities/scored_blocks.hpp"
#include "mixture/mixture_parts.hpp"

namespace gaussmix {
namespace {

constexpr double kLargestDivergence = 1e-3;

using Kind = CovarianceLayout::Kind;

class Components {
 public:
  explicit Components(const Mixture& mixture)
      : mixture_(mixture),
        layout_(CovarianceLayout::of(mixture.shape())),
        d_(mixture.n_features()) {}

  bool equal(Index i, Index j) const {
    return near(i, j) && divergence(i, j) < kLargestDivergence &&
           divergence(j, i) < kLargestDivergence;
  }

 private:
  // Whether in every feature (difference of the means)^2 / variance / 2, a lower bound of the
  // divergence, is small enough.
  bool near(Index i, Index j) const {
    const Index step = layout_.kind == Kind::matrix ? d_ + 1 : layout_.kind == Kind::vector ? 1 : 0;
    const double* const variance = mixture_.covariances().data() + layout_.offset(j);
    for (Index c = 0; c < d_; ++c) {
      const double difference = mean(i)[c] - mean(j)[c];
      if (!(difference * difference <= 2.0 * kLargestDivergence * variance[c * step])) return false;
    }
    return true;
  }

  // From component i to j: (tr(P_j Sigma_i) - d + z^T P_j z) / 2 + log |U_i| - log |U_j|, with
  // P = U U^T the precision and z the difference of the means.
  double divergence(Index i, Index j) const {
    const Eigen::VectorXd z = mean(i) - mean(j);
    std::vector<double> precision(size_t(layout_.size));
    precision_of(layout_.kind, d_, factor(j), precision.data());
    const Eigen::Map<const Eigen::ArrayXd> p(precision.data(), layout_.size),
        sigma(mixture_.covariances().data() + layout_.offset(i), layout_.size);
    const double copies = layout_.kind == Kind::scalar ? static_cast<double>(d_) : 1.0;
    const double trace = (p * sigma).sum() * copies;
    const double squared_length = layout_.kind == Kind::matrix
                                      ? z.dot(p.matrix().reshaped(d_, d_) * z)
                                  : layout_.kind == Kind::vector ? (p * z.array().square()).sum()
                                                                 : p[0] * z.squaredNorm();
    return 0.5 * (trace - static_cast<double>(d_) + squared_length) +
           log_determinant(layout_.kind, d_, factor(i)) -
           log_determinant(layout_.kind, d_, factor(j));
  }

  Eigen::Map<const Eigen::VectorXd> mean(Index j) const {
    return {mixture_.means().data() + j * d_, d_};
  }
  const double* factor(Index j) const {
    return mixture_.precisions_cholesky().data() + layout_.offset(j);
  }

  const Mixture& mixture_;
  CovarianceLayout layout_;
  Index d_;
};

}  // namespace

template <class T>
Swaps<T>::Swaps(Execution& execution, const Dataset<T>& data, const Mixture& mixture)
    : data_(data), mixture_(mixture), cumulative_(size_t(data.rows.rows)) {
  const auto densities = Densities::of(mixture);
  const auto kernel = make_kernel<T>(densities);
  const auto remember = [&](ScoredBlock<T>& scored) {
    scored.log_sum_exp();
    std::copy_n(scored.log_density.data(), scored.block.rows, cumulative_.begin() + scored.first);
  };
  for_each_scored_block(execution, *kernel, mixture.n_components(), densities.log_noise, data.rows,
                        remember);
  constexpr double kLargest = 1e100;  // for rows whose density is zero
  const double highest = *std::max_element(cumulative_.begin(), cumulative_.end());
  double sum = 0.0;
  for (std::size_t i = 0; i < cumulative_.size(); ++i) {
    const double difference = std::min(highest - cumulative_[i], kLargest);
    sum += data.weight(static_cast<Index>(i)) * difference;
    cumulative_[i] = sum;
  }
}

template <class T>
std::optional<Swap> Swaps<T>::draw(const RandomStream& random,
                                   const std::vector<Index>& components) const {
  if (!(cumulative_.back() > 0.0)) return std::nullopt;
  const auto count = static_cast<double>(components.size());
  const Index j = components[static_cast<std::size_t>(count * random.uniform(1))];
  const double target = random.uniform(0) * cumulative_.back();
  const auto row = std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, target);
  auto mixture = moved(j, row - cumulative_.begin());
  if (!mixture) return std::nullopt;
  return Swap{j, std::move(*mixture)};
}

template <class T>
std::optional<Mixture> Swaps<T>::moved(Index component, Index row) const {
  const auto layout = CovarianceLayout::of(mixture_.shape());
  const Index k = mixture_.n_components(), d = mixture_.n_features();
  MixtureParts parts{mixture_.weights(), mixture_.means(), mixture_.precisions_cholesky(),
                     mixture_.covariances(), mixture_.noise()};
  const double all = mixture_.noise() ? 1.0 - mixture_.noise()->weight : 1.0;
  const double others = all - parts.weights[size_t(component)];
  if (!(others > 0.0)) return std::nullopt;
  const double share = all / static_cast<double>(k);
  for (double& weight : parts.weights) weight *= (all - share) / others;
  parts.weights[size_t(component)] = share;
  std::copy_n(data_.rows.row(row), d, parts.means.begin() + component * d);
  const bool is_given = family_of(mixture_.shape()).n_parameters(k, d) == 0;
  if (!layout.shared && !is_given) {
    const auto offset = component * layout.size;
    double* const covariance = parts.covariances.data() + offset;
    std::fill_n(covariance, layout.size, 0.0);
    for (Index j = 0; j < k; ++j) {
      if (j == component) continue;
      const double weight = mixture_.weights()[size_t(j)] / others;
      for (Index i = 0; i < layout.size; ++i) {
        covariance[i] += weight * mixture_.covariances()[size_t(j * layout.size + i)];
      }
    }
    if (!factor_covariance(layout.kind, d, covariance, parts.precisions_cholesky.data() + offset)) {
      return std::nullopt;
    }
  }
  return MixtureParts::assemble(mixture_.shape(), std::move(parts));
}

template class Swaps<float>;
template class Swaps<double>;

std::optional<RedundantComponent> find_empty(const Mixture& mixture,
                                             const std::vector<Index>& components) {
  constexpr double kEmpty = 10.0 * std::numeric_limits<double>::epsilon();
  for (const Index j : components) {
    if (mixture.weights()[size_t(j)] < kEmpty) return RedundantComponent{j, "no row belongs to it"};
  }
  return std::nullopt;
}

std::optional<RedundantComponent> find_duplicate(const Mixture& mixture,
                                                 const std::vector<Index>& components) {
  const Components all(mixture);
  const auto listed = [&](Index i) {
    return std::binary_search(components.begin(), components.end(), i);
  };
  for (const Index j : components) {
    for (Index i = 0; i < mixture.n_components(); ++i) {
      if (i == j || (i > j && listed(i)) || !all.equal(i, j)) continue;
      return RedundantComponent{j, "it had become the same as component " + std::to_string(i)};
    }
  }
  return std::nullopt;
}

}  // namespace gaussmix
