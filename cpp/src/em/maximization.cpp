// SPDX-License-Identifier: BSD-3-Clause
#include "em/maximization.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "covariance/coarseness.hpp"
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
// a matrix product.
constexpr double kFactorizationWork = 8.0;
// So does raising the smallest eigenvalues.
constexpr double kLiftWork = 50.0;

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
void add_weight_at_origin(Execution& execution, double weight, Statistics& statistics) {
  const auto d = size_t(statistics.n_features());
  const Index k = statistics.n_components();
  const auto add = [&](Index j, int /*worker*/) {
    const double count = statistics.weight(j);
    std::vector<double> centre(d, 0.0), first(d, 0.0);
    for (std::size_t c = 0; c < d && statistics.form() == ScatterForm::full; ++c) {
      const double mean = statistics.mean(j)[c] * (count / (count + weight));
      centre[c] = -mean;
      first[c] = weight * mean;
    }
    statistics.add_centred_rows(j, weight, centre.data(), first.data());
  };
  // What is pooled is added to by all.
  const double operations =
      statistics.form() == ScatterForm::full ? 4.0 * double(k) * double(d * d) : 0.0;
  parallel_for(execution, k, execution.workers(k, operations), add);
}

// The parameters of maximum likelihood but for the factors, in the memory of `parts`; weights are
// the components' total responsibilities.
MixtureParts parameters_of(Execution& execution, const Statistics& statistics,
                           const MaximizationOptions& options, MixtureParts parts) {
  const Index k = statistics.n_components(), d = statistics.n_features();
  parts.weights.clear();
  parts.means.clear();
  for (Index j = 0; j < k; ++j) {
    const double* const mean = statistics.mean(j);
    parts.weights.push_back(statistics.weight(j));
    parts.means.insert(parts.means.end(), mean, mean + d);
  }
  family_of(options.type).covariances(execution, statistics, parts.weights, parts.covariances);
  add_to_diagonals(CovarianceLayout::of({options.type, k, d}), d, options.reg_covar,
                   parts.covariances);
  return parts;
}

// Calls use(place, block, worker), which takes as long as work d^3 operations, for each of blocks.
template <class Use>
void for_each_of(const std::vector<Index>& blocks, const CovarianceLayout& layout, Index d,
                 double work, Execution& execution, const Use& use) {
  const auto count = static_cast<Index>(blocks.size());
  const double operations = work * static_cast<double>(count * layout.size * d);
  parallel_for(execution, count, execution.workers(count, operations), [&](Index at, int worker) {
    const auto place = size_t(at);
    use(place, blocks[place], worker);
  });
}

std::vector<double> variances_of_all(const Statistics& statistics) {
  const Statistics all = statistics.pooled();
  const Index d = all.n_features(), step = all.form() == ScatterForm::diagonal ? 1 : d + 1;
  std::vector<double> variances;
  for (Index c = 0; c < d; ++c) variances.push_back(all.scatter(0)[c * step] / all.weight(0));
  return variances;
}

}  // namespace

Maximization::Maximization(Execution& execution, Statistics& statistics,
                           const MaximizationOptions& options, const Mixture* previous,
                           std::optional<Mixture> spent)
    : execution_(execution),
      statistics_(statistics),
      options_(options),
      shape_{options.type, statistics.n_components(), statistics.n_features()},
      layout_(CovarianceLayout::of(shape_)) {
  const bool raise = options.degenerate == Degenerate::raise;
  const auto estimate = [&](MixtureParts memory) {
    parts_ = parameters_of(execution, statistics, options, std::move(memory));
    if (!raise) repair_empty_components(previous);
    parts_.precisions_cholesky.resize(parts_.covariances.size());
    without_factor_ = factorize(all_blocks());
  };
  estimate(spent ? MixtureParts::take(std::move(*spent)) : MixtureParts());
  // Beside the weight at the origin, what was singular may seem to have a factor.
  if (raise && without_factor_.empty()) {
    add_weight_at_origin(execution, 10.0 * kEpsilon, statistics);
    estimate(std::move(parts_));
  }
}

std::vector<Index> Maximization::lost_in_float() const {
  if (layout_.kind != CovarianceLayout::Kind::matrix) return without_factor_;
  std::vector<char> lost(size_t(layout_.blocks), 0);
  for (const Index b : without_factor_) lost[size_t(b)] = 1;
  constexpr double kPerNumber = 4.0;
  const double operations = kPerNumber * static_cast<double>(layout_.total());
  parallel_for(execution_, layout_.blocks, execution_.workers(layout_.blocks, operations),
               [&](Index b, int /*worker*/) {
                 const Index at = b * layout_.size;
                 const bool coarse = float_sums_were_too_coarse(
                     shape_.features, parts_.covariances.data() + at,
                     parts_.precisions_cholesky.data() + at, options_.reg_covar);
                 if (coarse) lost[size_t(b)] = 1;
               });
  Blocks blocks;
  for (const Index b : all_blocks()) {
    if (lost[size_t(b)] != 0) blocks.push_back(b);
  }
  return blocks;
}

Maximization::Result Maximization::finish() {
  if (!without_factor_.empty()) {
    if (options_.degenerate == Degenerate::raise) throw DegenerateError(kIllDefined);
    lift();
  }
  const double sum = std::accumulate(parts_.weights.begin(), parts_.weights.end(), 0.0);
  for (double& weight : parts_.weights) weight /= sum;
  return {MixtureParts::assemble(shape_, std::move(parts_)), std::move(repairs_)};
}

void Maximization::repair_empty_components(const Mixture* previous) {
  const double total = statistics_.total_weight();
  std::optional<MixtureParts> all;
  for (Index j = 0; j < shape_.components; ++j) {
    if (statistics_.weight(j) >= 10.0 * kEpsilon * total) continue;
    if (previous != nullptr) {
      copy_component(j, previous->means(), previous->covariances(), j);
      repairs_.push_back({j, "no row belongs to it", "kept its mean and covariance"});
    } else {
      if (!all) all = parameters_of(execution_, statistics_.pooled(), options_, {});
      copy_component(j, all->means, all->covariances, 0);
      parts_.weights[size_t(j)] = 0.01 * total / static_cast<double>(shape_.components);
      repairs_.push_back({j, "no row belongs to it", "made it the Gaussian of all rows"});
    }
  }
}

// The mean and covariance of component j become those of component `from` of another mixture.
void Maximization::copy_component(Index j, const std::vector<double>& means,
                                  const std::vector<double>& covariances, Index from) {
  const Index d = shape_.features;
  std::copy_n(means.begin() + from * d, d, parts_.means.begin() + j * d);
  if (layout_.shared) return;
  std::copy_n(covariances.begin() + from * layout_.size, layout_.size,
              parts_.covariances.begin() + j * layout_.size);
}

Maximization::Blocks Maximization::all_blocks() const {
  Blocks all(size_t(layout_.blocks));
  std::iota(all.begin(), all.end(), Index{0});
  return all;
}

// Makes the factors of blocks, and returns those that have none.
Maximization::Blocks Maximization::factorize(const Blocks& blocks) {
  std::vector<char> sound(blocks.size());
  for_each_of(blocks, layout_, shape_.features, kFactorizationWork, execution_,
              [&](std::size_t place, Index b, int worker) {
                const bool factorized = factor_covariance(
                    layout_.kind, shape_.features, parts_.covariances.data() + b * layout_.size,
                    parts_.precisions_cholesky.data() + b * layout_.size,
                    [&] { return !execution_.stopping(worker); });
                sound[place] = factorized ? 1 : 0;
              });
  Blocks without;
  for (std::size_t place = 0; place < blocks.size(); ++place) {
    if (sound[place] == 0) without.push_back(blocks[place]);
  }
  return without;
}

// Raises the smallest variances of what has no factor, and factorises it.
void Maximization::lift() {
  const auto variances = variances_of_all(statistics_);
  const bool finite = std::all_of(variances.begin(), variances.end(),
                                  [](double variance) { return std::isfinite(variance); });
  if (!finite) throw DegenerateError(kOutOfRange);
  for_each_of(without_factor_, layout_, shape_.features, kLiftWork, execution_,
              [&](std::size_t /*place*/, Index b, int /*worker*/) {
                lift_covariance(layout_.kind, variances,
                                parts_.covariances.data() + b * layout_.size);
              });
  if (!factorize(without_factor_).empty()) throw DegenerateError(kOutOfRange);
  for (const Index b : without_factor_) {
    repairs_.push_back({layout_.component(b), "its covariance is not positive definite",
                        "raised its smallest variances"});
  }
}

}  // namespace gaussmix
