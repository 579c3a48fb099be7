// SPDX-License-Identifier: BSD-3-Clause
#include "swap.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "covariance/layout.hpp"
#include "kernels/kernel.hpp"
#include "log_sum_exp.hpp"

namespace gaussmix {
namespace {

// The logarithm of the density at each row.
template <class T>
std::vector<double> log_densities(Execution& execution, const TableView<T>& rows,
                                  const Mixture& mixture) {
  const auto kernel = make_kernel<T>(mixture);
  const Index d = rows.columns, k = mixture.n_components();
  const auto components = all_components(k);
  const auto partition = Partition::of(rows.rows, d, k, sizeof(T));
  const double operations = static_cast<double>(rows.rows * k) * static_cast<double>(d);
  std::vector<double> result(static_cast<std::size_t>(rows.rows));
  parallel_for(execution, partition.leaves(), execution.workers(partition.leaves(), operations),
               [&](Index leaf, int worker) {
                 AlignedArray<T> columns, values, sums, scratch;
                 partition.for_each_block(leaf, [&](Index first, Index count) {
                   const auto block = make_block<T>({rows}, first, count, columns);
                   values.resize(k * block.stride);
                   sums.resize(block.length);
                   scratch.resize(kernel->scratch_size(block.stride));
                   kernel->log_densities(block, k, values.data(), scratch.data());
                   log_sum_exp(block, all_rows(block), components, values.data(), sums.data());
                   std::copy_n(sums.data(), count, result.begin() + first);
                   return !execution.stopping(worker);
                 });
               });
  return result;
}

// The weighted mean of the covariances of all components but one.
std::vector<double> mean_covariance(const Mixture& mixture, const CovarianceLayout& layout,
                                    Index without) {
  std::vector<double> mean(static_cast<std::size_t>(layout.size), 0.0);
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
  const Index d = mixture_.n_features();
  const double share = 1.0 / static_cast<double>(mixture_.n_components());
  std::vector<double> weights = mixture_.weights(), means = mixture_.means();
  std::vector<double> covariances = mixture_.covariances();
  const double others = 1.0 - weights[size_t(component)];
  if (!(others > 0.0)) return std::nullopt;
  for (double& weight : weights) weight *= (1.0 - share) / others;
  weights[size_t(component)] = share;
  std::copy_n(data_.rows.row(row), d, means.begin() + component * d);
  if (!layout.shared) {
    const auto covariance = mean_covariance(mixture_, layout, component);
    std::copy(covariance.begin(), covariance.end(), covariances.begin() + component * layout.size);
  }
  try {
    return Mixture::from_covariances(mixture_.shape(), ScalarType::float64, std::move(weights),
                                     std::move(means), std::move(covariances));
  } catch (const std::invalid_argument&) {  // not positive definite, for rounding
    return std::nullopt;
  }
}

template class Swaps<float>;
template class Swaps<double>;

}  // namespace gaussmix
