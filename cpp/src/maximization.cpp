// SPDX-License-Identifier: BSD-3-Clause
#include "maximization.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "covariance/family.hpp"
#include "covariance/layout.hpp"
#include "covariance/repair.hpp"

namespace gaussmix {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

constexpr const char* kIllDefined =
    "Fitting the mixture model failed because some components have ill-defined empirical "
    "covariance (for instance caused by singleton or collapsed samples). Try to decrease the "
    "number of components, increase reg_covar, or scale the input data.";

constexpr const char* kOutOfRange =
    "Fitting the mixture model failed because the variances of X are too large or too small to be "
    "represented: scale the input data.";

void add_to_diagonals(const CovarianceLayout& layout, Index d, double reg_covar,
                      std::vector<double>& covariances) {
  const Index step = layout.kind == CovarianceLayout::Kind::matrix ? d + 1 : 1;
  for (Index b = 0; b < layout.blocks; ++b) {
    double* const block = covariances.data() + b * layout.size;
    for (Index i = 0; i < layout.size; i += step) block[i] += reg_covar;
  }
}

// What scikit-learn makes of the statistics: `weight` at the origin joins each component. Full
// scatter is then that of the rows about the new mean m', without that of the weight, m' m'^T: it
// is taken away as if the weight were spread about -m' and had its mean m' from there.
Statistics with_weight_at_origin(Statistics statistics, double weight) {
  const auto d = static_cast<std::size_t>(statistics.n_features());
  for (Index j = 0; j < statistics.n_components(); ++j) {
    const double count = statistics.weight(j);
    std::vector<double> centre(d, 0.0), first(d, 0.0);
    for (std::size_t c = 0; c < d && statistics.form() == ScatterForm::full; ++c) {
      const double mean = statistics.mean(j)[c] * (count / (count + weight));
      centre[c] = -mean;
      first[c] = weight * mean;
    }
    statistics.add_centred_rows(j, weight, centre.data(), first.data());
  }
  return statistics;
}

// The parameters of a mixture while an M-step puts them together.
class Draft {
 public:
  Draft(Execution& execution, const Statistics& statistics, const MaximizationOptions& options)
      : execution_(execution),
        options_(options),
        shape_{options.type, statistics.n_components(), statistics.n_features()},
        layout_(CovarianceLayout::of(shape_)) {
    for (Index j = 0; j < shape_.components; ++j) {
      weights_.push_back(statistics.weight(j));
      means_.insert(means_.end(), statistics.mean(j), statistics.mean(j) + shape_.features);
    }
    covariances_ = family_of(options.type).covariances(execution, statistics, weights_);
    add_to_diagonals(layout_, shape_.features, options.reg_covar, covariances_);
  }

  void set_weight(Index j, double weight) { weights_[static_cast<std::size_t>(j)] = weight; }

  // The mean and covariance of component j become those of component `from` of another mixture.
  void copy_component(Index j, const std::vector<double>& means,
                      const std::vector<double>& covariances, Index from) {
    const Index d = shape_.features;
    std::copy_n(means.begin() + from * d, d, means_.begin() + j * d);
    if (layout_.shared) return;
    std::copy_n(covariances.begin() + from * layout_.size, layout_.size,
                covariances_.begin() + j * layout_.size);
  }

  // The covariances' factors; those that have none are lifted first, or raise.
  std::vector<double> factorize(const Statistics& statistics,
                                std::vector<RepairedComponent>& repairs) {
    const Index d = shape_.features;
    std::vector<double> factors(covariances_.size());
    std::vector<char> sound(static_cast<std::size_t>(layout_.blocks));
    const auto factor = [&](Index b, int worker) {
      return factor_covariance(layout_.kind, d, covariances_.data() + b * layout_.size,
                               factors.data() + b * layout_.size,
                               [&] { return !execution_.stopping(worker); });
    };
    const double operations = static_cast<double>(layout_.total() * d);
    parallel_for(execution_, layout_.blocks, execution_.workers(layout_.blocks, operations),
                 [&](Index b, int worker) {
                   sound[static_cast<std::size_t>(b)] = factor(b, worker) ? 1 : 0;
                 });
    std::vector<double> variances;
    for (Index b = 0; b < layout_.blocks; ++b) {
      if (sound[static_cast<std::size_t>(b)] != 0) continue;
      if (options_.degenerate == Degenerate::raise) throw DegenerateError(kIllDefined);
      if (execution_.stopping(0)) execution_.throw_if_stopped();
      if (variances.empty()) variances = variances_of_all(statistics);
      lift_covariance(layout_.kind, variances, covariances_.data() + b * layout_.size);
      const bool lifted = factor(b, 0);
      execution_.throw_if_stopped();
      if (!lifted) throw DegenerateError(kOutOfRange);
      repairs.push_back({layout_.component(b), "its covariance is not positive definite",
                         "raised its smallest variances"});
    }
    return factors;
  }

  Mixture finish(std::vector<double> factors) {
    const double sum = std::accumulate(weights_.begin(), weights_.end(), 0.0);
    for (double& weight : weights_) weight /= sum;
    return Mixture::from_precisions_cholesky(shape_, ScalarType::float64, std::move(weights_),
                                             std::move(means_), std::move(factors),
                                             std::move(covariances_));
  }

  const std::vector<double>& means() const { return means_; }
  const std::vector<double>& covariances() const { return covariances_; }

 private:
  static std::vector<double> variances_of_all(const Statistics& statistics) {
    const Statistics all = statistics.pooled();
    const Index d = all.n_features(), step = all.form() == ScatterForm::diagonal ? 1 : d + 1;
    std::vector<double> variances;
    for (Index c = 0; c < d; ++c) variances.push_back(all.scatter(0)[c * step] / all.weight(0));
    return variances;
  }

  Execution& execution_;
  const MaximizationOptions& options_;
  Mixture::Shape shape_;
  CovarianceLayout layout_;
  std::vector<double> weights_, means_, covariances_;
};

void repair_empty_components(Execution& execution, const Statistics& statistics,
                             const MaximizationOptions& options, const Mixture* previous,
                             Draft& draft, std::vector<RepairedComponent>& repairs) {
  const double total = statistics.total_weight();
  const Index k = statistics.n_components();
  std::optional<Draft> all;
  for (Index j = 0; j < k; ++j) {
    if (statistics.weight(j) >= 10.0 * kEpsilon * total) continue;
    if (previous != nullptr) {
      draft.copy_component(j, previous->means(), previous->covariances(), j);
      repairs.push_back({j, "no row belongs to it", "kept its mean and covariance"});
    } else {
      if (!all) all.emplace(execution, statistics.pooled(), options);
      draft.copy_component(j, all->means(), all->covariances(), 0);
      draft.set_weight(j, 0.01 * total / static_cast<double>(k));
      repairs.push_back({j, "no row belongs to it", "made it the Gaussian of all rows"});
    }
  }
}

}  // namespace

Maximization maximize(Execution& execution, const Statistics& statistics,
                      const MaximizationOptions& options, const Mixture* previous) {
  std::vector<RepairedComponent> repairs;
  if (options.degenerate == Degenerate::raise) {
    Draft draft(execution, with_weight_at_origin(statistics, 10.0 * kEpsilon), options);
    auto factors = draft.factorize(statistics, repairs);
    return {draft.finish(std::move(factors)), {}};
  }
  Draft draft(execution, statistics, options);
  repair_empty_components(execution, statistics, options, previous, draft, repairs);
  auto factors = draft.factorize(statistics, repairs);
  return {draft.finish(std::move(factors)), std::move(repairs)};
}

}  // namespace gaussmix
