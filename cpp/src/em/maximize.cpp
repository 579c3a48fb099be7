// SPDX-License-Identifier: BSD-3-Clause
#include "em/maximize.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "covariance/families/family.hpp"
#include "covariance/linalg/factor.hpp"
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

// A factorisation and an inversion of d x d numbers take as long as so many times d^3 operations of
// a matrix product; so does raising the smallest eigenvalues before.
constexpr double kFactorizationWork = 8.0, kRaisingWork = 50.0;

// What scikit-learn makes of the statistics: `weight` at the origin joins each component. Full
// scatter is then that of the rows about the new mean m', without that of the weight, m' m'^T: it
// is taken away as if the weight were spread about -m' and had its mean m' from there.
Statistics with_weight_at_origin(double weight, Statistics statistics) {
  const auto d = size_t(statistics.n_features());
  for (Index j = 0; j < statistics.n_components(); ++j) {
    const double count = statistics.moment_weight(j);
    std::vector<double> centre(d, 0.0), first(d, 0.0);
    const auto mean = statistics.mean(j);
    for (std::size_t c = 0; c < d && statistics.form() == ScatterForm::full; ++c) {
      const double new_mean = mean[c] * (count / (count + weight));
      centre[c] = -new_mean;
      first[c] = weight * new_mean;
    }
    statistics.add_centred_rows(j, weight, weight, centre.data(), first.data());
  }
  return statistics;
}

// What the scatters are divided by, in units of `with_prior`, which has the prior's rows besides.
std::vector<double> counts_of(const Statistics& rows, const Statistics& with_prior,
                              const Prior* prior) {
  const Index k = rows.n_components();
  const int unit = with_prior.unit_exponent();
  const double of_prior = prior != nullptr ? std::ldexp(prior->count(k), -unit) : 0.0;
  std::vector<double> counts;
  counts.reserve(size_t(k));
  for (Index j = 0; j < k; ++j) {
    counts.push_back(std::ldexp(rows.moment_weight(j), rows.unit_exponent() - unit) + of_prior);
  }
  return counts;
}

// The parameters of maximum likelihood, or a posteriori, but for the factors, in the memory of
// `parts`; weights are the components' total responsibilities, whatever the prior.
MixtureParts parameters_of(Execution& execution, const Statistics& rows, const Model& model,
                           const Mixture* previous, MixtureParts parts) {
  std::optional<Statistics> with_prior;
  if (model.prior) model.prior->add_to(with_prior.emplace(rows));
  const Statistics& statistics = with_prior ? *with_prior : rows;
  const Index k = statistics.n_components(), d = statistics.n_features();
  parts.weights.resize(size_t(k));
  parts.means.resize(size_t(k * d));
  for (Index j = 0; j < k; ++j) {
    parts.weights[size_t(j)] = rows.weight(j);
    statistics.mean(j, parts.means.data() + j * d);
  }
  model.family->covariances({execution, statistics, counts_of(rows, statistics, model.prior.get()),
                             model.reg_covar, previous ? &previous->covariances() : nullptr},
                            parts.covariances);
  return parts;
}

std::vector<double> variances_of_all(const Statistics& statistics) {
  const Statistics all = statistics.pooled();
  const Index d = all.n_features(), step = all.form() == ScatterForm::diagonal ? 1 : d + 1;
  std::vector<double> variances;
  for (Index c = 0; c < d; ++c) {
    variances.push_back(all.scatter(0)[c * step] / all.moment_weight(0));
  }
  return variances;
}

// One M-step.
class Maximization {
 public:
  Maximization(Execution& execution, const Statistics& statistics, const Model& model,
               const Mixture* previous)
      : execution_(execution),
        statistics_(statistics),
        model_(model),
        previous_(previous),
        shape_{model.family->type(), statistics.n_components(), statistics.n_features(),
               model.family},
        layout_(CovarianceLayout::of(shape_)) {}

  Estimate run(MixtureParts memory) {
    estimate(statistics_, std::move(memory));
    if (model_.degenerate == Degenerate::raise) {
      if (!singular_.empty()) throw DegenerateError(kIllDefined);
      // Beside the weight at the origin, what was singular may seem to have a factor.
      estimate(with_weight_at_origin(10.0 * kEpsilon, statistics_), std::move(parts_));
      if (!singular_.empty()) throw DegenerateError(kIllDefined);
    } else if (!singular_.empty()) {
      raise_singular();
    }
    scale_weights();
    return {MixtureParts::assemble(shape_, std::move(parts_)), std::move(repairs_)};
  }

 private:
  // The weights become proportions; of the rows' weight, the noise has what the components leave.
  void scale_weights() {
    const double sum = std::accumulate(parts_.weights.begin(), parts_.weights.end(), 0.0);
    if (!model_.noise) {
      for (double& weight : parts_.weights) weight /= sum;
      return;
    }
    const double of_components = statistics_.total_weight();
    const double of_noise = std::max(statistics_.row_weight() - of_components, 0.0);
    const double of_all = of_components + of_noise;
    const double factor = sum > 0.0 ? of_components / (of_all * sum) : 0.0;
    for (double& weight : parts_.weights) weight *= factor;
    parts_.noise = model_.noise;
    parts_.noise->weight = of_noise / of_all;
  }

  void estimate(const Statistics& statistics, MixtureParts memory) {
    parts_ = parameters_of(execution_, statistics, model_, previous_, std::move(memory));
    if (model_.degenerate == Degenerate::repair) repair_empty_components();
    if (model_.constrain) model_.constrain(statistics, parts_);
    parts_.precisions_cholesky.resize(parts_.covariances.size());
    std::vector<Index> all(size_t(layout_.blocks));
    std::iota(all.begin(), all.end(), Index{0});
    singular_ = factorize(all, nullptr);
  }

  void repair_empty_components() {
    const double of_components = statistics_.total_weight();
    const double total = model_.noise ? statistics_.row_weight() : of_components;
    std::optional<MixtureParts> all;
    if (previous_ != nullptr && layout_.shared && of_components < 10.0 * kEpsilon * total) {
      parts_.covariances = previous_->covariances();
    }
    for (Index j = 0; j < shape_.components; ++j) {
      const double weight = statistics_.weight(j);
      if (weight > 0.0 && weight >= 10.0 * kEpsilon * total) continue;
      if (previous_ != nullptr) {
        copy_component(j, previous_->means(), previous_->covariances(), j);
        repairs_.push_back({j, "no row belongs to it", "kept its mean and covariance"});
      } else {
        if (!all) all = parameters_of(execution_, statistics_.pooled(), model_, nullptr, {});
        copy_component(j, all->means, all->covariances, 0);
        parts_.weights[size_t(j)] = 0.01 * total / static_cast<double>(shape_.components);
        repairs_.push_back({j, "no row belongs to it", "made it the Gaussian of all rows"});
      }
    }
  }

  // The mean and covariance of component j become those of component `from` of another mixture.
  void copy_component(Index j, const std::vector<double>& means,
                      const std::vector<double>& covariances, Index from) {
    const Index d = shape_.features, size = layout_.size;
    std::copy_n(means.begin() + from * d, d, parts_.means.begin() + j * d);
    if (layout_.shared) return;
    std::copy_n(covariances.begin() + from * size, size, parts_.covariances.begin() + j * size);
  }

  // Factorises blocks of the covariances, and returns those that are singular. With the variances
  // of all rows, raises each block's smallest eigenvalues before.
  std::vector<Index> factorize(const std::vector<Index>& blocks,
                               const std::vector<double>* variances) {
    const auto count = static_cast<Index>(blocks.size());
    const Index d = shape_.features, size = layout_.size;
    const double work = variances == nullptr ? kFactorizationWork : kRaisingWork;
    const int workers = execution_.workers(count, work * static_cast<double>(count * size * d));
    std::vector<char> singular(blocks.size());
    parallel_for(execution_, count, workers, [&](Index i, int worker) {
      const Index at = blocks[size_t(i)] * size;
      double* const covariance = parts_.covariances.data() + at;
      if (variances != nullptr) raise_covariance(layout_.kind, *variances, covariance);
      const KeepGoing keep_going = [&] { return !execution_.stopping(worker); };
      const bool factorized = factor_covariance(layout_.kind, d, covariance,
                                                parts_.precisions_cholesky.data() + at, keep_going);
      singular[size_t(i)] = factorized ? 0 : 1;
    });
    std::vector<Index> result;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      if (singular[i] != 0) result.push_back(blocks[i]);
    }
    return result;
  }

  void raise_singular() {
    const auto variances = variances_of_all(statistics_);
    const bool finite = std::all_of(variances.begin(), variances.end(),
                                    [](double variance) { return std::isfinite(variance); });
    if (!finite || !factorize(singular_, &variances).empty()) throw DegenerateError(kOutOfRange);
    for (const Index b : singular_) {
      repairs_.push_back({layout_.component(b), "its covariance is not positive definite",
                          "raised its smallest variances"});
    }
  }

  Execution& execution_;
  const Statistics& statistics_;
  const Model& model_;
  const Mixture* previous_;
  Mixture::Shape shape_;
  CovarianceLayout layout_;
  MixtureParts parts_;
  std::vector<RepairedComponent> repairs_;
  std::vector<Index> singular_;  // blocks of covariances without a factor
};

}  // namespace

Estimate maximize(Execution& execution, const Statistics& statistics, const Model& model,
                  const Mixture* previous, std::optional<Mixture> recycled) {
  auto memory = recycled ? MixtureParts::release(std::move(*recycled)) : MixtureParts();
  return Maximization(execution, statistics, model, previous).run(std::move(memory));
}

}  // namespace gaussmix
