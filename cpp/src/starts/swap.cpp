// SPDX-License-Identifier: BSD-3-Clause
#include "starts/swap.hpp"

#include <algorithm>
#include <utility>

#include "covariance/layout.hpp"
#include "covariance/linalg/factor.hpp"
#include "densities/scored_blocks.hpp"
#include "mixture/mixture_parts.hpp"

namespace gaussmix {
namespace {

// The logarithm of the density at each row.
template <class T>
std::vector<double> log_densities(Execution& execution, const TableView<T>& rows,
                                  const Mixture& mixture) {
  const auto kernel = make_kernel<T>(Densities::of(mixture));
  std::vector<double> result(size_t(rows.rows));
  for_each_scored_block(execution, *kernel, mixture.n_components(), rows, [&](auto& scored) {
    scored.log_sum_exp();
    std::copy_n(scored.log_density.data(), scored.block.rows, result.begin() + scored.first);
  });
  return result;
}

// The weighted mean of the covariances of all components but one.
std::vector<double> mean_covariance(const Mixture& mixture, const CovarianceLayout& layout,
                                    Index without) {
  std::vector<double> mean(size_t(layout.size), 0.0);
  const double total = 1.0 - mixture.weights()[size_t(without)];
  for (Index j = 0; j < mixture.n_components(); ++j) {
    if (j == without) continue;
    const double share = mixture.weights()[size_t(j)] / total;
    for (Index i = 0; i < layout.size; ++i) {
      mean[size_t(i)] += share * mixture.covariances()[size_t(j * layout.size + i)];
    }
  }
  return mean;
}

}  // namespace

template <class T>
Swaps<T>::Swaps(Execution& execution, const Dataset<T>& data, const Mixture& mixture)
    : data_(data), mixture_(mixture), cumulative_(log_densities(execution, data.rows, mixture)) {
  constexpr double kMost = 1e100;  // for rows whose density is zero
  const double highest = *std::max_element(cumulative_.begin(), cumulative_.end());
  double sum = 0.0;
  for (std::size_t i = 0; i < cumulative_.size(); ++i) {
    const double difference = std::min(highest - cumulative_[i], kMost);
    sum += data.weight(static_cast<Index>(i)) * difference;
    cumulative_[i] = sum;
  }
}

template <class T>
std::optional<Swap> Swaps<T>::draw(const RandomStream& random,
                                   std::optional<Index> component) const {
  if (!(cumulative_.back() > 0.0)) return std::nullopt;
  const auto k = static_cast<double>(mixture_.n_components());
  const Index j = component ? *component : static_cast<Index>(k * random.uniform(1));
  const double target = random.uniform(0) * cumulative_.back();
  const auto row = std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, target);
  auto mixture = moved(j, row - cumulative_.begin());
  if (!mixture) return std::nullopt;
  return Swap{j, std::move(*mixture)};
}

template <class T>
std::optional<Mixture> Swaps<T>::moved(Index component, Index row) const {
  const auto layout = CovarianceLayout::of(mixture_.shape());
  const Index d = mixture_.n_features(), at = component * layout.size;
  const double share = 1.0 / static_cast<double>(mixture_.n_components());
  MixtureParts parts{mixture_.weights(), mixture_.means(), mixture_.precisions_cholesky(),
                     mixture_.covariances()};
  const double others = 1.0 - parts.weights[size_t(component)];
  if (!(others > 0.0)) return std::nullopt;
  for (double& weight : parts.weights) weight *= (1.0 - share) / others;
  parts.weights[size_t(component)] = share;
  std::copy_n(data_.rows.row(row), d, parts.means.begin() + component * d);
  if (!layout.shared) {
    const auto covariance = mean_covariance(mixture_, layout, component);
    std::copy(covariance.begin(), covariance.end(), parts.covariances.begin() + at);
    const bool sound =
        factor_covariance(layout.kind, d, covariance.data(), parts.precisions_cholesky.data() + at);
    if (!sound) return std::nullopt;
  }
  return MixtureParts::assemble(mixture_.shape(), std::move(parts));
}

template class Swaps<float>;
template class Swaps<double>;

}  // namespace gaussmix
